"""The deeds themselves: rows deleted children first, or brought into their anonymised form, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.anonymising import anonymise_rows
from retentiond.connectors.sql.contents import Contents
from retentiond.connectors.sql.history import HistoryRemains, Trace, traces
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.ordering import children_first, delete_together, let_go
from retentiond.connectors.sql.pseudonymising import Keyed, Secrets
from retentiond.connectors.sql.referring import owned_rows
from retentiond.connectors.sql.settled import keep_unnamed
from retentiond.connectors.sql.sharing import Shared, linked_by, shared_by, shared_of
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
    records: Contents
    """The records that go, by key as read; read under lock in this transaction."""
    secrets: Secrets = field(default_factory=dict, repr=False)
    """Keys of pseudonyms, by name."""
    counts: dict[str, Counter[Identity]] = field(default_factory=dict)
    """Rows disposed of by ``table NAME`` and record."""
    moves: Moves = field(init=False)
    """How far the dates of each record move, where its plan shifts them."""
    anonymised: dict[str, dict[Identity, Identity]] = field(default_factory=dict)
    """Table to the rows that were brought into their anonymised form, and whose they are."""
    _keyed: Keyed = field(init=False, repr=False)
    _written: list[Trace] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let the moves keep to every plan of the kind, and compute each pseudonym once."""
        self.moves = Moves.under(self.mapped.kind.anonymise.values())
        self._keyed = Keyed(self.secrets)

    def destroy(self) -> None:
        """Delete the records with their parts, shared rows that nothing else refers to, and at last their history.

        Raises:
            CountsDiffer: roll back.
            HistoryRemains: roll back.
        """
        self._written = traces(self.connection, self.store, self.mapped, list(self.records))
        owned = owned_rows(self.mapped, self.records)
        rows = _together(owned, shared_of(self.connection, self.store, self.mapped, self.records, owned, locking=True))
        order = children_first(self.store.catalogue, self._tables(rows))
        let_go(self.connection, self.store.catalogue, order, rows)
        for table in order.tables:
            self._delete(table, rows[table.name])
        self._sweep({})

    def anonymise(self) -> None:
        """Carry out the kind's plan on the records and on shared rows that no other record needs.

        Raises:
            CountsDiffer, HistoryRemains, NoPseudonym, ShiftDiffers: roll back.
        """
        plans = self.mapped.kind.anonymise
        self._written = traces(self.connection, self.store, self.mapped, list(self.records))
        past = {one.path.target.name for one in self.mapped.history}
        owned = {name: rows for name, rows in owned_rows(self.mapped, self.records).items() if name not in past}
        linked = linked_by(self.mapped, self.records)
        free = shared_by(self.connection, self.store, linked, locking=True)
        keep_unnamed(self.connection, self.store, self.mapped, free, keys=list(self.records))
        rows = _together(owned, free)
        losing = {name for name in rows if plans[name].delete_rows}
        order = children_first(self.store.catalogue, self._tables(rows), losing)
        let_go(self.connection, self.store.catalogue, order, {name: rows[name] for name in losing})
        for table in order.tables:
            self._plan(table, plans[table.name], rows[table.name])
        self.sweep()

    def sweep(self) -> None:
        """Carry out the plan on history that was written since: by the deed, or because more was blanked after it.

        Raises:
            CountsDiffer, HistoryRemains: roll back.
        """
        self._sweep(self.mapped.kind.anonymise)

    def counted(self, keys: Sequence[Identity]) -> Iterator[Mapping[str, str | int]]:
        """Yield how many rows of each record were disposed of, by ``table NAME``; one mapping for all alike."""
        names = sorted(self.counts)
        columns = [map(self.counts[name].get, keys) for name in names]
        told: dict[tuple[int | None, ...], dict[str, str | int]] = {}
        for counts in zip(*columns, strict=True) if columns else repeat((), len(keys)):
            if counts not in told:
                told[counts] = {name: count for name, count in zip(names, counts, strict=True) if count}
            yield told[counts]

    def _tables(self, rows: Mapping[str, object]) -> list[sa.Table]:
        return [table for name, table in self.mapped.tables.items() if name in rows]

    def _sweep(self, plans: Mapping[str, ColumnPlan]) -> None:
        """Dispose of the history, with what our own deed made the database write.

        Args:
            plans: table to plan; a table without one loses its rows.
        """
        written = self._written
        if not written:
            return
        self.store.catalogue.dialect.act_now(self.connection)
        tables = {one.path.target.name: one.path.target for one in written}
        for table in children_first(self.store.catalogue, tables.values()).tables:
            for one in written:
                if one.path.target is table:
                    done = self.anonymised.get(table.name, {})
                    rows = {row: key for row, key in one.rows(self.connection, self.store).items() if row not in done}
                    self._plan(table, plans.get(table.name, ColumnPlan(delete_rows=True)), rows)
        self.store.catalogue.dialect.act_now(self.connection)
        for one in written:
            goes = plans.get(one.path.target.name, ColumnPlan(delete_rows=True)).delete_rows
            if goes and one.rows(self.connection, self.store):
                raise HistoryRemains

    def _delete(self, table: sa.Table, rows: Mapping[Identity, Identity]) -> None:
        self._counted(table, rows, delete_together(self.connection, self.store.catalogue, table, rows))

    def _plan(self, table: sa.Table, plan: ColumnPlan, rows: Mapping[Identity, Identity]) -> None:
        if not rows:
            return
        if plan.delete_rows:
            self._delete(table, rows)
            return
        done = anonymise_rows(
            self.connection, self.store.catalogue, table, plan, rows, moves=self.moves, keyed=self._keyed
        )
        self._counted(table, rows, done)
        self.anonymised.setdefault(table.name, {}).update(rows)

    def _counted(self, table: sa.Table, rows: Mapping[Identity, Identity], done: int) -> None:
        if done != len(rows):
            raise CountsDiffer
        self.counts.setdefault(f"table {table.name}", Counter()).update(rows.values())


def _together(
    owned: Mapping[str, dict[Identity, Identity]], found: Iterable[Shared]
) -> dict[str, dict[Identity, Identity]]:
    """Return, beside rows that are the records' alone, the shared rows that go along, and whose they are."""
    rows = dict(owned)
    for shared in found:
        for table, ours in shared.with_parts:
            if ours:
                rows[table.name] = ours | rows.get(table.name, {})
    return rows
