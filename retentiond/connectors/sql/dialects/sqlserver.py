"""SQL Server, through pymssql. Not tried against a live server: its statements are compiled and looked at."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import CompileError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry, NullPool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import Function

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import troubles
from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects import limits
from retentiond.connectors.sql.dialects.interface import ORDINAL, Column, Flaw, Identity, Tables, Value
from retentiond.connectors.sql.dialects.kinds import kind_of, no_json, only_reading, renamed
from retentiond.connectors.sql.dialects.nodes import Node
from retentiond.connectors.sql.dialects.standard import Standard
from retentiond.connectors.sql.troubles import Trouble

_EXACT = "Latin1_General_100_BIN2"
_LONGEST = 4000
_SESSION = (
    "SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON",
    "SET NUMERIC_ROUNDABORT OFF",
    "SET XACT_ABORT ON",
    "SET LANGUAGE us_english",
    "SET DATEFORMAT ymd",
)
_SNAPSHOT = "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()"
_SYNONYMS = sa.text("SELECT name FROM sys.synonyms WHERE schema_id = SCHEMA_ID()")
_TRIGGERS = sa.text(
    "SELECT t.name, g.name, CONCAT(g.is_disabled, OBJECT_DEFINITION(g.object_id))"
    " FROM sys.triggers g JOIN sys.tables t ON t.object_id = g.parent_id"
    " WHERE t.schema_id = SCHEMA_ID() ORDER BY t.name, g.name"
)
_KEPT = sa.text(
    "SELECT name, temporal_type, is_tracked_by_cdc, is_memory_optimized FROM sys.tables WHERE schema_id = SCHEMA_ID()"
)
_SEES_ALL = sa.text("SELECT HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'VIEW DEFINITION')")
_MAY_CREATE = sa.text("SELECT HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'CREATE TABLE')")
_MAY = sa.text("SELECT HAS_PERMS_BY_NAME(:name, 'OBJECT', :wanted)")
_TROUBLES = {
    troubles.LOCKED: (1222,),
    troubles.DEADLOCK: (1205,),
    troubles.SERIALISATION: (3960, 3961),
    troubles.SLOW: (20003,),
    troubles.LOST: (20004, 20006, 20047, 10053, 10054, 10060, 596, 233),
    troubles.SHUTTING_DOWN: (6005, 6006),
    troubles.FULL: (701, 1101, 1105, 9002, 17300),
    troubles.STILL_REFERRED: (547,),
    troubles.CONSTRAINT: (515, 2601, 2627),
    troubles.UNFITTING: (220, 241, 242, 245, 2628, 8114, 8115, 8152, 8169),
    troubles.READ_ONLY: (3906,),
    troubles.NOT_ALLOWED: (229, 230, 262, 297, 300),
    troubles.NOT_ACCEPTED: (18452, 18456, 18470, 18487, 18488),
    troubles.NO_DATABASE: (911, 4060),
    troubles.NOT_AS_DEFINED: (207, 208, 468),
    troubles.NO_ANSWER: (20002, 20009),
}
_BY_CODE = {code: trouble for trouble, codes in _TROUBLES.items() for code in codes}
_OF_THE_OWNER = 50000
"""From here on errors are those a trigger or procedure raises."""


class SqlServer(Standard):
    """SQL Server. Implements ``retentiond.connectors.sql.dialects.interface.Dialect``."""

    name = "mssql"
    extra = "sqlserver"
    system_schemas = frozenset({"sys", "INFORMATION_SCHEMA", "guest"})

    def engine(self, url: URL, role: Role, store: str) -> Engine:  # noqa: ARG002 - any URL may be meant
        """Connect through pymssql, whatever driver the URL names."""
        engine = sa.create_engine(
            url.set(drivername="mssql+pymssql"),
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={
                "login_timeout": limits.CONNECT_SECONDS,
                "timeout": limits.STATEMENT_SECONDS,
                "appname": "retentiond",
                "charset": "UTF-8",
            },
        )

        def on_connect(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
            cursor = connection.cursor()
            for setting in (*_SESSION, f"SET LOCK_TIMEOUT {int(limits.LOCK_SECONDS * 1000)}"):
                cursor.execute(setting)
            cursor.execute(_SNAPSHOT)
            row = cursor.fetchone()
            entry.info["snapshot"] = row is not None and row[0] == 1
            cursor.close()
            connection.commit()

        sa.event.listen(engine, "connect", on_connect)
        if role is not Role.DISPOSE:
            only_reading(engine)  # It has no transactions that cannot write.
        return engine

    def for_reading(self, connection: Connection) -> None:
        """See one snapshot where the database allows them; elsewhere what has been committed at each statement.

        A record read in two halves has a state that no record has: it is left alone when it is compared under lock.
        """
        level = "SNAPSHOT" if connection.info.get("snapshot") else "READ COMMITTED"
        connection.execution_options(isolation_level=level)

    def for_writing(self, connection: Connection) -> None:
        """See what has been committed: what is compared is locked first."""
        connection.execution_options(isolation_level="READ COMMITTED")

    def guard(self, connection: Connection) -> None:
        """The session's own limits stand since it was opened."""

    def understood(self, error: SQLAlchemyError) -> Trouble:
        """Read the error number."""
        if not isinstance(error, DBAPIError):
            return troubles.UNKNOWN
        found = next(iter(getattr(error.orig, "args", ())), None)
        code = found[0] if isinstance(found, tuple) and found else found
        if not isinstance(code, int):
            return troubles.LOST if error.connection_invalidated else troubles.UNKNOWN
        if code >= _OF_THE_OWNER:
            return troubles.FORBIDDEN
        return _BY_CODE.get(code, troubles.LOST if error.connection_invalidated else troubles.UNKNOWN)

    def unopened(self, error: SQLAlchemyError) -> Trouble:
        """A refused log-in says so only in words."""
        if "Login failed" in str(getattr(error, "orig", "")):
            return troubles.NOT_ACCEPTED
        known = self.understood(error)
        return troubles.NO_ANSWER if known in (troubles.UNKNOWN, troubles.LOST) else known

    def views(self, seen: sa.Inspector) -> set[str]:
        """Return the names of views, and of synonyms, which stand for tables elsewhere."""
        found = super().views(seen)
        if isinstance(seen.bind, Connection):
            found |= set(seen.bind.scalars(_SYNONYMS))
        return found

    def triggers(self, connection: Connection) -> Iterable[tuple[str, str, str]]:
        """Yield the triggers that the credential may see, without what they call."""
        return ((table, trigger, text) for table, trigger, text in connection.execute(_TRIGGERS))

    def flaws(self, connection: Connection, tables: Tables, role: Role) -> Iterable[Flaw]:  # noqa: ARG002 - of all
        """Tables with a history of their own, and what cannot be seen."""
        for name, temporal, captured, in_memory in connection.execute(_KEPT):
            if temporal:
                message = "the table keeps its own history, in which rows that were deleted stay readable"
                yield Flaw(name, message, "have its versioning switched off (SYSTEM_VERSIONING = OFF)")
            if captured:
                message = "change data capture keeps copies of its rows, those that were deleted among them"
                yield Flaw(name, message, "have the capture disabled (sys.sp_cdc_disable_table)")
            if in_memory:
                yield Flaw(name, "it is memory-optimised, and its rows take no locks", "have it made a table on disk")
        if role is Role.DISPOSE and not connection.execute(_SEES_ALL).scalar_one():
            message = "triggers and foreign keys cannot all be seen by the credential that disposes"
            yield Flaw("", message, "grant it VIEW DEFINITION on the database")

    def may_write_receipts(self, connection: Connection, table: str, *, exists: bool) -> bool:
        """Ask the server for the rights."""
        if not exists:
            return bool(connection.execute(_MAY_CREATE).scalar_one())
        wanted = ("SELECT", "INSERT")
        return all(connection.execute(_MAY, {"name": table, "wanted": one}).scalar_one() for one in wanted)

    def compiler(self) -> sa.Dialect:
        """Return SQLAlchemy's dialect."""
        return sa.make_url("mssql+pymssql://").get_dialect()()

    def as_read(self, column: Column) -> Column:
        """Read the text of a value in a style that no language or setting changes."""
        match kind_of(declared(column)):
            case "text":
                return column if not isinstance(column.type, mssql.NTEXT | mssql.TEXT) else _text(column)
            case "zoned":
                return sa.func.convert(sa.literal_column("varchar(40)"), column, 127, type_=sa.Text())
            case "moment":
                return sa.func.convert(sa.literal_column("varchar(40)"), column, 121, type_=sa.Text())
            case "date":
                return sa.func.convert(sa.literal_column("varchar(10)"), column, 23, type_=sa.Text())
            case "float":
                return sa.func.convert(sa.literal_column("varchar(40)"), column, 3, type_=sa.Text())
            case "money":
                return sa.func.convert(sa.literal_column("varchar(40)"), column, 2, type_=sa.Text())
            case "bytes":
                whole = sa.cast(column, mssql.VARBINARY("max"))  # type: ignore[no-untyped-call]
                return sa.func.lower(
                    sa.func.convert(sa.literal_column("varchar(max)"), whole, 2, type_=sa.Text()), type_=sa.Text()
                )
            case _:
                return _text(column)

    def to_the_letter(self, column: Column) -> Column:
        """Most collations take no heed of case."""
        return _letters(column) if kind_of(declared(column)) == "text" else column

    def constant(self, column: Column, value: str) -> Column:
        """Cast the text to the column's type; compare text by its characters."""
        if kind_of(declared(column)) == "text":
            return sa.literal(value, sa.Unicode()).collate(_EXACT)
        return sa.cast(sa.literal(value, sa.Unicode()), column.type)

    def fits(self, column: Column, value: str) -> bool:
        """Whether a number is written as one; the server says it of all else."""
        return kind_of(declared(column)) != "number" or super().key(column)(value) is not None

    def within(self, columns: Sequence[Column], identities: Collection[Identity]) -> Column:
        """Send all values as one JSON text; equal by the column's rules, so that an index serves, and to the letter."""
        given = _sent(len(columns), identities)
        equal: list[Column] = []
        for column, key in zip(columns, given.c, strict=True):
            if kind_of(declared(column)) == "text":
                equal.extend((column == key, _letters(column) == _letters(key)))
            else:
                equal.append(column == sa.cast(key, column.type))
        found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(given).where(*equal)
        return found.correlate_except(given).exists()

    def shifted(self, column: Column, days: Column) -> Column:
        """Add days."""
        return sa.func.dateadd(sa.literal_column("day"), days, column, type_=column.type)

    def table_of(self, columns: Sequence[Column], rows: Sequence[Identity]) -> sa.FromClause:
        """Send all values as one JSON text."""
        given = _sent(len(columns), rows)
        pairs = enumerate(zip(columns, given.c, strict=True))
        made = (
            (n, key if kind_of(declared(column)) == "text" else sa.cast(key, column.type)) for n, (column, key) in pairs
        )
        return sa.select(*(value.label(f"c{n}") for n, value in made)).subquery()

    def rows(self, columns: Sequence[Column], identities: Collection[Identity]) -> sa.FromClause:
        """Send them as one JSON text, whose elements are numbered."""
        shown = ", ".join(f"JSON_VALUE([value], '$[{index}]') AS k{index}" for index in range(len(columns)))
        sent = sa.bindparam("keys", json.dumps([list(one) for one in identities]), sa.Unicode(), unique=True)
        listed = sa.text(f"SELECT CAST([key] AS int) AS {ORDINAL}, {shown} FROM OPENJSON(:keys)").bindparams(sent)  # noqa: S608 - names of our own
        names = [sa.column(f"k{index}", sa.Unicode()) for index in range(len(columns))]
        given = listed.columns(sa.column(ORDINAL, sa.Integer()), *names).subquery()
        typed = (
            (key if kind_of(declared(column)) == "text" else sa.cast(key, column.type)).label(str(column.key))
            for column, key in zip(columns, list(given.c)[1:], strict=True)
        )
        return sa.select(given.c[ORDINAL], *typed).subquery()

    def typed(self, column: Column, value: Value) -> Column:
        """Compare text as the column sorts it, all else in the column's type."""
        text = sa.literal(value, sa.Unicode())
        return text if kind_of(declared(column)) == "text" else sa.cast(text, column.type)

    def key(self, column: Column) -> Callable[[str], Value]:
        """The server writes the letters of a UUID as capitals."""
        if isinstance(declared(column), sa.Uuid | mssql.UNIQUEIDENTIFIER):
            return lambda text: text if _is_uuid(text) else None
        return super().key(column)

    def json(self, column: Column) -> Node:
        """Refuse: how its functions answer could not be tried."""
        raise no_json(column, "SQL Server")

    def padded(self, text: Column) -> Column:
        """Trailing spaces never count here."""
        return text

    def is_written_day(self, text: Column, pattern: str) -> Column:  # noqa: ARG002 - there are no regular expressions
        """A day of the calendar alone; of one with a time the row itself is asked."""
        form = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
        day = sa.func.try_convert(sa.literal_column("date"), text, 23)
        return sa.case((sa.and_(text.like(form), sa.func.len(text) == 10, day.is_not(None)), 1), else_=0) == 1

    def matches(self, text: Column, pattern: str) -> Column:  # noqa: ARG002 - neither helps
        """Refuse: there are no regular expressions before version 2025."""
        raise CompileError("SQL Server matches no regular expressions")

    def whole_number(self, text: Column) -> Column:
        """Read digits, and nothing that the server would take for digits as well."""
        digits = sa.and_(sa.not_(text.like("%[^0-9-]%")), sa.not_(text.like("_%-%")), text != "")
        plain = sa.or_(text == "0", sa.not_(sa.or_(text.like("0%"), text.like("-0%"))))
        return sa.case(
            (sa.and_(digits, plain), sa.func.try_convert(sa.literal_column("bigint"), text)), else_=sa.null()
        )

    def uuid_in(self, text: Column, kind: sa.types.TypeEngine[Any]) -> Column:  # noqa: ARG002 - there is one
        """Read a UUID, or nothing."""
        whole = sa.func.try_convert(sa.literal_column("uniqueidentifier"), text)
        return sa.case((sa.func.len(text) == 36, whole), else_=sa.null())

    def has_form(self, text: Column, *forms: str) -> Column:
        """Match each form as a pattern of LIKE, capitals as capitals."""
        bare = sa.func.rtrim(text, type_=sa.Unicode()).collate(_EXACT)
        patterns = (one.replace("9", "[0-9]").replace("A", "[A-Z]").replace("x", "[0-9a-f]") for one in forms)
        return sa.or_(*(bare.like(pattern.replace("*", "%")) for pattern in patterns))

    def length(self, text: Column) -> Column:
        """Count characters, the spaces at the end too."""
        return sa.func.len(text + "x", type_=sa.Integer()) - 1

    def position(self, text: Column, part: str) -> Column:
        """Look for the part itself."""
        return sa.func.charindex(part, text.collate(_EXACT), type_=sa.Integer())

    def four_digits(self, year: Column) -> Column:
        """Fill up with noughts."""
        return sa.func.right(sa.literal("000", sa.Unicode()) + sa.cast(year, sa.Unicode(10)), 4, type_=sa.Unicode())

    def truncated(self, column: Column, unit: str) -> Column:
        """Make the date anew."""
        month = sa.extract("month", column) if unit == "month" else 1
        return sa.cast(sa.func.datefromparts(sa.extract("year", column), month, 1), column.type)

    def band_of_years(self, column: Column, width: int) -> Column:
        """Make the date anew; the calendar has no year 0."""
        year = sa.extract("year", column)
        made = sa.cast(sa.func.datefromparts(year - year % width, 1, 1), column.type)
        return sa.case((year >= width, made), else_=sa.null())

    def locking(self, statement: sa.Select[Any], rows: sa.FromClause) -> sa.Select[Any]:
        """Take update locks by a hint, row by row; nothing locks afterwards."""
        return statement.with_hint(rows, "WITH (UPDLOCK, ROWLOCK)", "mssql")


def _text(column: Column) -> Column:
    return sa.cast(column, mssql.NVARCHAR(None))


def _sent(width: int, identities: Collection[Identity]) -> sa.Subquery:
    names = [f"k{index}" for index in range(width)]
    shapes = ", ".join(f"{name} nvarchar({_LONGEST}) '$[{index}]'" for index, name in enumerate(names))
    sent = sa.bindparam("keys", json.dumps([list(one) for one in identities]), sa.Unicode(), unique=True)
    rows = sa.text(f"SELECT {', '.join(names)} FROM OPENJSON(:keys) WITH ({shapes})").bindparams(sent)  # noqa: S608 - names of our own
    return rows.columns(*(sa.column(name, sa.Unicode()) for name in names)).subquery()


def _letters(text: Column) -> Column:
    """Return the bytes of a text: even the strictest collation takes no heed of spaces at the end."""
    return sa.cast(sa.cast(text, mssql.NVARCHAR(_LONGEST)), mssql.VARBINARY(2 * _LONGEST))  # type: ignore[no-untyped-call]


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)).upper() == text
    except ValueError:
        return False


@compiles(Function, "mssql")
def _called(element: Function[Any], compiler: SQLCompiler, **given: Any) -> str:  # noqa: ANN401 - of the compiler
    return renamed(element, compiler, {"substr": "substring", "char_length": "len"}, given)
