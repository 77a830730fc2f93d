"""Rows that hang below one another: walked level by level for many records at once, however deep, circles and all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.catalogue import Catalogue
from retentiond.connectors.sql.mapping import MappedKind
from retentiond.connectors.sql.paths import Path, Step
from retentiond.connectors.sql.values import Column, Identity, as_read, within

Reached = dict[Identity, set[Identity]]
"""Address of a row to the keys of the records that reach it."""


def reached(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    locking: bool = False,
) -> Reached:
    """Return the rows at the end of a path from records, by whom they are reached; a statement a join or level.

    Args:
        connection: a connection in a transaction.
        catalogue: the live catalogue.
        mapped: the kind of record.
        path: a way from the record's own row; it may pass rows that hang below one another.
        keys: the keys of the records.
        locking: take the lock of every row on the way below the first such step.
    """
    at = next((index for index, step in enumerate(path.steps) if step.recursive), len(path.steps) - 1)
    root = mapped.root.alias()
    way = Path(path.start, path.steps[: at + 1], path.where).followed(root, catalogue.dialect)
    key = mapped.key(root)
    address = catalogue.identity(way.target, path.steps[at].table if path.steps else path.start)
    statement = way.select(*(as_read(column, catalogue.dialect) for column in (*key, *address)))
    statement = statement.where(within(key, keys, catalogue.dialect))
    if locking:
        statement = catalogue.dialect.locking(statement.order_by(*address), way.target)
    found: Reached = {}
    for row in connection.execute(statement):
        found.setdefault(tuple(row[len(key) :]), set()).add(tuple(row[: len(key)]))
    for index, step in enumerate(path.steps[at:], start=at):
        if index > at:
            found = _next(connection, catalogue, Path(path.steps[index - 1].table, (step,)), found, locking=locking)
        if step.recursive:
            down = Path(step.table, (Step(step.table, step.recursive),))
            found = _closed(connection, catalogue, down, found, locking=locking)
    return found


def outside(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    rows: Mapping[Identity, Collection[Identity]],
) -> Iterator[tuple[Identity, Identity]]:
    """Yield a record and another to which rows below its own, or those its own hang below, belong as well.

    Args:
        connection: a connection in a transaction.
        catalogue: the live catalogue.
        mapped: the kind of record.
        path: a way that ends in rows that hang below one another.
        rows: the rows of records at its end, by whom they are reached.
    """
    step = path.steps[-1]
    up = Path(step.table, (Step(step.table, tuple((right, left) for left, right in step.recursive)),))
    found = _closed(connection, catalogue, up, {row: set(keys) for row, keys in rows.items()})
    root = mapped.root.alias()
    top = Path(path.start, (*path.steps[:-1], replace(step, recursive=())), path.where)
    way = top.followed(root, catalogue.dialect)
    key, address = mapped.key(root), catalogue.identity(way.target, step.table)
    statement = way.select(*(as_read(column, catalogue.dialect) for column in (*key, *address)))
    for row in connection.execute(statement.where(within(address, found, catalogue.dialect))):
        other = tuple(row[: len(key)])
        yield from ((one, other) for one in found[tuple(row[len(key) :])] if one != other)


def reached_by(
    connection: Connection, catalogue: Catalogue, kind: MappedKind, path: Path, rows: Collection[Identity]
) -> Reached:
    """Return by whom rows are reached, whichever record of the kind that is: the way of :func:`reached` backwards.

    Args:
        connection: a connection in a transaction.
        catalogue: the live catalogue.
        kind: the kind of record.
        path: a way from its own row; it may pass rows that hang below one another.
        rows: addresses of rows of the table it ends in.
    """
    at = max((index for index, step in enumerate(path.steps) if step.recursive), default=None)
    if at is None:
        root = kind.root.alias()
        found: Reached = {}
        for row, key in _joined(connection, catalogue, path, root, kind.key(root), rows=rows):
            found.setdefault(row, set()).add(key)
        return found
    step = path.steps[at]
    start = step.table.alias()
    tail, held = Path(step.table, path.steps[at + 1 :]), Reached()
    for row, of in _joined(connection, catalogue, tail, start, catalogue.identity(start, step.table), rows=rows):
        held.setdefault(of, set()).add(row)
    up = Path(step.table, (Step(step.table, tuple((right, left) for left, right in step.recursive)),))
    below = _closed(connection, catalogue, up, held)
    top = Path(path.start, (*path.steps[:at], replace(step, recursive=())), path.where)
    found = {}
    for head, keys in reached_by(connection, catalogue, kind, top, below).items():
        for row in below[head]:
            found.setdefault(row, set()).update(keys)
    return found


def _joined(
    connection: Connection,
    catalogue: Catalogue,
    path: Path,
    start: sa.FromClause,
    named: Sequence[Column],
    *,
    rows: Collection[Identity],
) -> Iterator[tuple[Identity, Identity]]:
    """Yield each row at the end of a path, and the values that name the row it starts from."""
    way = path.followed(start, catalogue.dialect)
    address = catalogue.identity(way.target, path.target)
    statement = way.select(*(as_read(column, catalogue.dialect) for column in (*address, *named)))
    statement = statement.where(within(address, rows, catalogue.dialect))
    for row in connection.execute(statement) if rows else ():
        yield tuple(row[: len(address)]), tuple(row[len(address) :])


def _closed(
    connection: Connection, catalogue: Catalogue, link: Path, found: Reached, *, locking: bool = False
) -> Reached:
    level = found
    whole = {row: set(keys) for row, keys in found.items()}
    while level:
        level = {
            row: new
            for row, keys in _next(connection, catalogue, link, level, locking=locking).items()
            if (new := keys - whole.get(row, set()))
        }
        for row, keys in level.items():
            whole.setdefault(row, set()).update(keys)
    return whole


def _next(connection: Connection, catalogue: Catalogue, link: Path, found: Reached, *, locking: bool) -> Reached:
    beyond: Reached = {}
    for source, rows in linked_rows(connection, catalogue, link, found, locking=locking).items():
        for row in rows:
            beyond.setdefault(row, set()).update(found[source])
    return beyond


def linked_rows(
    connection: Connection, catalogue: Catalogue, path: Path, sources: Collection[Identity], *, locking: bool = False
) -> dict[Identity, set[Identity]]:
    """Return the addresses of the rows at the end of a path, by the address of the row it starts from."""
    if not sources:
        return {}
    start: sa.FromClause = path.start.alias()
    way = path.followed(start, catalogue.dialect)
    before, address = catalogue.identity(start, path.start), catalogue.identity(way.target, path.target)
    statement = way.select(*(as_read(column, catalogue.dialect) for column in (*before, *address)))
    statement = statement.where(within(before, sources, catalogue.dialect))
    if locking:
        statement = catalogue.dialect.locking(statement.order_by(*address), way.target)
    found: dict[Identity, set[Identity]] = {}
    for row in connection.execute(statement):
        found.setdefault(tuple(row[: len(before)]), set()).add(tuple(row[len(before) :]))
    return found
