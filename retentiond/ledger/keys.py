"""One of many keys, as one parameter: a statement is made once, however many keys it is carried out for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from retentiond.ledger.columns import json_text


class _Keys(TypeDecorator[Sequence[str]]):
    """Keys as one value: an array for PostgreSQL, JSON text for SQLite, which has none."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type the database knows."""
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - see above
        """Return what is handed to the driver."""
        keys = list(value or ())
        return keys if dialect.name == "postgresql" else json_text(keys)


class _OneOf(FunctionElement[bool]):
    """The condition that a column is one of the keys."""

    type = Boolean()
    inherit_cache = True


@compiles(_OneOf, "sqlite")
def _in_json(element: _OneOf, compiler: SQLCompiler, **given: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column, keys = (compiler.process(one, **given) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"  # noqa: S608 - what SQLAlchemy made of them


@compiles(_OneOf, "postgresql")
def _in_array(element: _OneOf, compiler: SQLCompiler, **given: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column, keys = (compiler.process(one, **given) for one in element.clauses)
    return f"{column} = ANY({keys})"


def one_of_keys(column: ColumnElement[Any], keys: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a column of text is one of some keys.

    SQLite's ``json_each`` ends a text at U+0000; keys that hold one are compared one by one.
    """
    if any("\0" in one for one in keys):
        return column.in_(keys)
    return _OneOf(column, bindparam(None, list(keys), type_=_Keys()))
