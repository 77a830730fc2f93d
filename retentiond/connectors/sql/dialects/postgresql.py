"""PostgreSQL, through psycopg."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool
from sqlalchemy.types import NullType, UserDefinedType

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import troubles
from retentiond.connectors.sql.dialects import limits, postgresql_catalogue
from retentiond.connectors.sql.dialects.interface import (
    ORDINAL,
    Column,
    ColumnNames,
    Flaw,
    Identity,
    Letters,
    Tables,
    Value,
)
from retentiond.connectors.sql.dialects.nodes import Node
from retentiond.connectors.sql.dialects.postgresql_json import PostgresqlNode
from retentiond.connectors.sql.dialects.standard import Standard
from retentiond.connectors.sql.troubles import Trouble

_SESSION = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET extra_float_digits = 3",
    "SET bytea_output = 'hex'",
    # A row that a policy hides would be left behind and seen by nobody: the server shall refuse instead.
    "SET row_security = off",
)
"""Settings on which it depends what is read of a row, and of which: a state token must not."""
_KEPT: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": -1, "pool_pre_ping": True}
"""One session is kept from batch to batch of a disposal: the server starts a process for each, and what it has learned
about the catalogue costs it more than a batch. One that has died meanwhile is found out before it is used."""
_AS_NEW = (
    "CLOSE ALL",
    "RESET SESSION AUTHORIZATION",
    "RESET ROLE",
    "SELECT pg_advisory_unlock_all()",
    "UNLISTEN *",
    "DEALLOCATE ALL",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
)
"""What the server does at ``DISCARD ALL`` beside ``RESET ALL``, which stands in no transaction; plans may stay."""
_BARE = re.compile(r"[0-9,-]+", re.ASCII)
"""What may stand in an array without quotes around it, whatever it is the text of."""
_SPECIAL = re.compile(r'["\\]')
_ASKS_ABOUT_INPUT = (16,)
"""The first version with ``pg_input_is_valid``."""
_DIGESTS = (11,)
"""The first version with ``sha256``."""
_TROUBLES = {
    "55P03": troubles.LOCKED,
    "57014": troubles.SLOW,
    "25P03": troubles.SILENT,
    "25P04": troubles.SILENT,
    "40P01": troubles.DEADLOCK,
    "40001": troubles.SERIALISATION,
    "23503": troubles.STILL_REFERRED,
    "42501": troubles.NOT_ALLOWED,
    "25006": troubles.READ_ONLY,
    "P0001": troubles.FORBIDDEN,
}
_CLASSES = {
    "08": troubles.LOST,
    "57": troubles.SHUTTING_DOWN,
    "53": troubles.FULL,
    "23": troubles.CONSTRAINT,
    "22": troubles.UNFITTING,
    "28": troubles.NOT_ACCEPTED,
    "3D": troubles.NO_DATABASE,
    "42": troubles.NOT_AS_DEFINED,
}
_CREDENTIAL = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "not permitted to log in")
_MISSING = ("database", "role", "user")


class _RowAddress(UserDefinedType[str]):
    """``ctid``: names a row of a table without a primary key while we hold its lock."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - the signature is SQLAlchemy's
        return "TID"


class _Untyped(UserDefinedType[str]):
    """A parameter that is of whatever type it is cast to: the planner then sees the array, and not a cast of a text."""

    cache_ok = True


class _Padded(UserDefinedType[str]):
    """Text whose trailing spaces do not count, of any length."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - the signature is SQLAlchemy's
        return "BPCHAR"


class PostgreSQL(Standard):
    """PostgreSQL. Implements ``retentiond.connectors.sql.dialects.interface.Dialect``."""

    name = "postgresql"
    extra = "postgresql"
    reads_on = True
    system_schemas = frozenset({"information_schema", "pg_catalog"})

    def engine(self, url: URL, role: Role, store: str) -> Engine:  # noqa: ARG002 - any URL may be meant
        """Connect through psycopg, whatever driver the URL names."""
        settings = [*(_AS_NEW if role is Role.DISPOSE else ()), "RESET ALL", *_SESSION]
        if role is not Role.DISPOSE:
            settings.append("SET default_transaction_read_only = on")
        settings.append(f"SET lock_timeout = '{limits.LOCK_SECONDS}s'")
        settings.append(f"SET statement_timeout = '{limits.STATEMENT_SECONDS}s'")
        patience = f"SET idle_in_transaction_session_timeout = '{limits.IDLE_SECONDS}s'"
        as_new = "; ".join([*settings, patience])

        def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            # SQLAlchemy asks a new session what it is, in a transaction, before anything is set.
            cursor = connection.cursor()
            cursor.execute(patience)
            cursor.close()
            connection.commit()

        def on_checkout(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: object) -> None:
            # Whatever a trigger of the owner's has set in the session is gone as it would be in a new one.
            cursor = connection.cursor()
            cursor.execute(as_new)
            cursor.close()
            connection.commit()

        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            **(_KEPT if role is Role.DISPOSE else {"poolclass": NullPool}),
            hide_parameters=True,
            enable_from_linting=False,  # the elements of a list in JSON are joined by an argument, unseen by it
            connect_args={
                "connect_timeout": limits.CONNECT_SECONDS,
                "application_name": "retentiond",
                "prepare_threshold": None,  # a plan made for the keys of one batch is none for those of the next
            },
        )
        sa.event.listen(engine, "connect", on_connect, insert=True)
        sa.event.listen(engine, "checkout", on_checkout)
        return engine

    def for_reading(self, connection: Connection) -> None:
        """See one snapshot."""
        connection.execution_options(isolation_level="REPEATABLE READ")

    def for_writing(self, connection: Connection) -> None:
        """See at each statement what has been committed: what is compared is locked first."""

    def narrowed(self, table: sa.FromClause, condition: Column) -> sa.FromClause | None:
        """A subquery with an OFFSET is planned by itself.

        The planner takes the tables that classes are told by for so costly that it goes through the rows in the order
        of an index, which costs twice as much where they lie in that order, and far more where they do not.
        """
        return sa.select(table).where(condition).offset(sa.literal_column("0")).subquery()

    def guard(self, connection: Connection) -> None:
        """Set the transaction's own limits."""
        limit = {
            "lock_timeout": limits.LOCK_SECONDS,
            "statement_timeout": limits.STATEMENT_SECONDS,
            "idle_in_transaction_session_timeout": limits.IDLE_SECONDS,
        }
        connection.execute(sa.select(*(sa.func.set_config(name, f"{limit[name]}s", True) for name in limit)))

    def understood(self, error: SQLAlchemyError) -> Trouble:
        """Read the SQLSTATE, or its class."""
        if not isinstance(error, DBAPIError):
            return troubles.UNKNOWN
        state = getattr(error.orig, "sqlstate", None)
        if state in _TROUBLES:
            return _TROUBLES[state]
        if state:
            return _CLASSES.get(state[:2]) or troubles.unknown(state)
        return troubles.LOST if error.connection_invalidated else troubles.UNKNOWN

    def unopened(self, error: SQLAlchemyError) -> Trouble:
        """A failed log-in carries no code, only words."""
        text = str(getattr(error, "orig", "")).lower()
        if any(phrase in text for phrase in _CREDENTIAL):
            return troubles.NOT_ACCEPTED
        if "does not exist" in text and any(word in text for word in _MISSING):
            return Trouble("the database or its user does not exist", remedy="check the URL")
        known = self.understood(error)
        return troubles.NO_ANSWER if known.is_unknown else known

    def views(self, seen: sa.Inspector) -> set[str]:
        """Return the names of the schema's views, those that keep rows too."""
        return {*super().views(seen), *seen.get_materialized_view_names()}

    def triggers(self, connection: Connection) -> Iterable[tuple[str, str, str]]:
        """Yield triggers and rules."""
        return postgresql_catalogue.triggers(connection)

    def letters(self, connection: Connection, tables: Tables) -> Letters:  # noqa: ARG002 - of all
        """An index may be of another rule than its column, or not be finished."""
        return postgresql_catalogue.letters(connection)

    def flaws(self, connection: Connection, tables: Tables, role: Role) -> Iterable[Flaw]:  # noqa: ARG002 - of all
        """Tables that others inherit from."""
        return postgresql_catalogue.flaws(connection)

    def stamp(self, connection: Connection, tables: Collection[str]) -> str | None:
        """Each row of the catalogue names the transaction that wrote it."""
        return postgresql_catalogue.stamp(connection, tables)

    def act_now(self, connection: Connection) -> None:
        """Constraint triggers may be deferred."""
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")

    def identities(self, connection: Connection, tables: Tables, primary: ColumnNames) -> dict[str, tuple[str, ...]]:
        """A row without a primary key is named by where it lies, which is not enough among several partitions."""
        found = super().identities(connection, tables, primary)
        for name in tables.keys() - found.keys() - postgresql_catalogue.partitioned(connection):
            tables[name].append_column(sa.Column("ctid", _RowAddress(), system=True))
            found[name] = ("ctid",)
        return found

    def may_write_receipts(self, connection: Connection, table: str, *, exists: bool) -> bool:
        """Ask the server for the rights."""
        if exists:
            wanted = [sa.func.has_table_privilege(table, right) for right in ("SELECT", "INSERT")]
        else:
            wanted = [sa.func.has_schema_privilege(sa.func.current_schema(), "CREATE")]
        return bool(connection.execute(sa.select(sa.and_(*wanted))).scalar_one())

    def compiler(self) -> sa.Dialect:
        """Return SQLAlchemy's dialect."""
        return postgresql.dialect()  # type: ignore[no-untyped-call]

    def to_the_letter(self, column: Column) -> Column:
        """There is a type of text, and there may be collations, that take no heed of case."""
        return sa.collate(self.as_read(column), "C") if isinstance(column.type, sa.String) else column

    def within(self, columns: Sequence[Column], identities: Collection[Identity]) -> Column:
        """Send an array a column: ``= ANY(array)`` stays under every limit on parameters and keeps one plan."""
        # A type without a name here (hstore, a foreign extension) is compared as text: slower, and right.
        shown = [sa.cast(column, sa.Text) if isinstance(column.type, NullType) else column for column in columns]
        arrays = [_array(column, [one[index] for one in identities]) for index, column in enumerate(shown)]
        if len(shown) == 1:
            return shown[0] == sa.any_(arrays[0])
        names = [f"k{index}" for index in range(len(shown))]
        rows = sa.func.unnest(*arrays).table_valued(*names).render_derived()
        return sa.tuple_(*shown).in_(sa.select(*(rows.c[name] for name in names)))

    def rows(self, columns: Sequence[Column], identities: Collection[Identity]) -> sa.FromClause:
        """Send an array a column."""
        arrays = [_array(column, [one[index] for one in identities]) for index, column in enumerate(columns)]
        names = [sa.column(str(column.key), column.type) for column in columns]
        each = sa.func.unnest(*arrays).table_valued(*names, with_ordinality=ORDINAL).render_derived()
        given = (each.c[str(column.key)] for column in columns)
        return sa.select((each.c[ORDINAL] - 1).label(ORDINAL), *given).subquery()

    def row_digest(self, connection: Connection, columns: Sequence[Column]) -> Column | None:
        """Digest the text of the row, in which NULL is nothing, an empty text a pair of quotes, and all else quoted.

        The bytes are those of the database's own encoding, which no session changes and which needs no conversion that
        could fail.
        """
        version = connection.dialect.server_version_info
        if version is not None and version < _DIGESTS:
            return None
        whole = sa.cast(sa.func.row(*columns), sa.Text)
        raw = sa.func.convert_to(whole, sa.func.getdatabaseencoding())
        return sa.func.encode(sa.func.sha256(raw), sa.literal_column("'hex'"), type_=sa.Text())

    def insert(
        self, connection: Connection, column: sa.Column[Any], texts: Sequence[str], same: Mapping[str, str]
    ) -> None:
        """Send one array: the driver would send a statement a row."""
        each = sa.func.unnest(_array(column, texts))
        given = sa.select(each, *(sa.literal(text, sa.Text()) for text in same.values()))
        connection.execute(sa.insert(column.table).from_select([column.name, *same], given))

    def json(self, column: Column) -> Node:
        """JSON has types of its own, and arrays are lists."""
        return PostgresqlNode.of(column)

    def tells_json(self, connection: Connection, column: Column) -> bool:
        """Text could be asked about without an error only since version 16."""
        version = connection.dialect.server_version_info
        return isinstance(column.type, JSONB | ARRAY) or version is None or version >= _ASKS_ABOUT_INPUT

    def padded(self, text: Column) -> Column:
        """``char`` alone would be one character long."""
        return sa.cast(text, _Padded())

    def truncated(self, column: Column, unit: str) -> Column:
        """Cut and keep the type."""
        return sa.cast(sa.func.date_trunc(unit, column), column.type)

    def position(self, text: Column, part: str) -> Column:
        """Look for the part."""
        return sa.func.strpos(text, part, type_=sa.Integer())

    def band_of_years(self, column: Column, width: int) -> Column:
        """Make the date anew; infinity has no year, and the calendar has no year 0."""
        year = sa.cast(sa.extract("year", column), sa.Integer)
        made = sa.cast(sa.func.make_date(year - year % width, 1, 1), column.type)
        in_band = sa.case((sa.extract("year", column) >= width, made), else_=sa.null())
        return sa.case((sa.func.isfinite(column), in_band), else_=sa.null())

    def shifted(self, column: Column, days: Column) -> Column:
        """Add days; infinity stays where it is, and is no date."""
        moved = sa.cast(column + sa.func.make_interval(0, 0, 0, days), column.type)
        return sa.case((sa.func.isfinite(column), moved), else_=sa.null())

    def table_of(self, columns: Sequence[Column], rows: Sequence[Identity]) -> sa.FromClause:
        """Send an array a column."""
        names = [f"c{index}" for index in range(len(columns))]
        arrays = [_array(column, [str(one[index]) for one in rows]) for index, column in enumerate(columns)]
        return sa.func.unnest(*arrays).table_valued(*names).render_derived()

    def _exact(self, number: Column) -> Column:
        return sa.cast(sa.cast(number, sa.Double), sa.Numeric) if isinstance(number.type, sa.Float) else number


def _array(column: Column, values: Sequence[Value]) -> Column:
    """Return texts as an array of a column's type, written here as the server reads arrays.

    The driver would write it as well, and looks at each element three times.
    """
    texts = cast("Sequence[str]", values)
    try:
        plain = ",".join(texts)
    except TypeError:  # bytes, from a database without an encoding
        return sa.cast(sa.literal(list(values), ARRAY(sa.Text)), ARRAY(column.type))
    # An empty text needs its quotes, and a text may hold commas itself.
    is_bare = _BARE.fullmatch(plain) and "" not in texts and plain.count(",") == len(texts) - 1
    if texts and not is_bare:
        if _SPECIAL.search(plain):
            texts = [_SPECIAL.sub(r"\\\g<0>", one) for one in texts]
        plain = '"' + '","'.join(texts) + '"'
    return sa.cast(sa.literal("{" + plain + "}", _Untyped()), ARRAY(column.type))
