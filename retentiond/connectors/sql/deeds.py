"""The deeds themselves: rows deleted children first, or brought into their anonymised form, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.anonymising import anonymise_rows
from retentiond.connectors.sql.catalogue import Catalogue
from retentiond.connectors.sql.contents import Contents, delete_rows, linked_rows
from retentiond.connectors.sql.mapping import Mapped, MappedKind, MappedShared
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.sharing import Going, rows_of, unneeded
from retentiond.connectors.sql.shifting import Moves
from retentiond.connectors.sql.values import Identity
from retentiond.domain.definitions import ColumnPlan


class CountsDiffer(Exception):
    """The database changed another number of rows than were read under lock; everything is taken back."""


@dataclass(slots=True)
class Deed:
    """What is done to the rows of one batch, and whose they were."""

    connection: Connection
    store: Mapped
    mapped: MappedKind
    records: Mapping[Identity, Contents]
    """The records that go, by key as read; read under lock in this transaction."""
    counts: dict[Identity, Counter[str]] = field(default_factory=dict)
    """Rows disposed of by record and table."""
    moves: Moves = field(default_factory=Moves)
    """How far the dates of each record move, where its plan shifts them."""
    anonymised: dict[str, dict[Identity, Identity]] = field(default_factory=dict)
    """Table to the rows that were brought into their anonymised form, and whose they are."""

    def destroy(self) -> None:
        """Delete the records: parts, then their own rows, then shared rows that nothing else refers to.

        Raises:
            CountsDiffer: roll back.
        """
        owners = self._owners(self.mapped.parts)
        tables = {name: table for name, table in self.mapped.gone_with_it.items() if name in owners}
        for table in children_first(self.store.catalogue, tables.values()):
            self._delete(table, owners[table.name])
        self._delete(self.mapped.root, {contents.root: key for key, contents in self.records.items()})
        for shared, chosen in self._shared(Going(list(self.records))):
            for table, rows in self._own_parts(shared, chosen):
                self._delete(table, rows)
            self._delete(shared.path.target, chosen)

    def anonymise(self) -> None:
        """Carry out the kind's anonymise plan on the records and on shared rows that no other record needs.

        Raises:
            CountsDiffer, ShiftDiffers: roll back.
        """
        plans = self.mapped.kind.anonymise
        owners = self._owners(self.mapped.parts)
        owners[self.mapped.root.name] = {contents.root: key for key, contents in self.records.items()}
        keys = list(self.records)
        going = Going(keys, rows_of(self.connection, self.store, self.mapped, keys))
        tables = {name: table for name, table in self.mapped.gone_with_it.items() if name in owners}
        for table in children_first(self.store.catalogue, tables.values()):
            self._plan(table, plans[table.name], owners[table.name])
        for shared, chosen in self._shared(going):
            for table, rows in self._own_parts(shared, chosen):
                self._plan(table, plans[table.name], rows)
            self._plan(shared.path.target, plans[shared.path.target.name], chosen)

    def _owners(self, paths: Iterable[Path]) -> dict[str, dict[Identity, Identity]]:
        """Return, by table, each row and the record it is counted for; a row that two records reach counts once."""
        found: dict[str, dict[Identity, Identity]] = {}
        for path in paths:
            label = path.label
            rows = found.setdefault(path.target.name, {})
            for key, contents in self.records.items():
                for row in contents.rows(label):
                    rows.setdefault(row, key)
        return {name: rows for name, rows in found.items() if rows}

    def _shared(self, going: Going) -> Iterable[tuple[MappedShared, dict[Identity, Identity]]]:
        # The rows were found while the links to them still stood; whether they go is asked one table at a time,
        # because a shared row that went may have been the last to refer to the next.
        for shared in self.mapped.shared:
            reached = self._owners([shared.path]).get(shared.path.target.name, {})
            free = unneeded(self.connection, self.store, self.mapped, shared, candidates=reached, going=going)
            if free:
                yield shared, {row: key for row, key in reached.items() if row in free}

    def _own_parts(
        self, shared: MappedShared, chosen: Mapping[Identity, Identity]
    ) -> Iterable[tuple[sa.Table, dict[Identity, Identity]]]:
        found: dict[str, dict[Identity, Identity]] = {}
        for part in shared.parts:
            links = linked_rows(self.connection, self.store.catalogue, part, chosen, locking=True)
            rows = found.setdefault(part.target.name, {})
            for source, reached in links.items():
                for row in reached:
                    rows.setdefault(row, chosen[source])
        tables = {part.target.name: part.target for part in shared.parts if found[part.target.name]}
        for table in children_first(self.store.catalogue, tables.values()):
            yield table, found[table.name]

    def _delete(self, table: sa.Table, rows: Mapping[Identity, Identity]) -> None:
        self._counted(table, rows, delete_rows(self.connection, self.store.catalogue, table, rows))

    def _plan(self, table: sa.Table, plan: ColumnPlan, rows: Mapping[Identity, Identity]) -> None:
        if plan.delete_rows:
            self._delete(table, rows)
            return
        self._counted(
            table, rows, anonymise_rows(self.connection, self.store.catalogue, table, plan, rows, moves=self.moves)
        )
        self.anonymised.setdefault(table.name, {}).update(rows)

    def _counted(self, table: sa.Table, rows: Mapping[Identity, Identity], done: int) -> None:
        if done != len(rows):
            raise CountsDiffer
        for key in rows.values():
            self.counts.setdefault(key, Counter())[f"table {table.name}"] += 1


def children_first(catalogue: Catalogue, tables: Iterable[sa.Table]) -> list[sa.Table]:
    """Return tables so that each stands before those it refers to; as given where they refer in a circle."""
    by_name = {table.name: table for table in tables}
    sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(by_name, ()))
    for foreign in catalogue.foreign_keys:
        name = foreign.table.name
        if not foreign.table.schema and name in by_name and foreign.to in by_name and name != foreign.to:
            sorter.add(foreign.to, name)
    try:
        return [by_name[name] for name in sorter.static_order()]
    except CycleError:
        return list(by_name.values())
