"""What differs from database to database: one Protocol. The rest of the connector asks it and names no database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.dialects.nodes import Node
from retentiond.connectors.sql.foreign import ForeignKey
from retentiond.connectors.sql.troubles import Trouble

Value = str | int | float | bytes | None
"""A value as it is stored (SQLite), or its text under fixed session settings (all others)."""

Identity = tuple[Value, ...]
"""What names one row of a table while a transaction lasts."""

Column = sa.ColumnElement[Any]

ORDINAL = "retentiond_ordinal"
"""The column that numbers rows of our own making."""

Tables = Mapping[str, sa.Table]
ColumnNames = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a disposal in a database cannot be answered for."""

    table: str
    """The table that is so; empty: the whole database."""
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Letters:
    """By which rules a database takes texts for the same."""

    collations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Table and column to the rule its texts are compared by, where it matters which one that is."""
    loose: frozenset[tuple[str, frozenset[str]]] = frozenset()
    """Tables with columns that an index calls unique, and in which a comparison may find two rows all the same."""
    strict: frozenset[tuple[str, frozenset[str]]] = frozenset()
    """Tables with columns that are unique, although SQLAlchemy's inspector may not say so."""


class Dialect(Protocol):
    """One kind of database: how it is opened, what its catalogue holds, how values are read and compared in it."""

    @property
    def name(self) -> str:
        """What it is called: ``sqlite``, ``postgresql`` and so on."""
        ...

    @property
    def keeps_addresses(self) -> bool:
        """Whether a row without a primary key is still named alike once it was changed."""
        ...

    @property
    def extra(self) -> str:
        """The extra of our package that brings its driver; empty where Python has it."""
        ...

    # Opening

    def engine(self, url: URL, role: Role, store: str) -> Engine:
        """Return an engine whose sessions are set, each time one is used, so that values always read alike.

        Sessions of SCAN and VERIFY cannot write, and are not kept when they are not used.

        Raises:
            StoreRefused: the URL cannot be meant.
            StoreUnavailable: what it names is not there.
        """
        ...

    def for_reading(self, connection: Connection) -> None:
        """Have the transaction that the connection begins next see one snapshot."""
        ...

    def for_writing(self, connection: Connection) -> None:
        """Have the transaction that the connection begins next be one that changes rows."""
        ...

    @property
    def reads_on(self) -> bool:
        """Whether a statement may stay open while what it gave so far is worked on, without keeping anybody waiting."""
        ...

    def narrowed(self, table: sa.FromClause, condition: Column) -> sa.FromClause | None:
        """Return the rows of a table for which a condition holds, found before anything else is asked of them.

        None: the database tries conditions in the order in which they are written.
        """
        ...

    def guard(self, connection: Connection) -> None:
        """Limit how long the open transaction may wait and be silent, so that it cannot hold rows for ever."""
        ...

    def understood(self, error: SQLAlchemyError) -> Trouble:
        """Say what an error means."""
        ...

    def unopened(self, error: SQLAlchemyError) -> Trouble:
        """Say what an error on opening a connection means."""
        ...

    # The catalogue

    def views(self, seen: sa.Inspector) -> set[str]:
        """Return the names of the schema's views."""
        ...

    def unlisted(self, connection: Connection) -> Iterable[str]:
        """Return the names of tables that SQLAlchemy's inspector does not list."""
        ...

    def read_as(self, declared: TypeEngine[Any]) -> TypeEngine[Any]:
        """Return the type by which a column declared so is compared."""
        ...

    def foreign_keys(
        self, connection: Connection, seen: sa.Inspector, tables: Tables, primary: ColumnNames
    ) -> Iterable[ForeignKey]:
        """Yield the foreign keys of the schema's tables, and those of other schemas into it."""
        ...

    def triggers(self, connection: Connection) -> Iterable[tuple[str, str, str]]:
        """Yield everything that acts by itself when a row changes: its table, its name, once each, and its text.

        The text is another one whenever it does something else, that of routines it calls among it.
        """
        ...

    def letters(self, connection: Connection, tables: Tables) -> Letters:
        """Return by which rules texts of the tables are taken for the same."""
        ...

    def tells_apart(self, ours: Column, theirs: Column) -> bool:
        """Whether a comparison of two columns of text takes no two values of ours for one that ours keeps apart."""
        ...

    def stamp(self, connection: Connection, tables: Collection[str]) -> str | None:
        """Return in one cheap question a text that is another one when the catalogue says another thing about tables.

        It may be another one though nothing has changed. None: there is no such question.

        Args:
            connection: a connection in a transaction; what others have committed since it began is seen.
            tables: names of tables; what refers to them, and what acts when their rows change, matters as well.
        """
        ...

    def identities(self, connection: Connection, tables: Tables, primary: ColumnNames) -> dict[str, tuple[str, ...]]:
        """Return the columns that name one row of each table, adding a system column where the table has none."""
        ...

    def flaws(self, connection: Connection, tables: Tables, role: Role) -> Iterable[Flaw]:
        """Yield what would make a disposal do more, or less, than it says."""
        ...

    def may_write_receipts(self, connection: Connection, table: str, *, exists: bool) -> bool:
        """Whether the credential may write our receipt table, or make it where it is missing; True where unknown."""
        ...

    def compiler(self) -> sa.Dialect:
        """Return SQLAlchemy's own dialect, to show a statement to a person."""
        ...

    # Values

    def as_read(self, column: Column) -> Column:
        """Return the expression that reads a column in a form no driver, locale or session changes."""
        ...

    def to_the_letter(self, column: Column) -> Column:
        """Return what is equal for two values of a column only where they are the same, however the column collates."""

    def constant(self, column: Column, value: str) -> Column:
        """Return a value written as text as an expression of the column's type."""
        ...

    def fits(self, column: Column, value: str) -> bool:
        """Whether a value written as text is one of the column's type; True where only the server can say."""
        ...

    def within(self, columns: Sequence[Column], identities: Collection[Identity]) -> Column:
        """Return the condition that columns are one of many values; few parameters whatever their number."""
        ...

    def typed(self, column: Column, value: Value) -> Column:
        """Return a value read from a column as an expression of the column's type."""
        ...

    def key(self, column: Column) -> Callable[[str], Value]:
        """Return what makes of a record's key a value of its column; None of one that no row of that type can have."""
        ...

    def values_of(self, text: str) -> tuple[Value, ...]:
        """Return the values that are read as a text from a column that nothing is known about."""
        ...

    def rows(self, columns: Sequence[Column], identities: Collection[Identity]) -> sa.FromClause:
        """Return identities as rows of a table: columns called as those given, :data:`ORDINAL` counting from 0."""
        ...

    def row_digest(self, connection: Connection, columns: Sequence[Column]) -> Column | None:
        """Return the expression of a digest over columns of one row, so that their values need not travel.

        It is another one whenever any value is, NULL included, and depends on no driver, locale or session. None: the
        database has no means, and the values are read.
        """
        ...

    def insert(
        self, connection: Connection, column: sa.Column[Any], texts: Sequence[str], same: Mapping[str, str]
    ) -> None:
        """Insert a row for each text.

        Args:
            connection: in a transaction.
            column: where the texts go.
            texts: at least one.
            same: other columns of its table, to the texts that all rows have in them.
        """
        ...

    def json(self, column: Column) -> Node:
        """Return the whole of the JSON in a column."""
        ...

    def tells_json(self, connection: Connection, column: Column) -> bool:
        """Whether the server can tell without an error whether what a column holds is JSON."""
        ...

    def padded(self, text: Column) -> Column:
        """Return text as it compares with a column of fixed length, where trailing spaces do not count."""
        ...

    # Texts and dates

    def is_written_day(self, text: Column, pattern: str) -> Column:
        """Return a condition that holds only for texts that match a pattern of dates: for all, or at least for days."""
        ...

    def whole_number(self, text: Column) -> Column:
        """Return the whole number that a text writes in its one canonical form; NULL where it does not."""
        ...

    def uuid_in(self, text: Column, kind: TypeEngine[Any]) -> Column:
        """Return the UUID that a text writes, as a value of a type; NULL where it does not."""
        ...

    def matches(self, text: Column, pattern: str) -> Column:
        """Return the condition that a whole text matches a regular expression."""
        ...

    def holds_dates(self, column: Column) -> bool:
        """Whether the database stores the column as a date or moment, rather than as text."""
        ...

    def is_no_day(self, column: Column) -> Column:
        """Return the condition that a date or moment the database keeps is none of the calendar, as 2002-00-00."""
        ...

    def truncated(self, column: Column, unit: str) -> Column:
        """Return a date or moment cut to the first of its ``year`` or ``month``, where :meth:`holds_dates`."""
        ...

    # Anonymising

    def has_form(self, text: Column, *forms: str) -> Column:
        """Return the condition that a text, without spaces behind it, has one of some forms.

        Args:
            text: a text, or what SQLite may keep in its place.
            forms: 9 is any digit, A any capital letter, x any digit or one of the letters a to f, a last * anything.
        """
        ...

    def length(self, text: Column) -> Column:
        """Return the number of characters of a text."""
        ...

    def position(self, text: Column, part: str) -> Column:
        """Return where a part first stands in a text, counted from 1; 0 where it does not."""
        ...

    def four_digits(self, year: Column) -> Column:
        """Return a year as text with four digits."""
        ...

    def remainder(self, number: Column, by: int) -> Column:
        """Return what is left of a column's number after division, with the number's own sign."""
        ...

    def of_number(self, column: Column, made: Callable[[Column], Column]) -> Column:
        """Return what is made of a column's number in the column's type; NULL where it holds no finite number."""
        ...

    def is_multiple(self, column: Column, of: int) -> Column:
        """Return the condition that a column holds a whole multiple of a number; asked otherwise than by remainder."""
        ...

    def band_of_years(self, column: Column, width: int) -> Column:
        """Return the first day of a date's band of years, where :meth:`holds_dates`; NULL before the first band."""
        ...

    def shifted(self, column: Column, days: Column) -> Column:
        """Return a date or moment moved by days, its time as it was; NULL for what is no date."""
        ...

    def table_of(self, columns: Sequence[Column], rows: Sequence[Identity]) -> sa.FromClause:
        """Return rows of values as a table of a statement, a column each in the order given and of its type."""
        ...

    # Deeds

    def check_late(self, connection: Connection) -> None:
        """Have the foreign keys that may wait be checked at the end of the open transaction only."""
        ...

    def act_now(self, connection: Connection) -> None:
        """Have the triggers and checks that wait for the end of the open transaction act now."""
        ...

    def locking(self, statement: sa.Select[Any], rows: sa.FromClause) -> sa.Select[Any]:
        """Return a statement that takes the lock of the rows it reads of one of its tables, until the commit."""
        ...
