"""What databases with types of their own have in common: they read as text, and lock rows."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint
from sqlalchemy.types import NullType, TypeEngine

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.catalogue import declared
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
from retentiond.connectors.sql.dialects.patterns import UUID, WHOLE
from retentiond.connectors.sql.foreign import ForeignKey, action_of, is_strict
from retentiond.connectors.sql.values import is_integer

_INTEGERS = ((sa.SmallInteger, 15), (sa.BigInteger, 63), (sa.Integer, 31))
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_PLAIN_TEXT = (sa.Text, sa.String, sa.VARCHAR, sa.TEXT)


class Standard:
    """The part of a dialect in which SQL databases agree; each departs from it where it must."""

    keeps_addresses = False
    reads_on = False
    system_schemas: frozenset[str] = frozenset()
    """Schemas that hold no tables of the owner's."""

    def narrowed(self, table: sa.FromClause, condition: Column) -> sa.FromClause | None:  # noqa: ARG002 - of none
        """The order in which conditions are written is left alone."""
        return None

    def views(self, seen: sa.Inspector) -> set[str]:
        """Return the names of the schema's views."""
        return set(seen.get_view_names())

    def read_as(self, declared: TypeEngine[Any]) -> TypeEngine[Any]:
        """A column holds what it is declared to hold."""
        return declared

    def unlisted(self, connection: Connection) -> Iterable[str]:  # noqa: ARG002 - it lists them all
        """There are none."""
        return ()

    def flaws(self, connection: Connection, tables: Tables, role: Role) -> Iterable[Flaw]:  # noqa: ARG002 - of none
        """Nothing is known against its tables."""
        return ()

    def letters(self, connection: Connection, tables: Tables) -> Letters:  # noqa: ARG002 - of any
        """An index is of the rule of its columns."""
        return Letters()

    def tells_apart(self, ours: Column, theirs: Column) -> bool:  # noqa: ARG002 - of any
        """Columns of different rules are not compared at all."""
        return True

    def stamp(self, connection: Connection, tables: Collection[str]) -> str | None:  # noqa: ARG002 - of none
        """The catalogue has to be read whole."""
        return None

    def identities(
        self,
        connection: Connection,  # noqa: ARG002 - the catalogue says it all
        tables: Tables,
        primary: ColumnNames,
    ) -> dict[str, tuple[str, ...]]:
        """A row is named by its primary key, and by nothing where there is none."""
        return {name: primary[name] for name in tables if primary.get(name)}

    def own_foreign_keys(
        self, seen: sa.Inspector, tables: Tables, primary: ColumnNames, unlisted: Iterable[str] = ()
    ) -> Iterable[ForeignKey]:
        """Yield the foreign keys of the schema's tables within it."""
        found = {name: constraints for (_, name), constraints in seen.get_multi_foreign_keys().items()}
        found.update((name, seen.get_foreign_keys(name)) for name in unlisted)
        for name, constraints in found.items():
            for one in constraints:
                if name in tables and not one.get("referred_schema"):
                    yield _foreign_key(tables[name], one, primary)

    def foreign_keys(
        self,
        connection: Connection,  # noqa: ARG002 - SQLAlchemy's inspector knows
        seen: sa.Inspector,
        tables: Tables,
        primary: ColumnNames,
    ) -> Iterable[ForeignKey]:
        """Yield the foreign keys of the schema's tables, and those of other schemas into it."""
        yield from self.own_foreign_keys(seen, tables, primary)
        ours = seen.default_schema_name
        for schema in seen.get_schema_names():
            if schema in self.system_schemas or schema == ours:
                continue
            for (_, name), constraints in seen.get_multi_foreign_keys(schema=schema).items():
                for one in constraints:
                    if one.get("referred_schema") in (None, ours):
                        columns: list[sa.Column[Any]] = [sa.Column(column) for column in one["constrained_columns"]]
                        yield _foreign_key(sa.Table(name, sa.MetaData(), *columns, schema=schema), one, primary)

    def as_read(self, column: Column) -> Column:
        """Read the text of a value."""
        return column if type(column.type) in _PLAIN_TEXT else sa.cast(column, sa.Text)

    def to_the_letter(self, column: Column) -> Column:
        """Texts are equal when they are the same."""
        return column

    def constant(self, column: Column, value: str) -> Column:
        """Cast the text to the column's type, on the server.

        Text is sent as it is: a cast to varchar(n) would cut the value to fit, and then it would match.
        """
        is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
        text = sa.literal(value, sa.Text())
        return text if is_text or isinstance(column.type, NullType) else sa.cast(text, column.type)

    def fits(self, column: Column, value: str) -> bool:  # noqa: ARG002 - the server says
        """A value that does not fit is refused by the server."""
        return True

    def typed(self, column: Column, value: Value) -> Column:
        """Compare in the column's type."""
        return sa.cast(sa.literal(value, sa.Text()), column.type)

    def key(self, column: Column) -> Callable[[str], Value]:
        """Leave out what would not be a value of the column's type."""
        kind = declared(column)
        for integer, bits in _INTEGERS:
            if isinstance(kind, integer):
                return lambda text: text if is_integer(text, bits) else None
        if isinstance(kind, sa.Numeric):
            return lambda text: text if _DECIMAL.fullmatch(text) else None
        if isinstance(kind, sa.Uuid):
            return lambda text: text if _is_uuid(text) else None
        return str

    def values_of(self, text: str) -> tuple[Value, ...]:
        """All is read as text."""
        return (text,)

    def row_digest(self, connection: Connection, columns: Sequence[Column]) -> Column | None:  # noqa: ARG002 - of none
        """The values are read."""
        return None

    def insert(
        self, connection: Connection, column: sa.Column[Any], texts: Sequence[str], same: Mapping[str, str]
    ) -> None:
        """The driver sends them together."""
        connection.execute(sa.insert(column.table), [{column.name: one, **same} for one in texts])

    def tells_json(self, connection: Connection, column: Column) -> bool:  # noqa: ARG002 - of any column
        """There is a function for it."""
        return True

    def padded(self, text: Column) -> Column:
        """Trailing spaces count nowhere, or everywhere."""
        return text

    def rows(self, columns: Sequence[Column], identities: Collection[Identity]) -> sa.FromClause:
        """Send one statement of constants for each."""
        selected: list[sa.Select[Any]] = []
        for number, one in enumerate(identities):
            shown: list[Column] = [sa.literal_column(str(number)).label(ORDINAL)]
            shown.extend(
                self.typed(column, value).label(str(column.key)) for column, value in zip(columns, one, strict=True)
            )
            selected.append(sa.select(*shown))
        return sa.union_all(*selected).subquery()

    def is_written_day(self, text: Column, pattern: str) -> Column:
        """Match the pattern: regular expressions are cheap here."""
        return self.matches(text, pattern)

    def whole_number(self, text: Column) -> Column:
        """Cast what is digits."""
        return sa.case((self.matches(text, WHOLE), sa.cast(text, sa.BigInteger)), else_=sa.null())

    def uuid_in(self, text: Column, kind: TypeEngine[Any]) -> Column:
        """Cast what has the form of one."""
        return sa.case((self.matches(text, UUID), sa.cast(text, kind)), else_=sa.null())

    def matches(self, text: Column, pattern: str) -> Column:
        """Match as the database's regular expressions do."""
        return text.regexp_match(f"^{pattern}\\Z")

    def holds_dates(self, column: Column) -> bool:
        """Dates have types of their own."""
        return not isinstance(column.type, sa.String)

    def is_no_day(self, column: Column) -> Column:  # noqa: ARG002 - of no column
        """Types of dates hold dates."""
        return sa.false()

    def has_form(self, text: Column, *forms: str) -> Column:
        """Match the forms as one regular expression, a short one: Oracle takes no more than 512 bytes."""
        pattern = forms[0] if len(forms) == 1 else f"({'|'.join(forms)})"
        pattern = pattern.replace("9", "[0-9]").replace("A", "[A-Z]").replace("*", ".*")
        pattern = re.sub("x+", lambda found: f"[0-9a-f]{{{len(found[0])}}}", pattern)
        return self.matches(sa.func.rtrim(text, type_=sa.Text()), pattern)

    def length(self, text: Column) -> Column:
        """Count characters."""
        return sa.func.char_length(text, type_=sa.Integer())

    def position(self, text: Column, part: str) -> Column:
        """Look for the part."""
        return sa.func.instr(text, part, type_=sa.Integer())

    def four_digits(self, year: Column) -> Column:
        """Fill up with noughts."""
        return sa.func.lpad(sa.cast(year, sa.Text), 4, "0", type_=sa.Text())

    def remainder(self, number: Column, by: int) -> Column:
        """Divide exactly."""
        return self._exact(number) % by

    def of_number(self, column: Column, made: Callable[[Column], Column]) -> Column:
        """Compute exactly; what is not finite is not nothing when it is taken from itself."""
        number = self._exact(column)
        if isinstance(column.type, sa.Integer):
            return made(number)
        return sa.case((column - column == 0, sa.cast(made(number), column.type)), else_=sa.null())

    def is_multiple(self, column: Column, of: int) -> Column:
        """Nothing is left of a multiple."""
        return self._exact(column) % of == 0

    def _exact(self, number: Column) -> Column:
        """Return a number so that it is divided without error."""
        return number

    def locking(self, statement: sa.Select[Any], rows: sa.FromClause) -> sa.Select[Any]:
        """Lock the rows of one table."""
        return statement.with_for_update(of=rows)

    def check_late(self, connection: Connection) -> None:
        """Ask in the words of the standard."""
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")

    def act_now(self, connection: Connection) -> None:
        """Nothing waits."""


def _foreign_key(table: sa.Table, one: ReflectedForeignKeyConstraint, primary: ColumnNames) -> ForeignKey:
    to = one["referred_table"]
    return ForeignKey(
        table=table,
        columns=tuple(one["constrained_columns"]),
        to=to,
        to_columns=tuple(one["referred_columns"]) or primary.get(to, ()),
        on_delete=action_of(str(one.get("options", {}).get("ondelete") or "")),
        checks_each_row=is_strict(str(one.get("options", {}).get("ondelete") or "")),
        is_deferrable=bool(one.get("options", {}).get("deferrable")),
    )


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
