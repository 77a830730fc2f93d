"""SQLite: a file, any value in any column, one writer at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool
from sqlalchemy.types import NullType, TypeEngine

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import troubles
from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects import limits, sqlite_letters
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
from retentiond.connectors.sql.dialects.patterns import UUID, WHOLE
from retentiond.connectors.sql.dialects.sqlite_json import SqliteNode
from retentiond.connectors.sql.foreign import ForeignKey, action_of, is_strict
from retentiond.connectors.sql.troubles import Trouble
from retentiond.connectors.sql.values import is_integer
from retentiond.domain.errors import Fault, StoreRefused, StoreUnavailable

_BEGIN = "retentiond_begin"
_TRIGGERS = sa.text("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'")
_FOREIGN_KEYS = sa.text(
    'SELECT id, "table", "from", "to", on_delete FROM pragma_foreign_key_list(:name) ORDER BY id, seq'
)
_WITHOUT_ROWID = sa.text("SELECT name FROM pragma_table_list WHERE wr = 1")
_NUMBERS = ("integer", "real")
_EXACT = 10**15
_ROWIDS = ("rowid", "oid", "_rowid_")
_TROUBLES = {
    3: Trouble("the file may not be read or written", remedy="check its owner and mode"),
    5: Trouble("the database is locked by someone else", again=True, contended=True),
    6: Trouble("a table is locked by someone else", again=True, contended=True),
    8: troubles.READ_ONLY,
    9: troubles.SLOW,
    10: Trouble("the disk reported an error", again=True),
    11: Trouble("the file is damaged", remedy="have whoever keeps the store look at it"),
    13: Trouble("the disk is full", again=True),
    14: Trouble("the file cannot be opened", again=True, remedy="check that it is there and may be read"),
    19: troubles.CONSTRAINT,
    26: Trouble("the file is not an SQLite database", remedy="check the path in the URL"),
}


class Sqlite:
    """SQLite. Implements ``retentiond.connectors.sql.dialects.interface.Dialect``."""

    name = "sqlite"
    keeps_addresses = True
    reads_on = False
    extra = ""

    def engine(self, url: URL, role: Role, store: str) -> Engine:
        """Open the file; a missing one is never created."""
        path = Path(url.database or "")
        if not url.database or url.database == ":memory:":
            raise StoreRefused(Fault(store, "its URL names no file", "write sqlite:///FILE"))
        if not path.is_file():
            raise StoreUnavailable(Fault(store, "its file is not there", "check the path in the URL"))

        def connect() -> sqlite3.Connection:
            # mode=rw: SQLite would otherwise create a missing file and call it an empty store.
            where, timeout = f"file:{quote(str(path))}?mode=rw", limits.LOCK_SECONDS
            return sqlite3.connect(where, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)

        def on_connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
            connection.text_factory = _text
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA secure_delete=ON" if role is Role.DISPOSE else "PRAGMA query_only=ON")

        engine = sa.create_engine(
            "sqlite://",
            creator=connect,
            poolclass=NullPool,
            hide_parameters=True,
            enable_from_linting=False,  # the elements of a list in JSON are joined by an argument, unseen by it
        )
        sa.event.listen(engine, "connect", on_connect)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def for_reading(self, connection: Connection) -> None:
        """A plain transaction sees one snapshot."""

    def for_writing(self, connection: Connection) -> None:
        """Take the one write lock at once: a reader that turns writer may be refused half-way."""
        connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    def narrowed(self, table: sa.FromClause, condition: Column) -> sa.FromClause | None:  # noqa: ARG002 - of none
        """Conditions are tried in the order in which they are written."""
        return None

    def guard(self, connection: Connection) -> None:
        """The connection itself waits no longer than :data:`limits.LOCK_SECONDS`."""

    def understood(self, error: SQLAlchemyError) -> Trouble:
        """Read the primary result code."""
        code = getattr(error.orig, "sqlite_errorcode", None) if isinstance(error, DBAPIError) else None
        return troubles.UNKNOWN if code is None else _TROUBLES.get(code & 0xFF, troubles.UNKNOWN)

    def unopened(self, error: SQLAlchemyError) -> Trouble:
        """Opening a file fails as any statement does."""
        known = self.understood(error)
        return troubles.NO_ANSWER if known is troubles.UNKNOWN else known

    def views(self, seen: sa.Inspector) -> set[str]:
        """Return the names of the file's views."""
        return set(seen.get_view_names())

    def unlisted(self, connection: Connection) -> Iterable[str]:  # noqa: ARG002 - it lists them all
        """There are none."""
        return ()

    def read_as(self, declared: TypeEngine[Any]) -> TypeEngine[Any]:  # noqa: ARG002 - SQLite keeps any value in any column
        """What is read must be what is stored, not what a type makes of it."""
        return NullType()

    def foreign_keys(
        self,
        connection: Connection,
        seen: sa.Inspector,  # noqa: ARG002 - it reads the CREATE statement and misses actions written beside a column
        tables: Tables,
        primary: ColumnNames,
    ) -> Iterable[ForeignKey]:
        """Yield what SQLite itself enforces."""
        exact = {name.lower(): name for name in tables}
        for name, table in tables.items():
            columns = {column.name.lower(): column.name for column in table.columns}
            keys: dict[int, list[tuple[str, str, str | None, str]]] = {}
            for number, to, left, right, action in connection.execute(_FOREIGN_KEYS, {"name": name}):
                keys.setdefault(number, []).append((to, left, right, action))
            for pairs in keys.values():
                to = exact.get(pairs[0][0].lower(), pairs[0][0])
                theirs = {column.name.lower(): column.name for column in tables[to].columns} if to in tables else {}
                named = tuple(theirs.get(right.lower(), right) for _, _, right, _ in pairs if right is not None)
                yield ForeignKey(
                    table=table,
                    columns=tuple(columns.get(left.lower(), left) for _, left, _, _ in pairs),
                    to=to,
                    to_columns=named or primary.get(to, ()),
                    on_delete=action_of(pairs[0][3]),
                    checks_each_row=is_strict(pairs[0][3]),
                    is_deferrable=not is_strict(pairs[0][3]),  # by a pragma, whatever the table says
                )

    def triggers(self, connection: Connection) -> Iterable[tuple[str, str, str]]:
        """Yield the triggers of the file, which can call nothing that is kept in it."""
        return ((table, trigger, text) for table, trigger, text in connection.execute(_TRIGGERS))

    def letters(self, connection: Connection, tables: Tables) -> Letters:
        """A unique index may have a rule of its own."""
        return sqlite_letters.letters(connection, tables)

    def tells_apart(self, ours: Column, theirs: Column) -> bool:  # noqa: ARG002 - of any
        """The column on the left decides, and that is ours."""
        return True

    def stamp(self, connection: Connection, tables: Collection[str]) -> str | None:  # noqa: ARG002 - of all tables
        """SQLite counts the changes of its catalogue."""
        return str(connection.exec_driver_sql("PRAGMA schema_version").scalar_one())

    def identities(self, connection: Connection, tables: Tables, primary: ColumnNames) -> dict[str, tuple[str, ...]]:
        """Every table has a hidden row id, except those declared without one, which have a primary key."""
        by_key = set(connection.scalars(_WITHOUT_ROWID))
        found: dict[str, tuple[str, ...]] = {}
        for name, table in tables.items():
            taken = {column.name.lower() for column in table.columns}
            free = next((one for one in _ROWIDS if one not in taken), None)
            if name in by_key:
                found[name] = primary[name]
            elif free is not None:
                table.append_column(sa.Column(free, NullType(), system=True))
                found[name] = (free,)
        return found

    def flaws(self, connection: Connection, tables: Tables, role: Role) -> Iterable[Flaw]:  # noqa: ARG002 - of none
        """A file has transactions and no history."""
        return ()

    def may_write_receipts(self, connection: Connection, table: str, *, exists: bool) -> bool:  # noqa: ARG002
        """Who may write the file may write the table."""
        return True

    def compiler(self) -> sa.Dialect:
        """Return SQLAlchemy's dialect."""
        return sqlite.dialect()

    def as_read(self, column: Column) -> Column:
        """Read what is stored."""
        return column

    def to_the_letter(self, column: Column) -> Column:
        """A column may be declared with NOCASE or RTRIM."""
        return sa.collate(column, "BINARY")

    def constant(self, column: Column, value: str) -> Column:
        """Send text: the column's affinity turns it into what it would have stored."""
        if isinstance(declared(column), sa.Boolean) and value.lower() in ("true", "false"):
            return sa.literal(1 if value.lower() == "true" else 0, NullType())
        return sa.literal(value, NullType())

    def fits(self, column: Column, value: str) -> bool:  # noqa: ARG002 - any value fits any column
        """A text that is no value of the declared type may stand there all the same."""
        return True

    def within(self, columns: Sequence[Column], identities: Collection[Identity]) -> Column:
        """Send all values as one JSON text."""
        plain = [one for (one,) in identities] if len(columns) == 1 else list(map(list, identities))
        rows = sa.func.json_each(sa.literal(json.dumps(plain), sa.Text())).table_valued("value")
        if len(columns) == 1:
            return columns[0].in_(sa.select(rows.c.value))
        parts = (sa.func.json_extract(rows.c.value, f"$[{index}]") for index in range(len(columns)))
        return sa.tuple_(*columns).in_(sa.select(*parts))

    def typed(self, column: Column, value: Value) -> Column:  # noqa: ARG002 - a value has a type of its own here
        """Compare as stored."""
        return sa.literal(value, NullType())

    def rows(self, columns: Sequence[Column], identities: Collection[Identity]) -> sa.FromClause:
        """Send one parameter of JSON."""
        given = sa.literal(json.dumps([list(one) for one in identities]), sa.Text())
        each = sa.func.json_each(given).table_valued("key", "value")
        parts = (
            sa.func.json_extract(each.c["value"], f"$[{index}]").label(column.key)
            for index, column in enumerate(columns)
        )
        return sa.select(each.c["key"].label(ORDINAL), *parts).subquery()

    def row_digest(self, connection: Connection, columns: Sequence[Column]) -> Column | None:  # noqa: ARG002 - of none
        """The values are read: they are in this process anyway."""
        return None

    def insert(
        self, connection: Connection, column: sa.Column[Any], texts: Sequence[str], same: Mapping[str, str]
    ) -> None:
        """Send all texts as one of JSON: the driver would run a statement a row."""
        each = sa.func.json_each(sa.literal(json.dumps(texts), sa.Text())).table_valued("value")
        given = sa.select(each.c.value, *(sa.literal(text, sa.Text()) for text in same.values()))
        connection.execute(sa.insert(column.table).from_select([column.name, *same], given))

    def json(self, column: Column) -> Node:
        """Text is JSON or not, whatever its column is called."""
        return SqliteNode.of(column)

    def tells_json(self, connection: Connection, column: Column) -> bool:  # noqa: ARG002 - of any column
        """There is a function for it."""
        return True

    def padded(self, text: Column) -> Column:
        """Nothing is padded here."""
        return text

    def key(self, column: Column) -> Callable[[str], Value]:
        """Send digits as a number, but not where the column is declared as text.

        Comparison with a column of text turns a number back into text.
        """
        if isinstance(declared(column), sa.String):
            return str
        return lambda text: int(text) if is_integer(text, 63) else text

    def values_of(self, text: str) -> tuple[Value, ...]:
        """A number stands as one where the column has no type, and is no text then."""
        if is_integer(text, 63):
            return text, int(text)
        try:
            number = float(text)
        except ValueError:
            return (text,)
        return (text, number) if str(number) == text and isfinite(number) else (text,)

    def is_written_day(self, text: Column, pattern: str) -> Column:
        """Spare most rows the call of a regular expression; the cheap part is never NULL."""
        return sa.or_(sa.func.date(text).is_not_distinct_from(text), self.matches(text, pattern))

    def whole_number(self, text: Column) -> Column:
        """Cast what is digits."""
        return sa.case((self.matches(text, WHOLE), sa.cast(text, sa.BigInteger)), else_=sa.null())

    def uuid_in(self, text: Column, kind: TypeEngine[Any]) -> Column:  # noqa: ARG002 - there is no such type
        """A UUID is text here."""
        return sa.case((self.matches(text, UUID), text), else_=sa.null())

    def matches(self, text: Column, pattern: str) -> Column:
        """Regular expressions are Python's here, a call a row."""
        return text.regexp_match(f"^{pattern}\\Z")

    def holds_dates(self, column: Column) -> bool:  # noqa: ARG002 - of no column, whatever it is declared as
        """Dates are text here."""
        return False

    def is_no_day(self, column: Column) -> Column:  # noqa: ARG002 - of no column
        """Dates are text here."""
        return sa.false()

    def truncated(self, column: Column, unit: str) -> Column:
        """There is no date to cut."""
        raise NotImplementedError

    def has_form(self, text: Column, *forms: str) -> Column:
        """GLOB is SQLite's own, and takes text that is no UTF-8."""
        bare = sa.func.rtrim(text, type_=sa.Text())
        patterns = (one.replace("9", "[0-9]").replace("A", "[A-Z]").replace("x", "[0-9a-f]") for one in forms)
        return sa.or_(*(bare.op("GLOB", is_comparison=True)(pattern) for pattern in patterns))

    def length(self, text: Column) -> Column:
        """Count characters."""
        return sa.func.length(text, type_=sa.Integer())

    def position(self, text: Column, part: str) -> Column:
        """Look for the part."""
        return sa.func.instr(text, part, type_=sa.Integer())

    def four_digits(self, year: Column) -> Column:
        """Fill up with noughts."""
        return sa.func.printf("%04d", year, type_=sa.Text())

    def remainder(self, number: Column, by: int) -> Column:
        """SQLite's % cuts both sides to whole numbers; its / does so only where both are."""
        return number - sa.cast(number.op("/")(sa.literal(by)), sa.Integer) * by

    def of_number(self, column: Column, made: Callable[[Column], Column]) -> Column:
        """A column may hold text, and whole numbers beyond 10^15 are not exact in a float."""
        is_usable = sa.and_(sa.func.typeof(column).in_(_NUMBERS), column.between(-_EXACT, _EXACT))
        return sa.case((is_usable, made(column)), else_=sa.null())

    def is_multiple(self, column: Column, of: int) -> Column:
        """Nothing is left of a whole number that is a multiple."""
        whole = sa.cast(column, sa.Integer)
        return sa.and_(sa.func.typeof(column).in_(_NUMBERS), column == whole, whole % of == 0)

    def band_of_years(self, column: Column, width: int) -> Column:
        """There is no date to carry down."""
        raise NotImplementedError

    def shifted(self, column: Column, days: Column) -> Column:
        """Move the day of the text and keep what stands behind it."""
        day = sa.func.substr(column, 1, 10, type_=sa.Text())
        moved = sa.func.date(day, sa.cast(days, sa.Text).concat(" days"), type_=sa.Text())
        # Only with a modifier does SQLite find that 30 February is 2 March.
        return sa.case(
            (sa.func.date(day, "0 days") == day, moved.concat(sa.func.substr(column, 11, type_=sa.Text()))),
            else_=sa.null(),
        )

    def table_of(self, columns: Sequence[Column], rows: Sequence[Identity]) -> sa.FromClause:
        """Send all values as one JSON text."""
        text = sa.literal(json.dumps([list(one) for one in rows]), sa.Text())
        sent = sa.func.json_each(text).table_valued("value")
        parts = (sa.func.json_extract(sent.c.value, f"$[{n}]").label(f"c{n}") for n in range(len(columns)))
        return sa.select(*parts).subquery()

    def check_late(self, connection: Connection) -> None:
        """Every foreign key may wait here, but those that RESTRICT."""
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")

    def act_now(self, connection: Connection) -> None:
        """Triggers never wait."""

    def locking(self, statement: sa.Select[Any], rows: sa.FromClause) -> sa.Select[Any]:  # noqa: ARG002
        """The transaction holds the one write lock already, and no order of locks has to be kept."""
        return statement.order_by(None)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


_text = partial(str, encoding="utf-8", errors="surrogateescape")
"""Old stores hold text that is no UTF-8; it must be comparable byte for byte rather than stop a scan."""
