"""Rows that refer to a record from outside it: while one of them stays, the record cannot go without tearing it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.interface import ScanRequest, Wanted
from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.below import outside, reached_by
from retentiond.connectors.sql.catalogue import ForeignKey
from retentiond.connectors.sql.contents import Contents
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.joins import agree
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.values import Column, Identity, as_read, equals, within
from retentiond.connectors.sql.wanted import wanted_rows


@dataclass(frozen=True, slots=True)
class Tie:
    """A reference to a row of one record from a row that is not its own."""

    record: Identity
    """The key of the record referred to."""
    by: Identity | None
    """The key of the record that refers; None: none of those asked about."""
    reason: str


def refers(foreign: ForeignKey, other: Source, to: Source, dialect: Dialect) -> list[Column]:
    """Return the conditions that a row refers to another by a foreign key."""
    joined = [agree(to.c[right], other.c[left], dialect) for right, left in foreign.pairs]
    return joined + [equals(other.c[name], value, dialect) for name, value in foreign.where]


def ties(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    records: Contents,
    *,
    losing: Collection[str] | None = None,
    along: Mapping[str, Collection[Identity]] | None = None,
) -> tuple[Tie, ...]:
    """Return what refers to the rows of records beside their own parts, one statement a foreign key.

    Args:
        connection: a connection in a transaction.
        store: the store.
        mapped: the kind of record.
        records: by key as read, with the addresses of their rows.
        losing: the tables whose rows go (anonymising may delete some); None: all that belong to the records alone.
        along: by table the shared rows that go if all these records do.
    """
    along = along or {}
    found: set[Tie] = set()
    referring = list(_that_may_stay(store, mapped, losing))
    owners = owned_rows(mapped, records) if referring else {}
    for foreign in referring:
        if foreign.to in owners:
            too = along.get(foreign.table.name, ())
            found.update(tie for tie, by in _by(connection, store, mapped, foreign, owners) if by not in too)
    for path in mapped.own:
        if path.steps[-1].recursive:
            rows = _by_row(path, records)
            names = ", ".join(name for _, name in path.steps[-1].recursive)
            reason = f"rows of {path.target.name} are another record's as well ({names})"
            pairs = outside(connection, store.catalogue, mapped, path, rows) if rows else ()
            found.update(Tie(record, other, reason) for record, other in pairs)
        found.update(_claimed(connection, store, mapped, path, records))
    return tuple(found)


def _that_may_stay(store: Mapped, mapped: MappedKind, losing: Collection[str] | None) -> Iterator[ForeignKey]:
    """Yield the foreign keys by which rows that stay can refer to those of a record."""
    for name in dict.fromkeys((mapped.root.name, *(path.target.name for path in mapped.own))):
        if losing is None or name in losing:
            for foreign in store.catalogue.referring_to(name):
                known = foreign.table.fullname in store.tables  # what no kind knows is a fault, and nothing goes
                if known and not foreign.leaves and not is_accounted_for(mapped, foreign):
                    yield foreign


def _claimed(connection: Connection, store: Mapped, mapped: MappedKind, path: Path, records: Contents) -> Iterator[Tie]:
    """Yield a tie for each row of records at the end of a path that another record reaches by another path."""
    ways = [
        (kind, other)
        for kind in store.kinds.values()
        for other in kind.contents
        # each step of its own path leads from one row only
        if other.target is path.target and not (kind is mapped and other == path)
    ]
    rows = _by_row(path, records) if ways else {}
    reason = f"a row of {path.target.name} is another record's as well"
    for kind, other in ways:
        for row, keys in reached_by(connection, store.catalogue, kind, other, rows).items():
            holders = keys if kind is mapped else {None}
            yield from (Tie(record, by, reason) for record in rows[row] for by in holders if by != record)


def _by_row(path: Path, records: Contents) -> dict[Identity, set[Identity]]:
    """Return each row of records at the end of a path, and the records that reach it."""
    rows: dict[Identity, set[Identity]] = {}
    for record, row in records.rows(path.label):
        rows.setdefault(row, set()).add(record)
    return rows


def still_referred_to(store: Mapped, mapped: MappedKind, request: ScanRequest, root: Source) -> dict[str, Column]:
    """Return, by reason, the conditions that another record which a scan does not ask for refers to a record.

    Those it asks for may go together; whether they do is asked anew at every later step.
    """
    found: dict[str, Column] = {}
    if request.wanted is not Wanted.DUE:
        return found
    for foreign in store.catalogue.referring_to(mapped.root.name):
        if foreign.table is not mapped.root or foreign.leaves:
            continue
        other = mapped.root.alias()
        dialect = store.catalogue.dialect
        itself = sa.and_(*(a == b for a, b in zip(mapped.key(other), mapped.key(root), strict=True)))
        wanted = sa.case((wanted_rows(mapped, request, other, dialect), 1), else_=0) == 1
        conditions = (*refers(foreign, other, root, dialect), sa.not_(itself), sa.not_(wanted))
        exists = sa.select(sa.literal_column("1")).select_from(other).where(*conditions).correlate(root).exists()
        found[_reason(mapped, foreign)] = sa.case((exists, 1), else_=0)
    return found


def owned_rows(mapped: MappedKind, records: Contents) -> dict[str, dict[Identity, Identity]]:
    """Return by table each row that is a record's alone, and the record; one that two of them reach counts once."""
    found: dict[str, dict[Identity, Identity]] = {}
    for path in (Path(mapped.root, ()), *mapped.own):
        ours = records.owners(path.label)
        known = found.get(path.target.name)
        found[path.target.name] = ours | known if known else ours
    return {name: rows for name, rows in found.items() if rows}


def tied(found: Iterable[Tie], going: Collection[Identity]) -> dict[Identity, str]:
    """Return which of the records that are to go cannot, and why: something that stays refers to them.

    What is left alone stays, and so what it refers to stays as well, however long the chain.

    Args:
        found: the ties of all records asked about.
        going: the keys of those that are to go.
    """
    to: dict[Identity | None, list[Tie]] = {}
    for one in sorted(found, key=lambda tie: tie.reason):
        if one.record in going:
            to.setdefault(one.by if one.by in going else None, []).append(one)
    kept: dict[Identity, str] = {}
    waiting: list[Identity | None] = [None]
    while waiting:
        for one in to.get(waiting.pop(), ()):
            if one.record not in kept:
                kept[one.record] = one.reason
                waiting.append(one.record)
    return kept


def _by(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    foreign: ForeignKey,
    owners: Mapping[str, Mapping[Identity, Identity]],
) -> Iterator[tuple[Tie, Identity]]:
    """Yield each tie by one foreign key, and the row that refers."""
    rows, own = owners[foreign.to], owners.get(foreign.table.name, {})
    catalogue, table = store.catalogue, store.catalogue.tables[foreign.to]
    to, other = table.alias(), foreign.table.alias()
    address, by = catalogue.identity(to, table), catalogue.identity(other, foreign.table)
    statement = (
        sa.select(*(as_read(column, catalogue.dialect) for column in (*address, *by)))
        .distinct()
        .select_from(to, other)
        .where(within(address, rows, catalogue.dialect), *refers(foreign, other, to, catalogue.dialect))
    )
    reason = _reason(mapped, foreign)
    for one in connection.execute(statement):
        record, row = rows[tuple(one[: len(address)])], tuple(one[len(address) :])
        if own.get(row) != record:
            yield Tie(record, own.get(row), reason), row


def _reason(mapped: MappedKind, foreign: ForeignKey) -> str:
    another = foreign.table is mapped.root and foreign.to == mapped.root.name
    what = "another record" if another else f"a row of {foreign.table.name} that stays"
    return f"{what} refers to it ({', '.join(foreign.columns)})"


def is_accounted_for(mapped: MappedKind, foreign: ForeignKey) -> bool:
    """Whether every row that can refer by it is part of the record it refers to, and goes with it."""
    paths = {(path.steps[:-1], path.steps[-1]) for path in mapped.own}
    ends = [path for path in (Path(mapped.root, ()), *mapped.own) if path.target.name == foreign.to]
    return all(
        any(
            before == path.steps
            and step.table is foreign.table
            and set(step.pairs) == set(foreign.pairs)
            and set(step.where) <= set(foreign.where)
            for before, step in paths
        )
        or bool(path.steps and foreign.table is path.target and set(path.steps[-1].recursive) == set(foreign.pairs))
        for path in ends
    )
