"""The way from a record's row to the rows of another table, and the rule by which two tables are joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from retentiond.connectors.sql.addresses import Source, address, holds_json
from retentiond.connectors.sql.catalogue import Catalogue, declared
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.joins import agree, is_exact
from retentiond.connectors.sql.values import Column
from retentiond.domain.definitions import Hop, Reach
from retentiond.domain.errors import Fault


@dataclass(frozen=True, slots=True)
class Step:
    """One join: the table it leads to, the pairs of columns that must agree, the conditions on the new rows."""

    table: sa.Table
    pairs: tuple[tuple[str, str], ...]
    """Column of the table before, column of this table; either may be a way into JSON."""
    where: tuple[tuple[str, str | None], ...] = ()
    recursive: tuple[tuple[str, str], ...] = ()
    """Columns by which a row of this table names the row of it that it hangs below: the one named, the one that
    names. With them the step leads to all rows below as well, which no single join reaches."""

    def conditions(self, here: Source, dialect: Dialect) -> list[Column]:
        """Return the conditions on the step's own rows."""
        return [address(here, name).equals(here, value, dialect) for name, value in self.where]

    def joined(self, before: Source, here: Source, dialect: Dialect, like: Source | None = None) -> list[Column]:
        """Return the conditions by which a row belongs to one of the table before.

        Args:
            before: the table before, or rows of our own making with the columns it is joined by.
            here: the table it leads to, or an alias of it.
            dialect: the database's.
            like: the table before, where ``before`` is of our own making.
        """
        found = []
        for left, right in self.pairs:
            ours, theirs = address(before, left).value(before, dialect), address(here, right).value(here, dialect)
            found.append(agree(ours, theirs, dialect, like=None if like is None else like.c[left]))
        return found

    def exact_lefts(self, before: sa.Table, dialect: Dialect) -> list[str]:
        """Return the columns of the table before of which different values are joined to different ones here."""
        both = [(left, address(before, left), address(self.table, right)) for left, right in self.pairs]
        return [
            left
            for left, ours, theirs in both
            if theirs.path or (not ours.path and is_exact(before.c[ours.column], self.table.c[theirs.column], dialect))
        ]


@dataclass(frozen=True, slots=True)
class Path:
    """A chain of joins from one table to another. No steps: the row itself."""

    start: sa.Table
    steps: tuple[Step, ...]
    where: tuple[tuple[str, str | None], ...] = ()
    """Conditions on the row it starts from, where it leads nowhere else."""

    @property
    def target(self) -> sa.Table:
        """The table it ends in."""
        return self.steps[-1].table if self.steps else self.start

    @property
    def label(self) -> str:
        """Names the path within a definition, for state tokens and counts."""
        return " ".join(
            f"{step.table.name}{list(step.pairs)}{list(step.where)}{list(step.recursive) or ''}" for step in self.steps
        )

    @property
    def is_recursive(self) -> bool:
        """Whether it passes, or ends in, rows that hang below one another."""
        return any(step.recursive for step in self.steps)

    def of_key(self, key: Sequence[str]) -> tuple[str, ...]:
        """Return the columns that hold the start's key in the first table after it; nothing where that is not certain.

        It is where both are whole numbers of one type, and the key alone decides which rows are reached: then the
        start's row need not be read to find them.

        Args:
            key: the names of the columns by which a row of the start is found.
        """
        if not self.steps or self.where or self.steps[0].recursive:
            return ()
        there, table = dict(self.steps[0].pairs), self.steps[0].table
        if there.keys() != set(key) or len(self.steps[0].pairs) != len(key):
            return ()
        for left, right in there.items():
            if left not in self.start.c or right not in table.c:
                return ()
            kind = declared(self.start.c[left])
            if not isinstance(kind, sa.Integer) or repr(kind) != repr(declared(table.c[right])):
                return ()
        return tuple(there[name] for name in key)

    def then(self, other: Path) -> Path:
        """Return the path that goes on along another, which starts where this one ends."""
        return Path(self.start, self.steps + other.steps)

    def followed(self, start: Source, dialect: Dialect) -> Followed:
        """Return the path's tables under fresh names and the conditions that join them to ``start``."""
        before = start
        passed: list[Source] = []
        conditions = [address(start, name).equals(start, value, dialect) for name, value in self.where]
        for step in self.steps:
            here = step.table.alias()
            conditions.extend(step.joined(before, here, dialect))
            conditions.extend(step.conditions(here, dialect))
            passed.append(here)
            before = here
        return Followed(start, tuple(passed), sa.and_(sa.true(), *conditions))


@dataclass(frozen=True, slots=True)
class Followed:
    """A path as it stands in one statement."""

    start: Source
    passed: tuple[Source, ...]
    condition: Column
    lists: tuple[Source, ...] = ()
    """Lists in JSON of the rows it ends in, each of whose elements counts as a row."""

    @property
    def target(self) -> Source:
        """The rows it ends in."""
        return self.passed[-1] if self.passed else self.start

    def select(self, *columns: Column) -> sa.Select[Any]:
        """Return the statement over the start's rows and all that is passed."""
        return sa.select(*columns).select_from(self.start, *self.passed, *self.lists).where(self.condition)

    def exists(self, *conditions: Column) -> Column:
        """Return the condition that rows are reached from the start's row, which the outer statement holds."""
        if not self.passed and not self.lists:
            return sa.and_(self.condition, *conditions)
        inner: sa.Select[Any] = (
            sa.select(sa.literal_column("1")).select_from(*self.passed, *self.lists).where(self.condition, *conditions)
        )
        return inner.correlate(self.start).exists()


class Wayfinding:
    """Looks up a definition's names in the live catalogue and joins its tables; gathers what does not fit."""

    def __init__(self, catalogue: Catalogue, store: str) -> None:
        self.catalogue = catalogue
        self.faults: list[Fault] = []
        self._store = store

    def fault(self, table: str, message: str, remedy: str) -> None:
        """Note one thing that is wrong about a table."""
        found = Fault(f"{self._store}: table {table}", message, remedy)
        if found not in self.faults:
            self.faults.append(found)

    def table(self, name: str) -> sa.Table | None:
        """Return a table by its exact name, or note that it is missing or a view."""
        found = self.catalogue.tables.get(name)
        if found is None and name in self.catalogue.views:
            self.fault(
                name, "it is a view, and rows behind a view cannot be accounted for", "name the tables behind it"
            )
        elif found is None:
            self.fault(name, "the table does not exist", "correct its name, or grant the right to see it")
        return found

    def column(self, table: sa.Table, name: str) -> bool:
        """Whether a table has a column of the exact name, or one with JSON that the name leads into; note it if not."""
        found = address(table, name)
        if found.column not in table.columns or table.columns[found.column].system:
            self.fault(table.name, f"it has no column '{found.column}'", "correct the name in the definition")
            return False
        if found.path and not holds_json(table.columns[found.column]):
            message = f"its column '{found.column}' holds no JSON, and '{name}' leads into it"
            self.fault(table.name, message, "name the column alone, or a column with JSON")
            return False
        return True

    def single(self, table: sa.Table, name: str, what: str) -> bool:
        """Whether a name stands for one value of a row at most; note it if not."""
        if not self.column(table, name):
            return False
        if not address(table, name).is_single:
            self.fault(table.name, f"'{name}' may be several values, and {what} is one", "name a single value")
            return False
        return True

    def where(self, table: sa.Table, where: Mapping[str, str | None]) -> tuple[tuple[str, str | None], ...]:
        """Return the conditions whose columns exist."""
        found = tuple((name, value) for name, value in where.items() if self.column(table, name))
        for name, value in found:
            plain = not address(table, name).path
            if plain and value is not None and not self.catalogue.dialect.fits(table.columns[name], value):
                self.fault(table.name, f"a value in 'where' does not fit its column '{name}'", "correct the value")
        return found

    def path(self, start: sa.Table, reach: Reach, key: Sequence[str] = ()) -> Path | None:
        """Return the way from a table along a reach, or None with the faults noted.

        Args:
            start: the table it starts from.
            reach: the tables to pass and the last one.
            key: the key columns of ``start`` where that is the record's own table.
        """
        if reach.table == start.name and reach.on is None and not reach.through:
            return Path(start, (), self.where(start, reach.where))
        steps: list[Step] = []
        before: sa.Table = start
        for hop in (*reach.through, Hop(reach.table, reach.on, reach.where)):
            table = self.table(hop.table)
            if table is None:
                return None
            pairs = self._pairs(before, table, hop.on, key if not steps else ())
            if pairs is None:
                return None
            steps.append(
                Step(
                    table,
                    pairs,
                    tuple(dict.fromkeys((*self._implied(before, table, pairs), *self.where(table, hop.where)))),
                )
            )
            before = table
        return Path(start, tuple(steps))

    def below(self, path: Path, column: str) -> Path:
        """Return a path that leads to all rows below as well, by the column in which a row names the one above it."""
        table = path.target
        if not path.steps:
            self.fault(table.name, "the record's own table has no rows below it", "take 'recursive' out")
        elif self.column(table, column):
            known = [one for one in self.catalogue.referring_to(table.name) if one.table is table]
            known = [one for one in known if column in one.columns]
            pairs = known[0].pairs if len(known) == 1 else None
            own = self.catalogue.primary.get(table.name, ())
            if pairs is None and len(own) == 1:
                pairs = ((own[0], column),)
            if pairs is not None:
                return Path(path.start, (*path.steps[:-1], replace(path.steps[-1], recursive=pairs)), path.where)
            remedy = "declare under 'references' which column it names"
            self.fault(table.name, f"its column '{column}' names no row of it", remedy)
        return path

    def _by_columns(
        self, before: sa.Table, table: sa.Table, on: Mapping[str, str]
    ) -> tuple[tuple[str, str], ...] | None:
        """Return the pairs that a definition names itself, or None with the faults noted."""
        fits = [
            self.single(table, theirs, "what a row is joined by") & self.column(before, on[theirs]) for theirs in on
        ]
        return tuple((ours, theirs) for theirs, ours in on.items()) if all(fits) else None

    def _pairs(
        self, before: sa.Table, table: sa.Table, on: str | Mapping[str, str] | None, key: Sequence[str]
    ) -> tuple[tuple[str, str], ...] | None:
        if isinstance(on, Mapping):
            return self._by_columns(before, table, on)
        found = list(self._named(before, table, on, key) if on else self._unnamed(before, table))
        if len(found) == 1:
            return found[0]
        if on:
            message = f"it cannot be joined to {before.name} on '{on}': the column is not on both sides"
            self.fault(table.name, message, "name in 'on' a column that both tables have")
        elif found:
            message = f"there is more than one way to join it to {before.name}"
            self.fault(table.name, message, "name the column in 'on'")
        else:
            message = f"nothing joins it to {before.name}: no foreign key and no column of the same name"
            self.fault(table.name, message, "name the column in 'on', or the tables between in 'through'")
        return None

    def _implied(
        self, before: sa.Table, table: sa.Table, pairs: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[str, str | None], ...]:
        """Return the conditions without which a row does not refer at all, though its column may hold the value."""
        known = [one for one in self.catalogue.referring_to(before.name) if one.table is table and one.pairs == pairs]
        return known[0].where if len(known) == 1 else ()

    def _named(
        self, before: sa.Table, table: sa.Table, on: str, key: Sequence[str]
    ) -> Iterator[tuple[tuple[str, str], ...]]:
        left, right = on in before.columns, on in table.columns
        if left and right:
            yield ((on, on),)
            return
        for foreign in self.catalogue.between(before.name, table.name):
            if foreign.columns == (on,) and foreign.table is table and right:
                yield ((foreign.to_columns[0], on),)
                return
            if foreign.columns == (on,) and foreign.table is before and left and not foreign.where:
                yield ((on, foreign.to_columns[0]),)
                return
        elsewhere = any(one.table is table and on in one.columns for one in self.catalogue.foreign_keys)
        if right and len(key) == 1 and not elsewhere:
            # Without a foreign key a column of another name can only mean the record's key; with one it means that.
            yield ((key[0], on),)

    def _unnamed(self, before: sa.Table, table: sa.Table) -> Iterator[tuple[tuple[str, str], ...]]:
        foreign = self.catalogue.between(before.name, table.name)
        for one in foreign:
            if one.table is table:
                yield one.pairs
            elif not one.where:
                yield tuple(zip(one.columns, one.to_columns, strict=True))
        if not foreign:
            shared = [column.name for column in before.columns if not column.system and column.name in table.columns]
            yield from (((name, name),) for name in shared)
