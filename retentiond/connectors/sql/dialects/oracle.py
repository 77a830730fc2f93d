"""Oracle, through python-oracledb. Not tried against a live server: its statements are compiled and looked at."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import oracle
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry, NullPool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import Function

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import troubles
from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects import limits
from retentiond.connectors.sql.dialects.interface import ORDINAL, Column, ColumnNames, Flaw, Identity, Tables, Value
from retentiond.connectors.sql.dialects.kinds import kind_of, no_json, renamed
from retentiond.connectors.sql.dialects.nodes import Node
from retentiond.connectors.sql.dialects.standard import Standard
from retentiond.connectors.sql.foreign import ForeignKey, action_of, gathered
from retentiond.connectors.sql.troubles import Trouble

_BEGIN = "retentiond_begin"
_LONGEST = 4000
_DATE, _MOMENT = "YYYY-MM-DD HH24:MI:SS", "YYYY-MM-DD HH24:MI:SS.FF9"
_ZONED = 'YYYY-MM-DD"T"HH24:MI:SS.FF9TZH:TZM'
_SESSION = (
    f"ALTER SESSION SET NLS_DATE_FORMAT = '{_DATE}'",
    f"ALTER SESSION SET NLS_TIMESTAMP_FORMAT = '{_MOMENT}'",
    f"ALTER SESSION SET NLS_TIMESTAMP_TZ_FORMAT = '{_ZONED}'",
    "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
    "ALTER SESSION SET NLS_SORT = BINARY",
    "ALTER SESSION SET NLS_COMP = BINARY",
    "ALTER SESSION SET TIME_ZONE = '+00:00'",
)
_SYNONYMS = sa.text("SELECT synonym_name FROM user_synonyms")
_TRIGGERS = (
    "SELECT table_name, trigger_name, description, when_clause, trigger_body FROM {whose}_triggers"
    " WHERE table_owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AND status = 'ENABLED' ORDER BY 1, 2"
)
_OTHERS = (
    "SELECT c.owner, c.table_name, c.constraint_name, r.table_name, c.delete_rule, ours.column_name, theirs.column_name"
    " FROM {whose}_constraints c"
    " JOIN {whose}_constraints r ON r.owner = c.r_owner AND r.constraint_name = c.r_constraint_name"
    " JOIN {whose}_cons_columns ours ON ours.owner = c.owner AND ours.constraint_name = c.constraint_name"
    " JOIN {whose}_cons_columns theirs ON theirs.owner = r.owner AND theirs.constraint_name = r.constraint_name"
    " AND theirs.position = ours.position"
    " WHERE c.constraint_type = 'R' AND r.owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AND c.owner <> r.owner"
    " ORDER BY c.owner, c.table_name, c.constraint_name, ours.position"
)
"""What everybody sees of the catalogue is what they have a right on; who may read the dictionary sees all of it."""
_ARCHIVED = sa.text("SELECT table_name FROM user_flashback_archive_tables")
_SEES_ALL = sa.text("SELECT COUNT(*) FROM session_privs WHERE privilege = 'SELECT ANY DICTIONARY'")
_MAY_CREATE = sa.text("SELECT COUNT(*) FROM session_privs WHERE privilege IN ('CREATE TABLE', 'CREATE ANY TABLE')")
_TROUBLES = {
    troubles.LOCKED: (54, 30006),
    troubles.DEADLOCK: (60,),
    troubles.SERIALISATION: (8176, 8177),
    troubles.SLOW: (1013,),
    troubles.LOST: (28, 2396, 3113, 3114, 3135, 12537, 12547, 12570, 12571, 25408),
    troubles.SHUTTING_DOWN: (1033, 1034, 1089, 1090, 1092),
    troubles.FULL: (18, 20, 1536, 1555, 1652, 1653, 1654, 12516, 12519, 12520, 30036),
    troubles.STILL_REFERRED: (2292,),
    troubles.CONSTRAINT: (1, 1400, 1407, 2290, 2291),
    troubles.UNFITTING: (1438, 1722, 1830, 1843, 1847, 1858, 1861, 12899),
    troubles.READ_ONLY: (1456, 16000),
    troubles.NOT_ALLOWED: (1031, 41900),
    troubles.NOT_ACCEPTED: (1017, 1045, 28000, 28001),
    troubles.NO_DATABASE: (12505, 12514),
    troubles.NOT_AS_DEFINED: (904, 942),
    troubles.NO_ANSWER: (12154, 12170, 12541, 12545),
}
_BY_CODE = {code: trouble for trouble, codes in _TROUBLES.items() for code in codes}
_OF_THE_OWNER = range(20000, 21000)
"""Errors a trigger or procedure raises."""


class Oracle(Standard):
    """Oracle. Implements ``retentiond.connectors.sql.dialects.interface.Dialect``."""

    name = "oracle"
    extra = "oracle"
    system_schemas = frozenset({"SYS", "SYSTEM", "XDB", "MDSYS", "CTXSYS", "ORDSYS", "WMSYS", "OUTLN", "DBSNMP"})

    def engine(self, url: URL, role: Role, store: str) -> Engine:  # noqa: ARG002 - any URL may be meant
        """Connect through python-oracledb, whatever driver the URL names."""
        engine = sa.create_engine(
            url.set(drivername="oracle+oracledb"),
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"tcp_connect_timeout": limits.CONNECT_SECONDS, "program": "retentiond"},
        )

        def on_connect(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's
            connection.call_timeout = 1000 * limits.STATEMENT_SECONDS
            cursor = connection.cursor()
            for setting in _SESSION:
                cursor.execute(setting)
            cursor.close()

        sa.event.listen(engine, "connect", on_connect)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def for_reading(self, connection: Connection) -> None:
        """See one snapshot, in a transaction that cannot write."""
        connection.execution_options(**{_BEGIN: "READ ONLY"})

    def for_writing(self, connection: Connection) -> None:
        """See what has been committed: what is compared is locked first."""
        connection.execution_options(**{_BEGIN: "ISOLATION LEVEL READ COMMITTED"})

    def guard(self, connection: Connection) -> None:
        """Locks are waited for as long as the statement says that takes them."""

    def understood(self, error: SQLAlchemyError) -> Trouble:
        """Read the error number."""
        if not isinstance(error, DBAPIError):
            return troubles.UNKNOWN
        found = next(iter(getattr(error.orig, "args", ())), None)
        code, full = getattr(found, "code", None), str(getattr(found, "full_code", ""))
        lost = troubles.LOST if error.connection_invalidated or full.startswith("DPY-") else troubles.UNKNOWN
        if full == "DPY-4024":
            return troubles.SLOW
        if not isinstance(code, int) or not full.startswith("ORA-"):
            return lost
        return troubles.FORBIDDEN if code in _OF_THE_OWNER else _BY_CODE.get(code, lost)

    def unopened(self, error: SQLAlchemyError) -> Trouble:
        """Opening fails as any statement does."""
        known = self.understood(error)
        return troubles.NO_ANSWER if known in (troubles.UNKNOWN, troubles.LOST) else known

    def views(self, seen: sa.Inspector) -> set[str]:
        """Return the names of views, materialised ones too, and of synonyms, which stand for tables elsewhere."""
        found = {*super().views(seen), *seen.get_materialized_view_names()}
        if isinstance(seen.bind, Connection):
            found |= {seen.dialect.normalize_name(one) for one in seen.bind.scalars(_SYNONYMS)}
        return found

    def triggers(self, connection: Connection) -> Iterable[tuple[str, str, str]]:
        """Yield the triggers that the credential may see, without what they call."""
        named = connection.dialect.normalize_name
        for table, trigger, *text in connection.execute(sa.text(_as_seen(connection, _TRIGGERS))):
            yield named(table), trigger, "\n".join(str(one or "") for one in text)

    def foreign_keys(
        self, connection: Connection, seen: sa.Inspector, tables: Tables, primary: ColumnNames
    ) -> Iterable[ForeignKey]:
        """Yield the foreign keys of the schema's tables, and those of other schemas into it that may be seen."""
        yield from self.own_foreign_keys(seen, tables, primary)
        named = connection.dialect.normalize_name
        rows = connection.execute(sa.text(_as_seen(connection, _OTHERS)))
        yield from gathered((*map(named, row[:4]), action_of(row[4]), named(row[5]), named(row[6])) for row in rows)

    def flaws(self, connection: Connection, tables: Tables, role: Role) -> Iterable[Flaw]:  # noqa: ARG002 - of all
        """Tables with a history of their own, and what cannot be seen."""
        if role is Role.DISPOSE and not connection.execute(_SEES_ALL).scalar_one():
            message = "triggers and foreign keys of other schemas cannot be seen by the credential that disposes"
            yield Flaw("", message, "grant it SELECT ANY DICTIONARY")
        named = connection.dialect.normalize_name
        for name in connection.scalars(_ARCHIVED):
            message = "a flashback archive keeps its history, in which rows that were deleted stay readable"
            yield Flaw(named(name), message, "have it taken off (ALTER TABLE … NO FLASHBACK ARCHIVE)")

    def may_write_receipts(self, connection: Connection, table: str, *, exists: bool) -> bool:  # noqa: ARG002
        """Whether the table may be made; who owns it may write it."""
        return exists or bool(connection.execute(_MAY_CREATE).scalar_one())

    def compiler(self) -> sa.Dialect:
        """Return SQLAlchemy's dialect."""
        found = sa.make_url("oracle+oracledb://").get_dialect()()
        found.supports_native_boolean = False
        return found

    def as_read(self, column: Column) -> Column:
        """Read the text of a value under the session's formats; large objects as they are."""
        kind = declared(column)
        match kind_of(kind):
            case "text":
                return column
            case "bytes" if isinstance(kind, oracle.RAW):
                return sa.func.lower(sa.func.rawtohex(column), type_=sa.Text())
            case "bytes":
                return column
            case "number" | "float":
                return sa.func.to_char(column, "TM9", type_=sa.Text())
            case "moment":
                return sa.func.to_char(column, type_=sa.Text())
            case "zoned":
                return sa.func.to_char(sa.cast(column, sa.TIMESTAMP(timezone=True)), _ZONED, type_=sa.Text())
            case _:
                return sa.func.to_char(column, type_=sa.Text())

    def constant(self, column: Column, value: str) -> Column:
        """Cast the text to the column's type; text is sent as it is."""
        text = sa.literal(value, sa.String())
        return text if kind_of(declared(column)) in ("text", "other") else sa.cast(text, column.type)

    def fits(self, column: Column, value: str) -> bool:
        """An empty text is no value here, and equal to nothing."""
        is_number = kind_of(declared(column)) == "number"
        return value != "" and (not is_number or super().key(column)(value) is not None)

    def within(self, columns: Sequence[Column], identities: Collection[Identity]) -> Column:
        """Send all values as one JSON text."""
        given = _sent(len(columns), identities)
        keys = [self._as_key(column, key) for column, key in zip(columns, given.c, strict=True)]
        if len(columns) == 1:
            return columns[0].in_(sa.select(*keys))
        return sa.tuple_(*columns).in_(sa.select(*keys))

    def shifted(self, column: Column, days: Column) -> Column:
        """Add an interval: a number added to a moment would take its fractions of a second."""
        return column + sa.func.numtodsinterval(days, "DAY")

    def table_of(self, columns: Sequence[Column], rows: Sequence[Identity]) -> sa.FromClause:
        """Send all values as one JSON text."""
        given = _sent(len(columns), rows)
        pairs = enumerate(zip(columns, given.c, strict=True))
        return sa.select(*(self._as_key(column, key).label(f"c{n}") for n, (column, key) in pairs)).subquery()

    def rows(self, columns: Sequence[Column], identities: Collection[Identity]) -> sa.FromClause:
        """Send them as one JSON text, whose elements are numbered."""
        names = [f"k{index}" for index in range(len(columns))]
        shapes = ", ".join(f"{name} VARCHAR2({_LONGEST}) PATH '$[{index}]'" for index, name in enumerate(names))
        sent = sa.bindparam("listed", json.dumps([list(one) for one in identities]), oracle.CLOB(), unique=True)
        statement = (
            f"SELECT number_ - 1 AS {ORDINAL}, {', '.join(names)}"  # noqa: S608 - names of our own
            f" FROM JSON_TABLE(:listed, '$[*]' COLUMNS (number_ FOR ORDINALITY, {shapes}))"
        )
        shown = (sa.column(name, sa.String()) for name in names)
        given = sa.text(statement).bindparams(sent).columns(sa.column(ORDINAL, sa.Integer()), *shown).subquery()
        typed = (
            self._as_key(column, key).label(str(column.key))
            for column, key in zip(columns, list(given.c)[1:], strict=True)
        )
        return sa.select(given.c[ORDINAL], *typed).subquery()

    def typed(self, column: Column, value: Value) -> Column:
        """Compare in the column's type."""
        return self._as_key(column, sa.literal(value, sa.String()))

    def key(self, column: Column) -> Callable[[str], Value]:
        """An empty text is no key."""
        made = super().key(column)
        return lambda text: made(text) if text else None

    def json(self, column: Column) -> Node:
        """Refuse: how its functions answer could not be tried."""
        raise no_json(column, "Oracle")

    def padded(self, text: Column) -> Column:
        """A column of fixed length compares with blanks added only where both sides have one."""
        return sa.cast(text, sa.CHAR(2000))

    def matches(self, text: Column, pattern: str) -> Column:
        """Match by case; a dollar stands for the very end here."""
        found: Column = sa.func.regexp_like(text, f"^({pattern})$", "c")
        return sa.case((sa.type_coerce(found, sa.Boolean()), 1), else_=0) == 1

    def length(self, text: Column) -> Column:
        """Count characters."""
        return sa.func.length(text, type_=sa.Integer())

    def four_digits(self, year: Column) -> Column:
        """Fill up with noughts."""
        return sa.func.lpad(sa.func.to_char(year), 4, "0", type_=sa.Text())

    def truncated(self, column: Column, unit: str) -> Column:
        """Cut and keep the type."""
        return sa.cast(sa.func.trunc(column, "YYYY" if unit == "year" else "MM"), column.type)

    def band_of_years(self, column: Column, width: int) -> Column:
        """Go back by whole years; the calendar has no year 0."""
        year = sa.extract("year", column)
        start = sa.func.add_months(sa.func.trunc(column, "YYYY"), -12 * sa.func.mod(year, width))
        return sa.case((year >= width, sa.cast(start, column.type)), else_=sa.null())

    def locking(self, statement: sa.Select[Any], rows: sa.FromClause) -> sa.Select[Any]:
        """Lock the rows of one table, named by a column of it, and wait for them no longer than we may."""
        locked = statement.with_for_update(of=[next(iter(rows.c))])
        return locked.suffix_with(sa.text(f"WAIT {int(limits.LOCK_SECONDS)}"), dialect="oracle")

    def _as_key(self, column: Column, text: Column) -> Column:
        kind = declared(column)
        match kind_of(kind):
            case "text" | "other":
                return text
            case "bytes":
                return sa.func.hextoraw(text)
            case _:
                return sa.cast(text, column.type)


def _as_seen(connection: Connection, statement: str) -> str:
    """Return a question about the catalogue, put to all of it where the credential may see that."""
    return statement.format(whose="dba" if connection.execute(_SEES_ALL).scalar_one() else "all")


def _begin(connection: Connection) -> None:
    # Version 23 has values of true and false; written without them, statements are the same on every version.
    connection.dialect.supports_native_boolean = False
    level = connection.get_execution_options().get(_BEGIN, "READ ONLY")
    connection.exec_driver_sql(f"SET TRANSACTION {level}")


@compiles(Function, "oracle")
def _called(element: Function[Any], compiler: SQLCompiler, **given: Any) -> str:  # noqa: ANN401 - of the compiler
    return renamed(element, compiler, {"char_length": "LENGTH"}, given)


def _sent(width: int, identities: Collection[Identity]) -> sa.Subquery:
    names = [f"k{index}" for index in range(width)]
    shapes = ", ".join(f"{name} VARCHAR2({_LONGEST}) PATH '$[{index}]'" for index, name in enumerate(names))
    sent = sa.bindparam("listed", json.dumps([list(one) for one in identities]), oracle.CLOB(), unique=True)
    statement = f"SELECT {', '.join(names)} FROM JSON_TABLE(:listed, '$[*]' COLUMNS ({shapes}))"  # noqa: S608 - names of our own
    return sa.text(statement).bindparams(sent).columns(*(sa.column(name, sa.String()) for name in names)).subquery()
