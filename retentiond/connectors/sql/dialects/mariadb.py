"""MariaDB, through PyMySQL. It compares text by collation and coerces in silence: neither may decide anything here."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidRequestError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool
from sqlalchemy.types import NullType, TypeEngine

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import troubles
from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects import limits, mariadb_catalogue, mariadb_letters, mariadb_stamp
from retentiond.connectors.sql.dialects.interface import Column, ColumnNames, Flaw, Identity, Letters, Tables, Value
from retentiond.connectors.sql.dialects.mariadb_grants import Grants
from retentiond.connectors.sql.dialects.mariadb_json import MariadbNode
from retentiond.connectors.sql.dialects.mariadb_troubles import BY_CODE
from retentiond.connectors.sql.dialects.mariadb_values import (
    BINARY,
    ZONE,
    Listed,
    Moment,
    conversions,
    is_in,
    listed,
    rows_of,
    sender,
    spread,
)
from retentiond.connectors.sql.dialects.nodes import Node
from retentiond.connectors.sql.dialects.standard import Standard
from retentiond.connectors.sql.foreign import ForeignKey
from retentiond.connectors.sql.troubles import Trouble
from retentiond.connectors.sql.values import is_integer

_BEGIN = "retentiond_begin"
_MODE = "STRICT_ALL_TABLES,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
"""Nothing is cut or coerced to fit; backslashes and quotes mean what the driver takes them to mean."""
_EXACT = "utf8mb4_nopad_bin"
"""The collation in which two texts are equal only when they are the same."""
_BITS = 64
_HEX = re.compile(r"([0-9a-f]{2})+")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT = re.compile(_DAY + r"( [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?)?")
_SHORT = (sa.Integer, sa.Numeric, sa.Date, sa.DateTime, sa.Time, mysql.YEAR, mysql.BIT)
"""Types whose texts are short and hold no comma."""
_SHA: sa.ColumnElement[int] = sa.literal_column("256")


class MariaDB(Standard):
    """MariaDB. Implements ``retentiond.connectors.sql.dialects.interface.Dialect``."""

    name = "mariadb"
    extra = "mariadb"

    def engine(self, url: URL, role: Role, store: str) -> Engine:  # noqa: ARG002 - any URL may be meant
        """Connect through PyMySQL, whatever driver the URL names."""
        seconds = limits.STATEMENT_SECONDS + limits.CONNECT_SECONDS
        engine = sa.create_engine(
            url.set(drivername="mariadb+pymysql"),
            poolclass=NullPool,
            hide_parameters=True,
            enable_from_linting=False,  # the elements of a list in JSON are joined by an argument, unseen by it
            connect_args={
                "charset": "utf8mb4",
                "connect_timeout": limits.CONNECT_SECONDS,
                "read_timeout": seconds,
                "write_timeout": seconds,
                "program_name": "retentiond",
                "conv": conversions(),
            },
        )

        def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            cursor = connection.cursor()
            for setting in _session(role):
                cursor.execute(setting)
            cursor.close()
            connection.commit()

        sa.event.listen(engine, "connect", on_connect, insert=True)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def for_reading(self, connection: Connection) -> None:
        """See one snapshot, taken as the transaction begins."""
        connection.execution_options(**{_BEGIN: "REPEATABLE READ"})

    def for_writing(self, connection: Connection) -> None:
        """See what has been committed, and lock rows without the gaps between them."""
        connection.execution_options(**{_BEGIN: "READ COMMITTED"})

    def guard(self, connection: Connection) -> None:
        """Limit the wait for rows (the session's other limits stand since it was opened)."""
        seconds = int(limits.LOCK_SECONDS)
        connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {seconds}")

    def understood(self, error: SQLAlchemyError) -> Trouble:
        """Read the error number."""
        if not isinstance(error, DBAPIError):
            return troubles.UNKNOWN
        code = next(iter(getattr(error.orig, "args", ())), None)
        if isinstance(code, int) and code in BY_CODE:
            return BY_CODE[code]
        return troubles.LOST if error.connection_invalidated or code == 0 else troubles.unknown(code)

    def unopened(self, error: SQLAlchemyError) -> Trouble:
        """A server of another make is told by SQLAlchemy itself, in words."""
        if isinstance(error, InvalidRequestError) and "MariaDB" in str(error):
            return Trouble("the server is not MariaDB, and no other of its family is known here", remedy="use another")
        known = self.understood(error)
        return troubles.NO_ANSWER if known.is_unknown or known is troubles.LOST else known

    def unlisted(self, connection: Connection) -> Iterable[str]:
        """Tables with a history of their own."""
        return mariadb_catalogue.versioned(connection)

    def read_as(self, declared: TypeEngine[Any]) -> TypeEngine[Any]:
        """A TIMESTAMP is a moment and no civil time."""
        return Moment(timezone=True) if isinstance(declared, sa.TIMESTAMP) else declared

    def foreign_keys(
        self, connection: Connection, seen: sa.Inspector, tables: Tables, primary: ColumnNames
    ) -> Iterable[ForeignKey]:
        """Yield the foreign keys of the schema's tables, and those of other databases into it."""
        own = self.own_foreign_keys(seen, tables, primary, self.unlisted(connection))
        return mariadb_catalogue.foreign_keys(connection, tables, own)

    def triggers(self, connection: Connection) -> Iterable[tuple[str, str, str]]:
        """Yield the triggers that the credential may see."""
        return mariadb_catalogue.triggers(connection)

    def letters(self, connection: Connection, tables: Tables) -> Letters:  # noqa: ARG002 - of all
        """Two columns may be compared by a third rule."""
        return Letters(collations=mariadb_letters.collations(connection))

    def tells_apart(self, ours: Column, theirs: Column) -> bool:
        """Work out which collation decides."""
        rules = [str(column.info.get("collation") or "") for column in (ours, theirs)]
        return not all(rules) or mariadb_letters.tells_apart(*rules)

    def stamp(self, connection: Connection, tables: Collection[str]) -> str | None:
        """Ask for what tables, triggers and foreign keys are: nothing is counted."""
        return mariadb_stamp.stamp(connection, tables)

    def flaws(self, connection: Connection, tables: Tables, role: Role) -> Iterable[Flaw]:
        """Engines without transactions, tables with a history of their own, and what cannot be seen."""
        return mariadb_catalogue.flaws(connection, tables, role)

    def may_write_receipts(self, connection: Connection, table: str, *, exists: bool) -> bool:
        """Look into the grants."""
        grants = Grants.of(connection)
        wanted = ("SELECT", "INSERT") if exists else ("CREATE", "SELECT", "INSERT")
        return all(grants.on(table, right) for right in wanted)

    def compiler(self) -> sa.Dialect:
        """Return SQLAlchemy's dialect."""
        return sa.make_url("mariadb+pymysql://").get_dialect()()

    def as_read(self, column: Column) -> Column:
        """Read the text of a value; of bytes, their digits in hexadecimal."""
        kind = column.type
        if isinstance(kind, (*BINARY, NullType)):
            return sa.func.lower(sa.func.hex(column))
        if isinstance(kind, sa.String) and not isinstance(kind, sa.Enum | mysql.SET):
            return column
        if isinstance(kind, mysql.BIT) or getattr(kind, "zerofill", False):
            return sa.cast(sa.cast(column, mysql.INTEGER(unsigned=True)), sa.CHAR)
        if isinstance(kind, mysql.FLOAT | sa.FLOAT):
            # Told with six digits, two numbers would share a text.
            return sa.cast(sa.cast(column, mysql.DOUBLE()), sa.CHAR)
        text = sa.cast(column, sa.CHAR)
        return text.concat(ZONE) if isinstance(kind, Moment) else text

    def to_the_letter(self, column: Column) -> Column:
        """Most collations take no heed of case, accents or spaces at the end."""
        return _exact(column) if _is_text(column) else column

    def row_digest(self, connection: Connection, columns: Sequence[Column]) -> Column | None:  # noqa: ARG002 - of any
        """Digest texts and bytes one by one: of what exceeds ``max_allowed_packet`` the server would make NULL."""
        shown: list[Column] = []
        for column in columns:
            kind = column.type
            if isinstance(kind, _SHORT):
                text = self.as_read(column)
            else:
                is_stored = isinstance(kind, (*BINARY, NullType)) or _is_text(column)
                text = sa.func.sha2(column if is_stored else self.as_read(column), _SHA)
            is_null = sa.type_coerce(column, sa.Text()).is_(None)
            shown.extend((sa.literal_column("','"), sa.case((is_null, sa.literal_column("'-'")), else_=text)))
        return sa.func.sha2(sa.func.concat(*shown), _SHA, type_=sa.Text())

    def constant(self, column: Column, value: str) -> Column:
        """Send text to be compared exactly, a number as a number."""
        found = self.key(column)(value)
        if isinstance(found, str):
            return sa.literal(found, sa.Text()).collate(_EXACT) if _is_text(column) else sa.literal(found, sa.Text())
        return sa.literal(found, Listed())

    def fits(self, column: Column, value: str) -> bool:
        """The server would make a value of any text: it is looked at here."""
        kind = declared(column)
        if isinstance(kind, sa.Enum):
            return value in kind.enums
        if isinstance(kind, sa.Date | sa.DateTime):
            return _MOMENT.fullmatch(value) is not None
        return self.key(column)(value) is not None

    def within(self, columns: Sequence[Column], identities: Collection[Identity]) -> Column:
        """Send all values as one list of literals, which alone keeps an index usable in DELETE and UPDATE.

        The first condition finds rows by the index, in whose collation other texts may be equal as well; the second
        lets only those through whose text is the same.
        """
        if not identities:
            return sa.false()
        rows = listed(columns, identities)
        found = is_in(columns, rows)
        if not any(_is_text(column) for column in columns):
            return found
        return sa.and_(found, is_in([_exact(column) if _is_text(column) else column for column in columns], rows))

    def typed(self, column: Column, value: Value) -> Column:
        """Send what the driver writes as a literal of the column's type."""
        return sa.literal(sender(column)(value), Listed())

    def key(self, column: Column) -> Callable[[str], Value]:
        """Numbers go as numbers: MariaDB compares a text with a number as floating point."""
        kind = declared(column)
        if _is_flag(kind):
            return lambda text: _number({"true": "1", "false": "0"}.get(text.lower(), text))
        if isinstance(kind, sa.Integer | mysql.BIT | sa.Boolean):
            return _number
        if isinstance(kind, sa.Numeric):
            return lambda text: text if _DECIMAL.fullmatch(text) else None
        if isinstance(kind, (*BINARY, NullType)):
            return lambda text: text if _HEX.fullmatch(text) else None
        return str

    def insert(
        self, connection: Connection, column: sa.Column[Any], texts: Sequence[str], same: Mapping[str, str]
    ) -> None:
        """Send one statement that is written here: the driver would write row by row."""
        rows = spread(texts, same.values())
        if rows is None:
            super().insert(connection, column, texts, same)
            return
        names = [column.name, *same]
        given = sa.text("VALUES :rows").bindparams(sa.bindparam("rows", rows, Listed()))
        shown = given.columns(*(column.table.c[name] for name in names))
        connection.execute(sa.insert(column.table).from_select(names, shown))

    def json(self, column: Column) -> Node:
        """JSON is text here."""
        return MariadbNode.of(column)

    def padded(self, text: Column) -> Column:
        """The collations of columns of fixed length ignore trailing spaces, and the columns give none back."""
        return sa.func.rtrim(text, type_=sa.Text())

    def matches(self, text: Column, pattern: str) -> Column:
        """Match by case, whatever the collation; in PCRE a capital Z would let a line feed through."""
        return text.regexp_match(f"(?-i)^{pattern}\\z")

    def position(self, text: Column, part: str) -> Column:
        """Look for the part itself, and for no letter like it."""
        return sa.func.locate(sa.literal(part, sa.Text()).collate(_EXACT), text, type_=sa.Integer())

    def is_no_day(self, column: Column) -> Column:
        """An older mode of the server let a month or a day of 0 in."""
        return sa.or_(sa.func.month(column) == 0, sa.func.dayofmonth(column) == 0)

    def truncated(self, column: Column, unit: str) -> Column:
        """Cut the text of the date; a date of the year 0 is none."""
        kept, rest = (4, "-01-01") if unit == "year" else (7, "-01")
        cut = sa.cast(sa.func.left(sa.cast(column, sa.CHAR), kept).concat(rest), sa.Date)
        return sa.case((column >= sa.literal("0001-01-01", Listed()), cut), else_=sa.null())

    def band_of_years(self, column: Column, width: int) -> Column:
        """Make the date anew from its text; the calendar has no year 0."""
        year = sa.extract("year", column)
        made = sa.cast(self.four_digits(year - year % width).concat("-01-01"), sa.Date)
        return sa.case((year >= width, made), else_=sa.null())

    def shifted(self, column: Column, days: Column) -> Column:
        """Add days; a date of the year 0 is none."""
        moved = sa.func.adddate(column, days, type_=column.type)
        return sa.case((column >= sa.literal("0001-01-01", Listed()), moved), else_=sa.null())

    def table_of(self, columns: Sequence[Column], rows: Sequence[Identity]) -> sa.FromClause:
        """Send literals. Its texts have the exact collation, which wins over that of what it joins."""
        names = [f"c{n}" for n in range(len(columns))]
        # Only a SELECT can name the columns of VALUES.
        named = ", ".join(f"NULL AS {name}" for name in names)
        given = sa.text(f"SELECT {named} FROM DUAL WHERE FALSE UNION ALL VALUES :rows").bindparams(  # noqa: S608 - names of our own
            sa.bindparam("rows", rows_of(columns, rows), Listed(), unique=True)
        )
        sent = given.columns(*(sa.column(name, column.type) for name, column in zip(names, columns, strict=True)))
        shown = sent.subquery().c
        exact = (one.collate(_EXACT) if _is_text(column) else one for one, column in zip(shown, columns, strict=True))
        return sa.select(*(one.label(name) for name, one in zip(names, exact, strict=True))).subquery()

    def remainder(self, number: Column, by: int) -> Column:
        """Divide exactly: -1.0 % 1 is a nought below nought here, until something is added to it."""
        return super().remainder(number, by) + 0

    def is_multiple(self, column: Column, of: int) -> Column:
        """Nothing is left of a multiple; see :meth:`remainder`."""
        return self._exact(column) % of + 0 == 0

    def _exact(self, number: Column) -> Column:
        return sa.cast(number, sa.Numeric(65, 20)) if isinstance(number.type, sa.Float) else number


def _session(role: Role) -> tuple[str, ...]:
    lock = int(limits.LOCK_SECONDS)
    return (
        f"SET SESSION sql_mode = '{_MODE}'",
        f"SET SESSION time_zone = '{ZONE}'",
        "SET SESSION lc_time_names = 'en_US'",
        "SET SESSION div_precision_increment = 4",
        "SET SESSION foreign_key_checks = 1, unique_checks = 1, check_constraint_checks = 1",
        f"SET SESSION lock_wait_timeout = {lock}, innodb_lock_wait_timeout = {lock}",
        f"SET SESSION max_statement_time = {limits.STATEMENT_SECONDS}",
        f"SET SESSION idle_transaction_timeout = {limits.IDLE_SECONDS}",
        # A list of literals stays a range of the index, however long it is.
        "SET SESSION in_predicate_conversion_threshold = 0",
        f"SET SESSION TRANSACTION {'READ WRITE' if role is Role.DISPOSE else 'READ ONLY'}",
    )


def _begin(connection: Connection) -> None:
    level = connection.get_execution_options().get(_BEGIN, "READ COMMITTED")
    connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {level}")
    snapshot = " WITH CONSISTENT SNAPSHOT" if level == "REPEATABLE READ" else ""
    connection.exec_driver_sql(f"START TRANSACTION{snapshot}")


def _is_text(column: Column) -> bool:
    return isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum | mysql.SET)


def _exact(column: Column) -> Column:
    return sa.type_coerce(sa.func.convert(column.op("USING")(sa.literal_column("utf8mb4"))), sa.Text()).collate(_EXACT)


def _number(text: str) -> Value:
    return int(text) if is_integer(text, _BITS) else None


def _is_flag(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, sa.Boolean) or (isinstance(kind, mysql.TINYINT) and kind.display_width == 1)
