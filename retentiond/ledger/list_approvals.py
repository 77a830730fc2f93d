"""What reviewers approve and their approvals: both bound to one digest, both gone when the manifest changes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table, and_, delete, func, insert, select, update

from retentiond.domain.errors import DecisionRefused, NotFound
from retentiond.domain.lists import ListState
from retentiond.domain.people import Approval
from retentiond.domain.records import RecordRef
from retentiond.ledger.bulk import change_rows
from retentiond.ledger.statements import OnConnection, batches, change, refused
from retentiond.ledger.tables import APPROVALS, DOCUMENTS, ENTRIES, LISTS, PROPOSALS
from retentiond.ledger.values import Proposal


class ListApprovals(OnConnection):
    """Freezing manifests and keeping the approvals of them."""

    def freeze(
        self,
        number: str,
        *,
        revision: int,
        digest: str,
        orders: Mapping[RecordRef, str],
        document_orders: Mapping[RecordRef, str],
        wrapped_key: bytes,
        proposal: bytes,
        manifest: bytes,
        event_seq: int,
    ) -> None:
        """Give a list in review a new manifest; approvals of the one before are gone.

        Args:
            number: the list.
            revision: the manifest's number.
            digest: SHA-256 of ``proposal``, what approvals are bound to.
            orders: order id of each entry on the manifest; every other entry loses the one it had.
            document_orders: likewise of documents.
            wrapped_key: the key of the per-record commitments, wrapped.
            proposal: the exact bytes people approve.
            manifest: the manifest's bytes.
            event_seq: the event that records it.

        Raises:
            LedgerRefused: the list is not in review, or an order is for a record that is not on it.
        """
        values = {"digest": digest, "revision": revision, "dispose_after": None}
        in_review = and_(LISTS.c.number == number, LISTS.c.state == ListState.IN_REVIEW)
        with self.connection.begin_nested():
            if not change(self.connection, update(LISTS).where(in_review).values(**values), None, 1):
                raise refused(f"list {number}", "the list is not in review, and only then gets a new manifest")
            self.connection.execute(delete(APPROVALS).where(APPROVALS.c.list_number == number))
            self._order(ENTRIES, number, orders)
            self._order(DOCUMENTS, number, document_orders)
            self.connection.execute(delete(PROPOSALS).where(PROPOSALS.c.list_number == number))
            row = {"list_number": number, "payload": proposal, "manifest": manifest, "wrapped_key": wrapped_key}
            self.connection.execute(insert(PROPOSALS), row | {"event_seq": event_seq})

    def proposal(self, number: str) -> Proposal:
        """Return what reviewers of a list approve.

        Raises:
            NotFound: the list has no manifest.
        """
        row = self.connection.execute(select(PROPOSALS).where(PROPOSALS.c.list_number == number)).one_or_none()
        if row is None:
            raise NotFound.about(f"list {number}", "the list has no manifest yet")
        return Proposal(row.payload, row.manifest, row.wrapped_key, row.event_seq, row.outcome_manifest)

    def approve(self, number: str, approval: Approval, event_seq: int) -> None:
        """Keep one person's approval of one stage.

        Raises:
            DecisionRefused: the list is not in review, the approval is of another digest, or the stage or the person
                has one already.
        """
        self._refuse_approval(number, approval)
        row = {"list_number": number, "stage": approval.stage, "person": approval.person, "at": approval.at}
        self.connection.execute(insert(APPROVALS), row | {"digest": approval.digest, "event_seq": event_seq})

    def approval_events(self, number: str) -> list[int]:
        """Return the events that record the approvals of a list, in order."""
        of_list = select(APPROVALS.c.event_seq).where(APPROVALS.c.list_number == number)
        return list(self.connection.execute(of_list.order_by(APPROVALS.c.event_seq)).scalars())

    def _refuse_approval(self, number: str, approval: Approval) -> None:
        place = f"list {number}"
        row = self.connection.execute(select(LISTS).where(LISTS.c.number == number)).one_or_none()
        if row is None:
            raise NotFound.about(place, "there is no such disposal list", "'retentiond list show' names them all")
        if row.state is not ListState.IN_REVIEW:
            raise DecisionRefused.about(place, f"the list is {row.state} and no longer in review")
        if row.digest != approval.digest:
            raise DecisionRefused.about(place, "the list has changed since it was shown", "review it again")
        if approval.stage not in row.stages:
            raise DecisionRefused.about(place, f"the list has no stage {approval.stage}")
        given = self.connection.execute(select(APPROVALS).where(APPROVALS.c.list_number == number)).all()
        if approval.stage in {one.stage for one in given}:
            raise DecisionRefused.about(place, f"the stage {approval.stage} was approved already")
        if approval.person in {one.person for one in given}:
            raise DecisionRefused.about(place, "this person approved another stage, and two stages need two people")

    def _order(self, table: Table, number: str, orders: Mapping[RecordRef, str]) -> None:
        of_list = table.c.list_number == number
        self.connection.execute(update(table).where(of_list).values(order_id=None))
        statement = f"UPDATE {table.name} SET order_id = ? WHERE list_number = ? AND store = ? AND kind = ? AND key = ?"  # noqa: S608 - a table of ours
        for batch in batches(orders.items()):
            rows = [(order, number, ref.store, ref.kind, ref.key) for ref, order in batch]
            change_rows(self.connection, statement, rows)
        ordered = select(func.count()).select_from(table).where(of_list, table.c.order_id.is_not(None))
        if self.connection.execute(ordered).scalar_one() != len(orders):
            raise refused(f"list {number}", "an order is for a record that is not on the list", "gather again")
