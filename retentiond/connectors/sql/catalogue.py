"""The live catalogue of a database: tables, columns, keys, foreign keys, triggers. Names are looked up here only."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import TypeEngine

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.dialects import Dialect, dialect_named
from retentiond.connectors.sql.dialects.acting import with_followers
from retentiond.connectors.sql.dialects.interface import Flaw
from retentiond.connectors.sql.foreign import ForeignKey

__all__ = ["Catalogue", "ForeignKey", "data_columns", "declared", "digest", "reflected"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is in the database, as it was when it was first opened."""

    dialect: Dialect
    tables: Mapping[str, sa.Table]
    views: frozenset[str]
    foreign_keys: tuple[ForeignKey, ...]
    triggers: Mapping[str, Mapping[str, str]]
    """Table to the names of what acts by itself when a row of it changes, with a digest of all that follows."""
    unique: Mapping[str, frozenset[frozenset[str]]]
    """Table to the sets of columns that are unique in it, its primary key among them."""
    primary: Mapping[str, tuple[str, ...]]
    flaws: tuple[Flaw, ...] = ()
    """Why a disposal in the database cannot be answered for."""
    identities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Table to the columns that name one row while a transaction lasts."""

    def referring_to(self, table: str) -> tuple[ForeignKey, ...]:
        """Return every foreign key that refers to a table."""
        return tuple(one for one in self.foreign_keys if one.to == table)

    def between(self, one: str, other: str) -> tuple[ForeignKey, ...]:
        """Return the foreign keys of either table that refer to the other."""
        pair = {one, other}
        return tuple(key for key in self.foreign_keys if not key.table.schema and {key.table.name, key.to} == pair)

    def is_unique(self, table: str, columns: Iterable[str]) -> bool:
        """Whether no two rows of the table can agree in all of the columns."""
        given = set(columns)
        return any(one <= given for one in self.unique.get(table, ()))

    def identity(self, source: sa.FromClause, table: sa.Table) -> tuple[sa.ColumnElement[Any], ...]:
        """Return the columns that name a row, taken from the table or an alias of it."""
        return tuple(source.c[name] for name in self.identities.get(table.name, ()))


def data_columns(table: sa.Table) -> tuple[str, ...]:
    """Return the names of the owner's columns, sorted, without the row address we added."""
    return tuple(sorted(column.name for column in table.columns if not column.system))


def declared(column: sa.ColumnElement[Any]) -> TypeEngine[Any]:
    """Return the type a column was declared with; on SQLite a declaration only, values may be of any type."""
    found = column.base_columns
    origin = next(iter(found)) if found else column
    kept = getattr(origin, "info", {}).get("declared")
    return kept if kept is not None else column.type


def digest(text: str) -> str:
    """Return the digest of a text of the catalogue's, which may be long and is the owner's."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def reflected(connection: Connection, role: Role = Role.SCAN) -> Catalogue:
    """Read the catalogue of the connection's own schema, and the foreign keys into it from every other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # a type SQLAlchemy does not know is read as text
        return _reflected(connection, role)


def _reflected(connection: Connection, role: Role) -> Catalogue:
    seen = sa.inspect(connection)
    dialect = dialect_named(connection.dialect.name)
    metadata = sa.MetaData()
    views = dialect.views(seen)
    more = tuple(dialect.unlisted(connection))
    keys = {name: one for (_, name), one in seen.get_multi_pk_constraint().items()}
    keys.update((name, seen.get_pk_constraint(name)) for name in more)
    shapes = {name: columns for (_, name), columns in seen.get_multi_columns().items() if name not in views}
    shapes.update((name, seen.get_columns(name)) for name in more)
    tables = {
        name: sa.Table(name, metadata, *(reflected_column(one, dialect, keys.get(name)) for one in columns))
        for name, columns in shapes.items()
    }
    primary = {name: tuple(one["constrained_columns"]) for name, one in keys.items() if name in tables and one}
    unique: dict[str, set[frozenset[str]]] = {
        name: {frozenset(columns)} for name, columns in primary.items() if columns
    }
    for (_, name), constraints in seen.get_multi_unique_constraints().items():
        unique.setdefault(name, set()).update(frozenset(one["column_names"]) for one in constraints)
    for (_, name), indexes in seen.get_multi_indexes().items():
        whole = (one for one in indexes if one.get("unique") and not _is_partial(one.get("dialect_options", {})))
        unique.setdefault(name, set()).update(
            frozenset(str(column) for column in one["column_names"]) for one in whole if None not in one["column_names"]
        )
    letters = dialect.letters(connection, tables)
    for (name, column), collation in letters.collations.items():
        if name in tables and column in tables[name].columns:
            tables[name].columns[column].info["collation"] = collation
    for name, columns in letters.strict:
        unique.setdefault(name, set()).add(columns)
    found = tuple(dialect.foreign_keys(connection, seen, tables, primary))
    triggers: dict[str, dict[str, str]] = {}
    for table, trigger, text in with_followers(dialect.triggers(connection)):
        triggers.setdefault(table, {})[trigger] = digest(text)
    return Catalogue(
        dialect=dialect,
        tables=tables,
        views=frozenset(views),
        foreign_keys=found,
        triggers=triggers,
        unique={
            name: frozenset(one for one in sets if (name, one) not in letters.loose) for name, sets in unique.items()
        },
        primary=primary,
        flaws=tuple(dialect.flaws(connection, tables, role)),
        identities=dialect.identities(connection, tables, primary),
    )


def reflected_column(one: Mapping[str, Any], dialect: Dialect, key: Mapping[str, Any] | None = None) -> sa.Column[Any]:
    """Return a column as an inspector describes it; ``key`` is the description of its table's primary key."""
    kind = dialect.read_as(one["type"])
    in_key = key is not None and one["name"] in key["constrained_columns"]
    computed = one.get("computed")
    info = {"declared": one["type"], "computed": None if computed is None else str(computed.get("sqltext"))}
    return sa.Column(one["name"], kind, nullable=one["nullable"] and not in_key, info=info)


def _is_partial(options: Mapping[str, Any]) -> bool:
    return any(name.endswith("_where") and value is not None for name, value in options.items())
