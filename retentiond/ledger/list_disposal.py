"""The journal of disposal: intent before the act, fate and receipt after it, guarded by the epoch of who acts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Table, and_, delete, insert, select, update

from retentiond.domain.errors import LedgerRefused
from retentiond.domain.lists import FATES, ListState, Standing
from retentiond.domain.orders import Receipt, Sight, Sighting
from retentiond.domain.records import RecordRef
from retentiond.ledger.bulk import Row, change_rows, insert_rows
from retentiond.ledger.columns import json_text, moment_text
from retentiond.ledger.keys import one_of_keys
from retentiond.ledger.statements import OnConnection, among, batches, change, grouped, refused
from retentiond.ledger.tables import DOCUMENTS, ENTRIES, LISTS, RECEIPTS, SIGHTINGS
from retentiond.ledger.values import Settled, StoredReceipt

_UNSETTLED = (Standing.LISTED, Standing.INTENDED)


class ListDisposal(OnConnection):
    """Intents, fates, receipts and sightings."""

    def intend(self, number: str, epoch: int, refs: Collection[RecordRef], *, at: datetime) -> None:
        """Write that the stores are about to be asked to dispose of entries, and of their documents after them.

        Args:
            number: the list.
            epoch: what :meth:`claim` returned.
            refs: the entries; each counts one attempt more. Their documents' attempts stay as they are.
            at: when.

        Raises:
            LedgerRefused: another process took over the list, or an entry has a fate or is not on the list.
        """
        with self.connection.begin_nested():
            self._refuse_overtaken(number, epoch)
            for group in grouped(refs):
                which = and_(ENTRIES.c.list_number == number, among(ENTRIES, *group))
                intended = update(ENTRIES).where(which, ENTRIES.c.standing.in_(_UNSETTLED))
                values = {"standing": Standing.INTENDED, "attempts": ENTRIES.c.attempts + 1, "intended_at": at}
                if not change(self.connection, intended.values(**values), None, len(group[2])):
                    raise _has_a_fate(number)
                theirs = and_(DOCUMENTS.c.list_number == number, among(DOCUMENTS, *group, prefix="parent_"))
                listed = update(DOCUMENTS).where(theirs, DOCUMENTS.c.standing == Standing.LISTED)
                self.connection.execute(listed.values(standing=Standing.INTENDED))

    def intend_documents(self, number: str, epoch: int, refs: Collection[RecordRef]) -> None:
        """Write that the stores are about to be asked to dispose of documents; each counts one attempt more.

        Raises:
            LedgerRefused: another process took over the list, or a document has a fate or is not on the list.
        """
        with self.connection.begin_nested():
            self._refuse_overtaken(number, epoch)
            for group in grouped(refs):
                which = and_(DOCUMENTS.c.list_number == number, among(DOCUMENTS, *group))
                intended = update(DOCUMENTS).where(which, DOCUMENTS.c.standing.in_(_UNSETTLED))
                values = {"standing": Standing.INTENDED, "attempts": DOCUMENTS.c.attempts + 1}
                if not change(self.connection, intended.values(**values), None, len(group[2])):
                    raise _has_a_fate(number)

    def not_attempted(self, number: str, refs: Collection[RecordRef]) -> None:
        """Take back one attempt of entries whose order their store was never told to carry out.

        It is the caller's own attempt, and a later turn counts its own: so no epoch is asked for. What has a fate by
        now keeps what it has.
        """
        self._take_back(ENTRIES, number, refs)

    def documents_not_attempted(self, number: str, refs: Collection[RecordRef]) -> None:
        """Take back one attempt of documents, as :meth:`not_attempted` does for entries."""
        self._take_back(DOCUMENTS, number, refs)

    def settle(self, number: str, epoch: int, fates: Sequence[Settled], *, at: datetime | None = None) -> None:
        """Write how the orders of entries ended, with their receipts.

        Args:
            number: the list.
            epoch: what :meth:`claim` returned.
            fates: one for each entry, which must be listed or intended.
            at: when the receipts were taken; now, when not given.

        Raises:
            LedgerRefused: another process took over the list, an entry has a fate already, a receipt is for another
                order than the entry's, or an order has a receipt that says otherwise. Nothing is changed then.
        """
        self._settle(ENTRIES, number, epoch, fates, at)

    def settle_documents(
        self, number: str, epoch: int, fates: Sequence[Settled], *, at: datetime | None = None
    ) -> None:
        """Write how the orders of documents ended, as :meth:`settle` does for entries."""
        self._settle(DOCUMENTS, number, epoch, fates, at)

    def receipts(self, number: str, after: str = "", limit: int = 1000) -> list[StoredReceipt]:
        """Return receipts of a list by order id, those that follow the order ``after``."""
        wanted = select(RECEIPTS).where(RECEIPTS.c.list_number == number, RECEIPTS.c.order_id > after)
        rows = self.connection.execute(wanted.order_by(RECEIPTS.c.order_id).limit(limit))
        return [StoredReceipt(one.order_id, one.outcome, one.grade, one.evidence, one.reason, one.at) for one in rows]

    def saw(self, number: str, sightings: Sequence[Sighting], at: datetime) -> None:
        """Keep what an independent read saw; a later read of the same order takes the place of an earlier one."""
        for batch in batches(sightings):
            rows = {
                one.order.id: {
                    "order_id": one.order.id,
                    "list_number": number,
                    "sight": one.sight,
                    "receipt_in_store": one.receipt_in_store,
                    "checked": {**one.checked, **one.measured},
                    "at": at,
                }
                for one in batch
            }
            with self.connection.begin_nested():
                seen_before = and_(SIGHTINGS.c.list_number == number, SIGHTINGS.c.order_id.in_(list(rows)))
                self.connection.execute(delete(SIGHTINGS).where(seen_before))
                self.connection.execute(insert(SIGHTINGS), list(rows.values()))

    def sightings(self, number: str) -> list[tuple[str, Sight, dict[str, int]]]:
        """Return, by order id, what the latest independent read saw of each order of a list, and what it counted."""
        wanted = select(SIGHTINGS.c.order_id, SIGHTINGS.c.sight, SIGHTINGS.c.checked)
        rows = self.connection.execute(wanted.where(SIGHTINGS.c.list_number == number).order_by(SIGHTINGS.c.order_id))
        return [(one.order_id, one.sight, one.checked) for one in rows]

    def _take_back(self, table: Table, number: str, refs: Collection[RecordRef]) -> None:
        for group in grouped(refs):
            which = and_(table.c.list_number == number, among(table, *group), table.c.attempts > 0)
            intended = update(table).where(which, table.c.standing == Standing.INTENDED)
            self.connection.execute(intended.values(attempts=table.c.attempts - 1))

    def _refuse_overtaken(self, number: str, epoch: int) -> None:
        ours = and_(LISTS.c.number == number, LISTS.c.epoch == epoch, LISTS.c.state == ListState.DISPOSING)
        if self.connection.execute(select(LISTS.c.number).where(ours)).one_or_none() is None:
            raise refused(f"list {number}", "another process took over this list", "leave it to that process")

    def _settle(self, table: Table, number: str, epoch: int, fates: Sequence[Settled], at: datetime | None) -> None:
        if any(one.standing not in FATES and one.standing is not Standing.UNKNOWN for one in fates):
            raise refused(f"list {number}", "an order ends in a fate or as unknown, and in no other way")
        if any(one.standing is Standing.UNKNOWN and one.receipt is not None for one in fates):
            raise refused(f"list {number}", "an order of unknown fate has no receipt")
        moment = moment_text(at or datetime.now(UTC))
        with self.connection.begin_nested():
            self._refuse_overtaken(number, epoch)
            for batch in batches(fates):
                if not change_rows(self.connection, _SETTLE[table], [_fate_row(number, one) for one in batch]):
                    raise _has_a_fate(number)
                given = {one.receipt.order.id: one.receipt for one in batch if one.receipt is not None}
                self._keep_receipts(number, given, moment)

    def _keep_receipts(self, number: str, given: Mapping[str, Receipt], moment: str) -> None:
        if not given:
            return
        known = set()
        for row in self.connection.execute(select(RECEIPTS).where(one_of_keys(RECEIPTS.c.order_id, [*given]))):
            if (row.outcome, row.grade) != (given[row.order_id].outcome, given[row.order_id].grade):
                raise refused(
                    f"list {number}", "an order has a receipt already that says otherwise", "reconcile the list"
                )
            known.add(row.order_id)
        rows = (
            (
                order,
                number,
                receipt.outcome.value,
                receipt.grade.value if receipt.grade else None,
                json_text(dict(receipt.evidence)),
                receipt.reason,
                moment,
            )
            for order, receipt in given.items()
            if order not in known
        )
        insert_rows(self.connection, RECEIPTS, rows)


_SETTLE = {
    table: f"UPDATE {table.name} SET standing = ?, note = ?"  # noqa: S608 - names and words of ours
    " WHERE list_number = ? AND store = ? AND kind = ? AND key = ?"
    f" AND ({' OR '.join(f'standing = {one.value!r}' for one in _UNSETTLED)}) AND (? = '' OR order_id = ?)"
    for table in (ENTRIES, DOCUMENTS)
}
"""Gives one thing a fate that has none yet, and whose order is the one the fate is of, where it is of any."""


def _fate_row(number: str, one: Settled) -> Row:
    order = one.receipt.order.id if one.receipt else ""
    return one.standing.value, one.note, number, one.ref.store, one.ref.kind, one.ref.key, order, order


def _has_a_fate(number: str) -> LedgerRefused:
    return refused(f"list {number}", "a record has a fate already or its order is another", "reconcile the list")
