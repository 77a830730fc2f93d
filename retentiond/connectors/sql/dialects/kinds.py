"""Kinds of types, for databases whose values are read by one expression a kind; and what several of them lack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, oracle
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import Function
from sqlalchemy.types import NullType, TypeEngine

from retentiond.connectors.sql.dialects.interface import Column
from retentiond.domain.errors import Fault, StoreRefused

_KINDS: tuple[tuple[str, tuple[type[TypeEngine[Any]], ...]], ...] = (
    ("bytes", (sa.LargeBinary, sa.BINARY, sa.VARBINARY, mssql.ROWVERSION, oracle.RAW)),
    ("text", (sa.String,)),
    ("money", (mssql.MONEY, mssql.SMALLMONEY)),
    ("float", (sa.Float,)),
    ("number", (sa.Integer, sa.Numeric, sa.Boolean)),
    ("zoned", (mssql.DATETIMEOFFSET,)),
    ("uuid", (sa.Uuid, mssql.UNIQUEIDENTIFIER)),
)


def kind_of(declared: TypeEngine[Any]) -> str:
    """Return what a declared type holds: ``text``, ``bytes``, ``number``, ``date``, ``moment`` and so on."""
    if isinstance(declared, sa.DateTime) and not isinstance(declared, oracle.DATE):
        return "zoned" if declared.timezone or getattr(declared, "local_timezone", False) else "moment"
    if isinstance(declared, oracle.DATE):
        return "moment"
    if isinstance(declared, sa.Date):
        return "date"
    if isinstance(declared, sa.Enum | NullType):
        return "other"
    return next((name for name, types in _KINDS if isinstance(declared, types)), "other")


def renamed(
    element: Function[Any],
    compiler: SQLCompiler,
    names: Mapping[str, str],
    given: Mapping[str, Any],
) -> str:
    """Write a function's call under the name it has in a database."""
    if element.name not in names:
        return compiler.visit_function(element, **given)
    return f"{names[element.name]}{compiler.function_argspec(element, **given)}"


def only_reading(engine: Engine) -> None:
    """Refuse every statement but those that read, where the database itself has no sessions that cannot write."""

    def refuse(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - the driver's
        if not statement.lstrip("( \n\t").upper().startswith(("SELECT", "WITH", "SET ")):
            raise InvalidRequestError("a session that only reads was to write")

    sa.event.listen(engine, "before_cursor_execute", refuse)


def no_json(column: Column, database: str) -> StoreRefused:
    """Return the refusal to look into JSON."""
    table = getattr(column, "table", None)
    place = f"table {getattr(table, 'name', '')}" if table is not None else "a column"
    return StoreRefused(Fault(place, f"JSON is not looked into on {database}", "name columns of their own"))
