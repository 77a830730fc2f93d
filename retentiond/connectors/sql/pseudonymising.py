"""Pseudonyms in rows: made in Python, one for each distinct value, written set-wise and read back before commit.

No later read can see that a pseudonym is that of the value which stood there, since that value is gone. So a second
look is taken in the same transaction, and whoever reads later sees its form only: 64 hex digits, or nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.catalogue import Catalogue, declared
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.mapping import MappedKind
from retentiond.connectors.sql.values import Column, Identity, Value, as_read, within
from retentiond.domain.definitions import ColumnPlan
from retentiond.domain.pseudonyms import LENGTH, pseudonym

Secrets = Mapping[str, bytes]
"""Name of a key to its 32 bytes."""
Pseudonyms = dict[Identity, dict[str, str]]
"""Address of a row to the pseudonym of each of its columns that holds anything."""


class NoPseudonym(Exception):
    """A value has not become its pseudonym; everything is taken back."""


@dataclass(slots=True)
class Keyed:
    """The pseudonyms of one transaction, each computed once. They and their keys live as long as it does."""

    secrets: Secrets = field(repr=False)
    _known: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _made: set[tuple[str, str]] = field(default_factory=set, repr=False)

    def of(self, key: str, value: Value) -> str:
        """Return the pseudonym of a value under the key of a name.

        One that was made in this transaction stays: a trigger has written it into the history of a row. Any other
        value of that form becomes a pseudonym like all values, for it may be a hash that somebody can try out.

        Raises:
            NoPseudonym: the value is no text.
        """
        if not isinstance(value, str):
            raise NoPseudonym
        if (key, value) in self._made:
            return value
        if (key, value) not in self._known:
            made = self._known[key, value] = pseudonym(self.secrets[key], value)
            self._made.add((key, made))
        return self._known[key, value]


def pseudonymise_rows(
    connection: Connection,
    catalogue: Catalogue,
    table: sa.Table,
    plan: ColumnPlan,
    rows: Collection[Identity],
    *,
    keyed: Keyed,
) -> None:
    """Put pseudonyms into the columns of rows, with one statement a column, and read them back.

    Args:
        connection: the open transaction, which holds the rows' locks.
        catalogue: the live catalogue.
        table: their table.
        plan: its plan.
        rows: their addresses.
        keyed: what makes pseudonyms.

    Raises:
        NoPseudonym: roll back.
    """
    wanted: Pseudonyms = {
        row: {name: keyed.of(plan.pseudonymise[name], value) for name, value in found.items()}
        for row, found in _read(connection, catalogue, table, plan, rows).items()
    }
    if len(wanted) != len(rows):
        raise NoPseudonym
    named = catalogue.identity(table, table)
    for name in plan.pseudonymise:
        made = [(*row, found[name]) for row, found in wanted.items() if name in found]
        if not made:
            continue
        joined = catalogue.dialect.table_of((*named, sa.column("retentiond_pseudonym", sa.Text)), made)
        *address, text = joined.c
        same = (left == right for left, right in zip(named, address, strict=True))
        connection.execute(sa.update(table).where(*same).values({name: text}))
    if _read(connection, catalogue, table, plan, rows) != wanted:
        raise NoPseudonym


def is_no_pseudonym(column: Column, dialect: Dialect) -> Column:
    """Return the condition that a column holds something, and not of the form of a pseudonym."""
    return sa.and_(column.is_not(None), sa.not_(dialect.has_form(column, "x" * LENGTH)))


def unfit_for_pseudonyms(
    catalogue: Catalogue, mapped: MappedKind, table: sa.Table, plan: ColumnPlan
) -> Iterator[tuple[str, str]]:
    """Yield why a column cannot take pseudonyms, to be read after its table, and what to do."""
    leads = _leading(mapped)
    for name in plan.pseudonymise:
        column = table.columns.get(name)
        if column is None:
            continue
        said = f"its column '{name}' becomes a pseudonym, and "
        yield from ((said + why, remedy) for why, remedy in _too_narrow(column))
        if (table.name, name) in leads:
            yield f"{said}the rows of the record are found by it", "keep it, and reach them by another column"
        for foreign in catalogue.foreign_keys:
            if foreign.leaves:
                continue
            if foreign.table.fullname == table.name and name in foreign.columns:
                yield f"{said}it names rows of {foreign.to}", "keep it, or blank it"
            elif foreign.to == table.name and name in foreign.to_columns:
                yield f"{said}{foreign.table.fullname} names its rows by it", "keep it, and replace what people call it"


def _too_narrow(column: sa.Column[Any]) -> Iterator[tuple[str, str]]:
    kind = declared(column)
    if not isinstance(kind, sa.String) or isinstance(kind, sa.Enum):
        yield "holds no text", "blank it, or have a column of text made for it"
    elif 0 < (kind.length or 0) < LENGTH:
        yield f"holds at most {kind.length} of its {LENGTH} characters", f"have it made varchar({LENGTH}), or blank it"


def _leading(mapped: MappedKind) -> set[tuple[str, str]]:
    """Return the columns, behind their tables, by which the rows of a record are found."""
    found: set[tuple[str, str]] = set()
    parts = (part for shared in mapped.shared for part in shared.parts)
    for path in (*mapped.contents, *parts, *(one.path for one in mapped.objects)):
        before = path.start
        for step in path.steps:
            found.update((before.name, left) for left, _ in step.pairs)
            found.update((step.table.name, right) for _, right in step.pairs)
            found.update((step.table.name, one) for pair in step.recursive for one in pair)
            found.update((step.table.name, one) for one, _ in step.where)
            before = step.table
    return found


def _read(
    connection: Connection, catalogue: Catalogue, table: sa.Table, plan: ColumnPlan, rows: Collection[Identity]
) -> dict[Identity, dict[str, Any]]:
    """Return by row what its columns hold; a column that holds nothing is left out."""
    named, names = catalogue.identity(table, table), list(plan.pseudonymise)
    columns = (as_read(one, catalogue.dialect) for one in (*named, *(table.c[name] for name in names)))
    wanted = sa.select(*columns).where(within(named, rows, catalogue.dialect))
    return {
        tuple(row[: len(named)]): {
            name: value.rstrip(" ") if isinstance(value, str) else value
            for name, value in zip(names, row[len(named) :], strict=True)
            if value is not None
        }
        for row in connection.execute(wanted)
    }
