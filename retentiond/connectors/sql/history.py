"""Rows that the database's own triggers write about a record, found when the record itself is gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.addresses import address
from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.values import Column, Identity, Value, as_read, key_text, keys, within


class HistoryRemains(Exception):
    """The database goes on writing about a record while its history is taken away; everything is taken back."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One history table, and the values by which its rows name the records."""

    path: Path
    """From the table that the triggers write to the rows that go."""
    named_by: tuple[str, ...]
    owners: Mapping[str, Identity]
    """Those values as one text, to the record's key."""
    padded: tuple[bool, ...]
    """Of which of those values spaces at the end do not count: text of a fixed width comes back with them."""

    def rows(self, connection: Connection, store: Mapped) -> dict[Identity, Identity]:
        """Return the rows there are now, and whose they are."""
        dialect = store.catalogue.dialect
        first = self.path.steps[0]
        start = first.table.alias()
        way = Path(first.table, self.path.steps[1:]).followed(start, dialect)
        names = [address(start, name).value(start, dialect) for name in self.named_by]
        row = store.catalogue.identity(way.target, self.path.target)
        statement = way.select(*(as_read(column, dialect) for column in (*names, *row))).where(
            within(names, keys(names, self.owners, dialect), dialect), *first.conditions(start, dialect)
        )
        found: dict[Identity, Identity] = {}
        for one in connection.execute(statement):
            owner = self.owners.get(_text(one[: len(names)], self.padded))
            if owner is None:
                raise HistoryRemains
            found[tuple(one[len(names) :])] = owner
        return found


def traces(connection: Connection, store: Mapped, mapped: MappedKind, records: Collection[Identity]) -> list[Trace]:
    """Return how the history of records is found once they are gone; asked while they still stand."""
    tables = {one.path.target for one in mapped.history}
    found: list[Trace] = []
    dialect = store.catalogue.dialect
    for one in mapped.history:
        at = next(index for index, step in enumerate(one.path.steps) if step.table in tables)
        before = Path(mapped.root, one.path.steps[:at])
        root = mapped.root.alias()
        way = before.followed(root, dialect)
        pairs = one.path.steps[at].pairs
        key = mapped.key(root)
        lefts = [address(way.target, left).value(way.target, dialect) for left, _ in pairs]
        history = one.path.steps[at].table
        rights = [address(history, right).value(history, dialect) for _, right in pairs]
        padded = tuple(_is_fixed(left) or _is_fixed(right) for left, right in zip(lefts, rights, strict=True))
        columns = (*key, *lefts)
        statement = way.select(*(as_read(column, dialect) for column in columns)).distinct()
        statement = statement.where(within(key, records, dialect))
        owners = {
            _text(row[len(key) :], padded): tuple(row[: len(key)])
            for row in connection.execute(statement)
            if None not in row[len(key) :]
        }
        path = Path(before.target, one.path.steps[at:])
        found.append(Trace(path, tuple(right for _, right in pairs), owners, padded))
    return found


def _is_fixed(column: Column) -> bool:
    return isinstance(declared(column), sa.CHAR)


def _text(values: Iterable[Value], padded: Sequence[bool]) -> str:
    shown = (
        value.rstrip(" ") if pads and isinstance(value, str) else value
        for value, pads in zip(values, padded, strict=True)
    )
    return key_text(tuple(shown))
