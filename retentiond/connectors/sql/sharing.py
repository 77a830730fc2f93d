"""Which shared rows nothing else refers to. A sibling's parent stays for as long as the sibling's record does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.below import linked_rows, reached, reached_by
from retentiond.connectors.sql.contents import Contents
from retentiond.connectors.sql.doubts import doubts_along
from retentiond.connectors.sql.mapping import Mapped, MappedKind, MappedShared
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.referring import refers
from retentiond.connectors.sql.values import Column, Identity, as_read, within

Rows = Mapping[str, Collection[Identity]]
"""Table to addresses of its rows."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The records that go: they are no reason for a shared row to stay."""

    mapped: MappedKind
    keys: Collection[Identity]


@dataclass(slots=True)
class Shared:
    """Rows of one shared table that records reach, and the rows that are parts of those."""

    mapped: MappedShared
    rows: dict[Identity, Identity]
    """Address to the key of the record it is counted for."""
    parts: list[tuple[sa.Table, dict[Identity, set[Identity]]]]
    """A part's table, and by shared row the addresses of the part's rows."""

    @property
    def with_parts(self) -> Iterator[tuple[sa.Table, dict[Identity, Identity]]]:
        """Every table that loses rows with them, each with its rows and whose they are."""
        yield self.mapped.path.target, self.rows
        for table, links in self.parts:
            yield table, {row: self.rows[owner] for owner in self.rows for row in links.get(owner, ())}


def shared_by(
    connection: Connection,
    store: Mapped,
    reached: Collection[tuple[MappedShared, Mapping[Identity, Identity]]],
    *,
    locking: bool = False,
) -> list[Shared]:
    """Return the shared rows of records with their parts, whoever else refers to them.

    Args:
        connection: a connection in a transaction.
        store: the store.
        reached: each shared table with the rows the records reach, and the record each is counted for.
        locking: take the lock of the parts' rows.
    """
    return [
        Shared(
            shared,
            dict(rows),
            [
                (part.target, linked_rows(connection, store.catalogue, part, rows, locking=locking))
                for part in shared.parts
                if rows
            ],
        )
        for shared, rows in reached
    ]


def linked_by(mapped: MappedKind, records: Contents) -> list[tuple[MappedShared, dict[Identity, Identity]]]:
    """Return each shared table with the rows that records read lead to, and the record each is counted for."""
    return [(one, records.owners(one.path.label)) for one in mapped.shared]


def shared_of(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    records: Contents,
    going: Rows,
    *,
    locking: bool = False,
) -> list[Shared]:
    """Return the shared rows of records to which nothing refers but what goes with them, all of it to be destroyed.

    Args:
        connection: a connection in a transaction.
        store: the store.
        mapped: the kind of record.
        records: by key as read, with the addresses of their rows.
        going: as :func:`keep_unneeded` has it.
        locking: take the lock of the rows of shared rows' parts.
    """
    found = shared_by(connection, store, linked_by(mapped, records), locking=locking)
    keep_unneeded(connection, store, Ours(mapped, list(records)), found, going=going)
    return found


def keep_unneeded(
    connection: Connection,
    store: Mapped,
    ours: Ours,
    found: Collection[Shared],
    *,
    going: Rows,
) -> None:
    """Leave among shared rows only those to which nothing refers but what goes.

    A row stays when any reference, in any schema, leads to it or to one of its parts from a row that does not go, or
    when any other record of any kind of the definition reaches it. Rows of whatever shared tables that refer to one
    another go together or not at all.

    Args:
        connection: a connection in a transaction.
        store: the store.
        ours: the records that go.
        found: the rows that may go; those that must stay are taken out.
        going: the rows that go with them whatever becomes of shared rows (or may go on referring to what is
            anonymised).
    """
    changed = True
    while changed:
        changed = False
        for shared in found:
            stay = _needed(connection, store, shared, ours, _together(going, found)) if shared.rows else set()
            changed = changed or bool(stay)
            for row in stay:
                del shared.rows[row]


def _together(going: Rows, found: Collection[Shared]) -> dict[str, set[Identity]]:
    rows = {name: set(ours) for name, ours in going.items()}
    for shared in found:
        for table, ours in shared.with_parts:
            rows.setdefault(table.name, set()).update(ours)
    return rows


def _needed(connection: Connection, store: Mapped, shared: Shared, ours: Ours, going: Rows) -> set[Identity]:
    def those(table: sa.Table, rows: Collection[Identity]) -> set[Identity]:
        row = table.alias()
        others = [*_by_reference(store, table, row, going), *_by_record(store, ours, table, row)]
        if not rows:
            return set()
        below = _below_a_record(connection, store, ours, table, rows)
        if not others:
            return below
        address = store.catalogue.identity(row, table)
        statement = sa.select(*(as_read(column, store.catalogue.dialect) for column in address)).select_from(row)
        statement = statement.where(within(address, rows, store.catalogue.dialect), sa.or_(*others))
        return below | {tuple(one) for one in connection.execute(statement)}

    stay = those(shared.mapped.path.target, shared.rows)
    for part, links in shared.parts:
        torn = those(part, {one for owner in shared.rows for one in links.get(owner, ())})
        stay.update(owner for owner in shared.rows if torn & links.get(owner, set()))
    return stay


def _by_reference(store: Mapped, table: sa.Table, row: Source, going: Rows) -> Iterator[Column]:
    catalogue = store.catalogue
    for foreign in catalogue.referring_to(table.name):
        if foreign.leaves:
            continue
        other = foreign.table.alias()
        conditions = refers(foreign, other, row, catalogue.dialect)
        ours = () if foreign.table.schema else going.get(foreign.table.name, ())
        if ours:
            address = catalogue.identity(other, foreign.table)
            conditions.append(sa.not_(within(address, ours, catalogue.dialect)))
        yield sa.select(sa.literal_column("1")).select_from(other).where(*conditions).correlate(row).exists()


def _by_record(store: Mapped, ours: Ours, table: sa.Table, row: Source) -> Iterator[Column]:
    catalogue = store.catalogue
    for kind in store.kinds.values():
        for path in kind.contents:
            if path.target is not table or path.is_recursive:
                continue
            root = kind.root.alias()
            way = path.followed(root, catalogue.dialect)
            address = zip(catalogue.identity(way.target, table), catalogue.identity(row, table), strict=True)
            conditions = [way.condition, *(left == right for left, right in address)]
            if kind is ours.mapped:
                conditions.append(sa.not_(within(kind.key(root), ours.keys, catalogue.dialect)))
            found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(root, *way.passed).where(*conditions)
            yield found.correlate(row).exists()
            # A record whose JSON is broken may be one that reaches the row: nobody can tell.
            for doubt in doubts_along(path):
                other = kind.root.alias()
                unclear = [doubt.stands(other, catalogue.dialect)]
                if kind is ours.mapped:
                    unclear.append(sa.not_(within(kind.key(other), ours.keys, catalogue.dialect)))
                yield sa.select(sa.literal_column("1")).select_from(other).where(*unclear).correlate(row).exists()


def _below_a_record(
    connection: Connection, store: Mapped, ours: Ours, table: sa.Table, rows: Collection[Identity]
) -> set[Identity]:
    """Return the rows that belong to another record by a way through rows that hang below one another."""
    ways = ((kind, path) for kind in store.kinds.values() for path in kind.contents)
    found: set[Identity] = set()
    for kind, path in ways:
        if path.target is table and path.is_recursive:
            gone = set(ours.keys) if kind is ours.mapped else set()
            found.update(
                row for row, by in reached_by(connection, store.catalogue, kind, path, rows).items() if by - gone
            )
    return found


def rows_of(
    connection: Connection, store: Mapped, mapped: MappedKind, keys: Collection[Identity]
) -> dict[str, set[Identity]]:
    """Return, by table, every row that is the records' alone, and those that only tie a record to its shared rows.

    Shared rows and their parts are not among them: they are no reason only where they are anonymised as well.
    """
    shared = {one.path.target for one in mapped.shared}
    shared |= {part.target for one in mapped.shared for part in one.parts}
    found: dict[str, set[Identity]] = {}
    passed = (Path(path.start, path.steps[:length]) for path in mapped.contents for length in range(len(path.steps)))
    ties = (path for path in passed if path.target not in shared)
    for path in dict.fromkeys((Path(mapped.root, ()), *mapped.own, *ties)):
        found.setdefault(path.target.name, set()).update(reached(connection, store.catalogue, mapped, path, keys))
    return found
