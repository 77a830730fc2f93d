"""What is left of disposed records, seen by counting: other statements than those that disposed of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.anonymising import unplanned
from retentiond.connectors.sql.anonymity import groups_of, told_of
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.dialects.interface import ORDINAL
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.paths import Path, Step, Wayfinding
from retentiond.connectors.sql.telling import still_named, telling_rows
from retentiond.connectors.sql.values import Identity, as_read, key_text, keys, within
from retentiond.domain.anonymity import LINKED, Groups
from retentiond.domain.orders import DisposalOrder, Sight, Sighting
from retentiond.domain.schedule import Action

_SEEN = {Action.ANONYMISE: Sight.ANONYMISED, Action.PSEUDONYMISE: Sight.PSEUDONYMISED}


@dataclass(frozen=True, slots=True)
class Inspector:
    """Looks for what is left of records of one kind."""

    store: Mapped
    mapped: MappedKind

    def inspect(
        self, connection: Connection, orders: Sequence[DisposalOrder], receipts: Collection[str]
    ) -> list[Sighting]:
        """Return what was seen of each order's record, in order.

        Rows that only a deleted row led to (a note's attachments, once the note is gone) cannot be told from other
        orphans and are not looked for; the foreign keys of the store forbid them where they are declared. What was
        looked at is named in ``checked``.

        Args:
            connection: a connection of its own, in a transaction.
            orders: the orders to look after.
            receipts: ids of the orders for which the store itself holds a receipt.
        """
        given = keys(self.mapped.key_columns, {one.ref.key for one in orders}, self._dialect)
        if not given:
            return [Sighting(one, Sight.GONE, one.id in receipts, self._nothing) for one in orders]
        standing = self._standing(connection, given)
        left = self._left(connection, given)
        to_rewrite = {one.ref.key for one in orders if one.action.rewrites and standing[one.ref.key]}
        telling: Mapping[str, Counter[str]] = {}
        groups: Mapping[str, Groups] = {}
        named: Counter[str] = Counter()
        planned = bool(to_rewrite) and self._is_planned
        if to_rewrite and self.mapped.kind.anonymise:
            asked = keys(self.mapped.key_columns, to_rewrite, self._dialect)
            telling = telling_rows(connection, self.store, self.mapped, asked)
            groups = groups_of(connection, self.store, self.mapped)
            named = still_named(connection, self.store, self.mapped, asked)
        found = []
        for order in orders:
            key = order.ref.key
            measured: dict[str, int] = {}
            if key in to_rewrite:
                checked = {what: counts[key] for what, counts in telling.items()}
                is_done = (
                    telling and not any(checked.values()) and planned and order.action is self.mapped.kind.rewriting
                )
                sight = _SEEN[order.action] if is_done else Sight.PRESENT
                if self._only_receipts_tell and order.id not in receipts:
                    # no column can show that dates were moved, or that what looks like a pseudonym is one
                    sight = Sight.PRESENT
                measured = told_of(groups, order.k) | ({LINKED: named[key]} if self.mapped.shared else {})
            else:
                checked = self._nothing | {what: counts[key] for what, counts in left.items()}
                checked[f"table {self.mapped.root.name}"] += standing[key]
                sight = Sight.PRESENT if any(checked.values()) else Sight.GONE
            found.append(Sighting(order, sight, order.id in receipts, checked, measured))
        return found

    @property
    def _dialect(self) -> Dialect:
        return self.store.catalogue.dialect

    @property
    def _is_planned(self) -> bool:
        """Whether the plan fits the tables as they are: of a column that came since, nobody said what may stay."""
        ways = Wayfinding(self.store.catalogue, self.store.definition.name)
        unplanned(ways, self.mapped, receipts=self.store.definition.receipts)
        return not ways.faults

    @property
    def _only_receipts_tell(self) -> bool:
        return any(plan.shift or plan.pseudonymise for plan in self.mapped.kind.anonymise.values())

    @property
    def _nothing(self) -> dict[str, int]:
        return {f"table {self.mapped.root.name}": 0}

    def _standing(self, connection: Connection, given: Collection[Identity]) -> Counter[str]:
        key = self.mapped.key_columns
        counted = sa.select(*(as_read(one, self._dialect) for one in key), sa.func.count())
        counted = counted.where(within(key, given, self._dialect)).group_by(*key)
        return Counter({key_text(tuple(one)): number for *one, number in connection.execute(counted)})

    def _left(self, connection: Connection, given: Sequence[Identity]) -> dict[str, Counter[str]]:
        """Count the rows that still bear a record's key, by table, in mapped tables and behind every foreign key."""
        found: dict[str, Counter[str]] = {}
        for path in self._ways():
            first = path.steps[0].table.alias()
            way = Path(path.steps[0].table, path.steps[1:]).followed(first, self._dialect)
            keys = self._dialect.rows(self.mapped.key_columns, given)
            ordinal = keys.c[ORDINAL]
            bears = path.steps[0].joined(keys, first, self._dialect, like=self.mapped.root)
            conditions = path.steps[0].conditions(first, self._dialect)
            counted = sa.select(ordinal, sa.func.count()).select_from(keys, first, *way.passed)
            counted = counted.where(*bears, *conditions, way.condition).group_by(ordinal)
            seen = found.setdefault(f"table {path.target.name}", Counter())
            for one, number in connection.execute(counted):
                seen[key_text(given[one])] += number
        return found

    def _ways(self) -> Iterator[Path]:
        key, root = set(self.mapped.kind.key), self.mapped.root
        parts = [path for path in self.mapped.own if {left for left, _ in path.steps[0].pairs} <= key]
        yield from parts
        begun = {(path.target.name, path.steps[0].pairs) for path in parts if len(path.steps) == 1}
        for foreign in self.store.catalogue.referring_to(root.name):
            known = foreign.leaves or (foreign.table.name, foreign.pairs) in begun
            if set(foreign.to_columns) <= key and not known:
                yield Path(root, (Step(foreign.table, foreign.pairs, foreign.where),))
