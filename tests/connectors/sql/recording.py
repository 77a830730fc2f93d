"""A connection to no database: it compiles each statement as a driver would get it, and answers with a made-up row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from retentiond.connectors.sql.catalogue import Catalogue, ForeignKey
from retentiond.connectors.sql.dialects import Dialect

KEY, DAY, ROWS = "10", "2001-01-01", 1


class Answer:
    """The rows of one statement."""

    rowcount = ROWS

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def partitions(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield lists of rows."""
        yield from (self.rows[at : at + size] for at in range(0, len(self.rows), size))

    def close(self) -> None:
        """Nothing is open."""

    def all(self) -> list[tuple[Any, ...]]:
        """Return every row."""
        return self.rows

    def scalars(self) -> Answer:
        """Return first values."""
        return self

    def scalar_one(self) -> Any:
        """Return the first value of the first row."""
        return self.rows[0][0] if self.rows else 0


@dataclass
class Recording:
    """Stands where a connection does; keeps the SQL of every statement and the values that stood in it as text."""

    ours: Dialect
    rows: bool = True
    statements: list[str] = field(default_factory=list)
    sent: list[Mapping[str, Any]] = field(default_factory=list)
    answers: Mapping[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    """Part of a statement to the rows that answer it."""

    @property
    def dialect(self) -> sa.Dialect:
        """SQLAlchemy's own dialect, as a connection has it."""
        return self.ours.compiler()

    def execute(self, statement: Any, given: Any = None) -> Answer:
        """Compile a statement, and answer it."""
        compiled = statement.compile(dialect=self.dialect, compile_kwargs={"render_postcompile": True})
        self.statements.append(str(compiled))
        self.sent.append(dict(compiled.params) | (given if isinstance(given, dict) else {}))
        for part, rows in self.answers.items():
            if part in str(compiled):
                return Answer(rows)
        if not isinstance(statement, sa.Select) or not self.rows:
            return Answer([])
        return Answer([tuple(map(_value, statement.selected_columns))])

    def scalars(self, statement: Any, given: Any = None) -> Any:
        """Answer with first values."""
        return [row[0] for row in self.execute(statement, given)]

    def exec_driver_sql(self, statement: str) -> Answer:
        """Note a statement."""
        self.statements.append(statement)
        return Answer([])


def _value(column: sa.ColumnElement[Any]) -> Any:
    if isinstance(column.type, sa.Integer) or isinstance(column, sa.Case):
        return 0
    name = str(column)
    return DAY if "dob" in name or "ended" in name or "started" in name else KEY


def catalogue_of(metadata: sa.MetaData, dialect: Dialect) -> Catalogue:
    """Return the catalogue of tables that were never made."""
    tables = dict(metadata.tables)
    keys = tuple(
        ForeignKey(
            table,
            tuple(one.name for one in constraint.columns),
            constraint.referred_table.name,
            tuple(one.column.name for one in constraint.elements),
        )
        for table in tables.values()
        for constraint in table.foreign_key_constraints
    )
    primary = {name: tuple(column.name for column in table.primary_key) for name, table in tables.items()}
    return Catalogue(
        dialect=dialect,
        tables=tables,
        views=frozenset(),
        foreign_keys=keys,
        triggers={},
        unique={name: frozenset({frozenset(columns)}) for name, columns in primary.items()},
        primary=primary,
        identities=primary,
    )


def written(table: sa.Table, dialect: Dialect) -> str:
    """Return the statement that makes a table."""
    return str(CreateTable(table).compile(dialect=dialect.compiler()))
