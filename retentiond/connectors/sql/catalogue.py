"""The live catalogue of a database: tables, columns, keys, foreign keys, triggers. Names are looked up here only."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint
from sqlalchemy.exc import SAWarning
from sqlalchemy.types import NullType, TypeEngine, UserDefinedType

_SQLITE_TRIGGERS = sa.text("SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'")
_SQLITE_FOREIGN_KEYS = sa.text(
    'SELECT id, "table", "from", "to", on_delete FROM pragma_foreign_key_list(:name) ORDER BY id, seq'
)
_SQLITE_WITHOUT_ROWID = sa.text("SELECT name FROM pragma_table_list WHERE wr = 1")
_POSTGRESQL_TRIGGERS = sa.text(
    "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
    " UNION SELECT tablename, rulename FROM pg_rules WHERE schemaname = current_schema()"
)
_SYSTEM_SCHEMAS = {"information_schema", "pg_catalog"}
_REFUSING = {"NO ACTION", "RESTRICT"}
_ROWIDS = ("rowid", "oid", "_rowid_")


class _RowAddress(UserDefinedType[str]):
    """PostgreSQL's ``ctid``: names a row of a table without a primary key while we hold its lock."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - the signature is SQLAlchemy's
        return "TID"


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One foreign key, wherever in the database it stands."""

    table: sa.Table
    columns: tuple[str, ...]
    to: str
    """The table it refers to, in the schema we work in."""
    to_columns: tuple[str, ...]
    on_delete: str = ""
    """``CASCADE``, ``SET NULL``, ``SET DEFAULT``, or empty where the database refuses."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is in the database, as it was when it was first opened."""

    dialect: str
    tables: Mapping[str, sa.Table]
    views: frozenset[str]
    foreign_keys: tuple[ForeignKey, ...]
    triggers: Mapping[str, tuple[str, ...]]
    unique: Mapping[str, frozenset[frozenset[str]]]
    """Table to the sets of columns that are unique in it, its primary key among them."""
    primary: Mapping[str, tuple[str, ...]]
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


def reflected(connection: Connection) -> Catalogue:
    """Read the catalogue of the connection's own schema, and the foreign keys into it from every other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # a type SQLAlchemy does not know is read as text
        return _reflected(connection)


def _reflected(connection: Connection) -> Catalogue:
    seen = sa.inspect(connection)
    dialect = connection.dialect.name
    metadata = sa.MetaData()
    views = {*seen.get_view_names()}
    if dialect == "postgresql":
        views |= {*seen.get_materialized_view_names()}
    keys = {name: one for (_, name), one in seen.get_multi_pk_constraint().items()}
    tables = {
        name: sa.Table(name, metadata, *(reflected_column(one, dialect, keys.get(name)) for one in columns))
        for (_, name), columns in seen.get_multi_columns().items()
        if name not in views
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
    if dialect == "sqlite":
        found = list(_sqlite_foreign_keys(connection, tables, primary))
    else:
        found = [*_own_foreign_keys(seen, tables, primary), *_from_other_schemas(seen, primary)]
    triggers: dict[str, list[str]] = {}
    for table, trigger in connection.execute(_SQLITE_TRIGGERS if dialect == "sqlite" else _POSTGRESQL_TRIGGERS):
        triggers.setdefault(table, []).append(trigger)
    return Catalogue(
        dialect=dialect,
        tables=tables,
        views=frozenset(views),
        foreign_keys=tuple(found),
        triggers={table: tuple(sorted(names)) for table, names in triggers.items()},
        unique={name: frozenset(sets) for name, sets in unique.items()},
        primary=primary,
        identities=_identities(connection, tables, primary),
    )


def reflected_column(one: Mapping[str, Any], dialect: str, key: Mapping[str, Any] | None = None) -> sa.Column[Any]:
    """Return a column as an inspector describes it; ``key`` is the description of its table's primary key."""
    # SQLite keeps any value in any column: what is read must be what is stored, not what a type makes of it.
    kind = NullType() if dialect == "sqlite" else one["type"]
    in_key = key is not None and one["name"] in key["constrained_columns"]
    return sa.Column(one["name"], kind, nullable=one["nullable"] and not in_key, info={"declared": one["type"]})


def _is_partial(options: Mapping[str, Any]) -> bool:
    return any(name.endswith("_where") and value is not None for name, value in options.items())


def _foreign_key(
    table: sa.Table, one: ReflectedForeignKeyConstraint, primary: Mapping[str, tuple[str, ...]]
) -> ForeignKey:
    action = str(one.get("options", {}).get("ondelete") or "").upper()
    to = one["referred_table"]
    return ForeignKey(
        table=table,
        columns=tuple(one["constrained_columns"]),
        to=to,
        to_columns=tuple(one["referred_columns"]) or primary.get(to, ()),
        on_delete="" if action in _REFUSING else action,
    )


def _own_foreign_keys(
    seen: sa.Inspector, tables: Mapping[str, sa.Table], primary: Mapping[str, tuple[str, ...]]
) -> Iterator[ForeignKey]:
    for (_, name), constraints in seen.get_multi_foreign_keys().items():
        for one in constraints:
            if name in tables and not one.get("referred_schema"):
                yield _foreign_key(tables[name], one, primary)


def _sqlite_foreign_keys(
    connection: Connection, tables: Mapping[str, sa.Table], primary: Mapping[str, tuple[str, ...]]
) -> Iterator[ForeignKey]:
    """Yield what SQLite itself enforces: reading the CREATE statement misses actions written beside a column."""
    exact = {name.lower(): name for name in tables}
    for name, table in tables.items():
        columns = {column.name.lower(): column.name for column in table.columns}
        keys: dict[int, list[tuple[str, str, str | None, str]]] = {}
        for number, to, left, right, action in connection.execute(_SQLITE_FOREIGN_KEYS, {"name": name}):
            keys.setdefault(number, []).append((to, left, right, action))
        for pairs in keys.values():
            to = exact.get(pairs[0][0].lower(), pairs[0][0])
            theirs = {column.name.lower(): column.name for column in tables[to].columns} if to in tables else {}
            named = tuple(theirs.get(right.lower(), right) for _, _, right, _ in pairs if right is not None)
            action = pairs[0][3].upper()
            yield ForeignKey(
                table=table,
                columns=tuple(columns.get(left.lower(), left) for _, left, _, _ in pairs),
                to=to,
                to_columns=named or primary.get(to, ()),
                on_delete="" if action in _REFUSING else action,
            )


def _from_other_schemas(seen: sa.Inspector, primary: Mapping[str, tuple[str, ...]]) -> Iterable[ForeignKey]:
    ours = seen.default_schema_name
    for schema in seen.get_schema_names():
        if schema in _SYSTEM_SCHEMAS or schema == ours:
            continue
        for (_, name), constraints in seen.get_multi_foreign_keys(schema=schema).items():
            for one in constraints:
                if one.get("referred_schema") in (None, ours):
                    columns: list[sa.Column[Any]] = [sa.Column(column) for column in one["constrained_columns"]]
                    yield _foreign_key(sa.Table(name, sa.MetaData(), *columns, schema=schema), one, primary)


def _identities(
    connection: Connection, tables: Mapping[str, sa.Table], primary: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    if connection.dialect.name == "sqlite":
        by_key = set(connection.scalars(_SQLITE_WITHOUT_ROWID))
    else:
        by_key = {name for name, columns in primary.items() if columns}
    found: dict[str, tuple[str, ...]] = {}
    for name, table in tables.items():
        if name in by_key:
            found[name] = primary[name]
        elif connection.dialect.name == "sqlite":
            taken = {column.name.lower() for column in table.columns}
            free = next((one for one in _ROWIDS if one not in taken), None)
            if free is not None:
                table.append_column(sa.Column(free, NullType(), system=True))
                found[name] = (free,)
        else:
            table.append_column(sa.Column("ctid", _RowAddress(), system=True))
            found[name] = ("ctid",)
    return found
