"""Which shared rows nothing else refers to. A sibling's parent stays for as long as the sibling's record does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.catalogue import ForeignKey
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.mapping import Mapped, MappedKind, MappedShared
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.values import Column, Identity, as_read, within


@dataclass(frozen=True, slots=True)
class Going:
    """What goes (or is anonymised) with this batch and so is no reason for a shared row to stay."""

    keys: Collection[Identity]
    """The keys of the records."""
    rows: Mapping[str, Collection[Identity]] = field(default_factory=dict)
    """Table to row addresses: rows that stay in the store and may go on referring (anonymising)."""


def unneeded(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    shared: MappedShared,
    *,
    candidates: Collection[Identity],
    going: Going,
) -> set[Identity]:
    """Return the shared rows to which nothing refers but what goes.

    A row stays when any foreign key of the live catalogue, in any schema, refers to it from a row that does not go,
    or when any other record of any kind of the definition reaches it. Rows of the same table that refer to one
    another go together or not at all.
    """
    dialect, table = store.catalogue.dialect, shared.path.target
    chosen = set(candidates)
    while chosen:
        row = table.alias()
        address = store.catalogue.identity(row, table)
        referrers = [
            *_by_foreign_key(store, shared, row, going, chosen),
            *_by_record(store, mapped, table, row, going),
        ]
        statement = (
            sa.select(*(as_read(column, dialect) for column in address))
            .select_from(row)
            .where(within(address, chosen, dialect), *(sa.not_(one) for one in referrers))
        )
        left: set[Identity] = {tuple(one) for one in connection.execute(statement)}
        if left == chosen:
            break
        chosen = left
    return chosen


def _by_foreign_key(
    store: Mapped, shared: MappedShared, row: Source, going: Going, chosen: Collection[Identity]
) -> Iterator[Column]:
    catalogue = store.catalogue
    table = shared.path.target
    for foreign in catalogue.referring_to(table.name):
        other = foreign.table.alias()
        pairs = zip(foreign.columns, foreign.to_columns, strict=True)
        conditions = [other.c[left] == row.c[right] for left, right in pairs]
        conditions.extend(
            sa.not_(sa.func.coalesce(sa.and_(sa.true(), *own), sa.false()))
            for own in _own_parts(catalogue.dialect, shared, foreign, other)
        )
        address = catalogue.identity(other, foreign.table) if not foreign.table.schema else ()
        if foreign.table is table:
            conditions.append(sa.not_(within(address, chosen, catalogue.dialect)))
        ours = () if foreign.table.schema else going.rows.get(foreign.table.name, ())
        if ours:
            conditions.append(sa.not_(within(address, ours, catalogue.dialect)))
        yield sa.select(sa.literal_column("1")).select_from(other).where(*conditions).correlate(row).exists()


def _own_parts(dialect: Dialect, shared: MappedShared, foreign: ForeignKey, other: Source) -> Iterator[list[Column]]:
    """Yield, for each part of the shared row that this foreign key holds, the conditions that make a row its part."""
    joined = set(zip(foreign.to_columns, foreign.columns, strict=True))
    for part in shared.parts:
        step = part.steps[0]
        if len(part.steps) == 1 and step.table is foreign.table and set(step.pairs) == joined:
            yield step.conditions(other, dialect)


def _by_record(store: Mapped, mapped: MappedKind, table: sa.Table, row: Source, going: Going) -> Iterator[Column]:
    catalogue = store.catalogue
    for kind in store.kinds.values():
        for path in kind.contents:
            if path.target is not table:
                continue
            root = kind.root.alias()
            way = path.followed(root, catalogue.dialect)
            address = zip(catalogue.identity(way.target, table), catalogue.identity(row, table), strict=True)
            conditions = [way.condition, *(left == right for left, right in address)]
            if kind is mapped:
                conditions.append(sa.not_(within(kind.key(root), going.keys, catalogue.dialect)))
            found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(root, *way.passed).where(*conditions)
            yield found.correlate(row).exists()


def rows_of(
    connection: Connection, store: Mapped, mapped: MappedKind, keys: Collection[Identity]
) -> dict[str, set[Identity]]:
    """Return, by table, every row of the records, and those that only tie a record to its shared rows."""
    found: dict[str, set[Identity]] = {}
    passed = (Path(path.start, path.steps[:length]) for path in mapped.contents for length in range(len(path.steps)))
    for path in dict.fromkeys((*passed, *mapped.contents)):
        root = mapped.root.alias()
        way = path.followed(root, store.catalogue.dialect)
        address = store.catalogue.identity(way.target, path.target)
        statement = way.select(*(as_read(column, store.catalogue.dialect) for column in address))
        rows = connection.execute(statement.where(within(mapped.key(root), keys, store.catalogue.dialect)))
        found.setdefault(path.target.name, set()).update(tuple(row) for row in rows)
    return found
