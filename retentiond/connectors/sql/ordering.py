"""In which order tables lose their rows, and which references have to be let go of first where they form a circle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.below import linked_rows
from retentiond.connectors.sql.catalogue import Catalogue, ForeignKey
from retentiond.connectors.sql.contents import delete_rows
from retentiond.connectors.sql.paths import Path, Step
from retentiond.connectors.sql.values import Identity, within


@dataclass(frozen=True, slots=True)
class Order:
    """Tables so that each stands before those it refers to."""

    tables: tuple[sa.Table, ...]
    emptied: tuple[ForeignKey, ...] = ()
    """References of a circle that are emptied first, in rows that go anyway."""
    deferred: tuple[ForeignKey, ...] = ()
    """References of a circle that may not be empty, and that the database checks at the end if it is told to."""
    stuck: tuple[ForeignKey, ...] = ()
    """References of a circle that can be neither: nothing can go first."""


def children_first(catalogue: Catalogue, tables: Iterable[sa.Table], parents: Collection[str] | None = None) -> Order:
    """Return the order in which rows of tables can go under the foreign keys that the database enforces.

    Args:
        catalogue: the live catalogue.
        tables: the tables, each once.
        parents: those of them that lose rows; None: all. Where rows stay it does not matter who refers to them.
    """
    by_name = {table.name: table for table in tables}
    edges: dict[tuple[str, str], list[ForeignKey]] = {}
    for foreign in catalogue.foreign_keys:
        child, parent = foreign.table.name, foreign.to
        known = not foreign.table.schema and child in by_name and parent in by_name and child != parent
        if known and foreign.is_enforced and (parents is None or parent in parents):
            edges.setdefault((child, parent), []).append(foreign)
    emptied: list[ForeignKey] = []
    deferred: list[ForeignKey] = []
    stuck: list[ForeignKey] = []
    while True:
        sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(by_name, ()))
        for child, parent in edges:
            sorter.add(parent, child)
        try:
            names = tuple(sorter.static_order())
        except CycleError as error:
            circle = error.args[1]
            links = sorted(pair for pair in pairwise(circle) if pair in edges)
            free = [pair for pair in links if all(_emptiable(one, catalogue) for one in edges[pair])]
            late = [pair for pair in links if all(one.is_deferrable for one in edges[pair])]
            pair, kept = (free[0], emptied) if free else (late[0], deferred) if late else (links[0], stuck)
            kept.extend(edges.pop(pair))
        else:
            return Order(tuple(by_name[name] for name in names), tuple(emptied), tuple(deferred), tuple(stuck))


def _emptiable(foreign: ForeignKey, catalogue: Catalogue) -> list[str]:
    """Return the columns whose emptying ends a reference; none where that would give the row another address."""
    identity = catalogue.identities.get(foreign.table.name, ())
    if not catalogue.dialect.keeps_addresses and any(foreign.table.columns[name].system for name in identity):
        return []
    return [name for name in foreign.columns if foreign.table.columns[name].nullable and name not in identity]


def let_go(
    connection: Connection, catalogue: Catalogue, order: Order, rows: Mapping[str, Collection[Identity]]
) -> None:
    """End the references of a circle among rows that go anyway, or have the database check them at the end.

    Args:
        connection: a connection in the transaction of the deed.
        catalogue: the live catalogue.
        order: the order in which the rows are to go.
        rows: table to the addresses of the rows that go.
    """
    for foreign in order.emptied:
        _empty(connection, catalogue, foreign, rows.get(foreign.table.name, ()))
    if order.deferred:
        catalogue.dialect.check_late(connection)


def _empty(connection: Connection, catalogue: Catalogue, foreign: ForeignKey, rows: Collection[Identity]) -> None:
    columns = [foreign.table.c[name] for name in _emptiable(foreign, catalogue)]
    condition = within(catalogue.identity(foreign.table, foreign.table), rows, catalogue.dialect)
    filled = sa.or_(*(column.is_not(None) for column in columns))
    connection.execute(sa.update(foreign.table).where(condition, filled).values(dict.fromkeys(columns)))


def delete_together(connection: Connection, catalogue: Catalogue, table: sa.Table, rows: Collection[Identity]) -> int:
    """Delete rows that may refer to one another; return how many the database says went.

    Some databases check at every row and not at the end of the statement: there a reference is emptied first, or,
    where it may not be empty, the rows go level by level.
    """
    within_table = [
        one
        for one in catalogue.referring_to(table.name)
        if one.table is table and (one.checks_each_row or one.on_delete)
    ]
    if not within_table:
        return delete_rows(connection, catalogue, table, rows)
    above: dict[Identity, set[Identity]] = {row: set() for row in rows}
    for foreign in within_table:
        path = Path(table, (Step(table, foreign.pairs),))
        links = linked_rows(connection, catalogue, path, rows)
        referring = {one for found in links.values() for one in found if one in above}
        if referring and _emptiable(foreign, catalogue):
            _empty(connection, catalogue, foreign, referring)
        elif referring:
            for row, found in links.items():
                above[row].update(one for one in found if one != row and one in above)
    return sum(delete_rows(connection, catalogue, table, level) for level in _levels(above))


def _levels(above: Mapping[Identity, set[Identity]]) -> Iterator[list[Identity]]:
    """Yield rows so that those that refer to a row come before it; all at once where they form a circle."""
    if not any(above.values()):
        yield list(above)
        return
    sorter = TopologicalSorter(above)
    try:
        sorter.prepare()
    except CycleError:
        yield list(above)
        return
    while ready := sorter.get_ready():
        yield list(ready)
        sorter.done(*ready)
