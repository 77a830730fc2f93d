"""The register of disposal lists: making them, reading them, and moving them from state to state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, true, update

from retentiond.domain.errors import DecisionRefused, NotFound
from retentiond.domain.lists import OPEN_STATES, DisposalList, Document, Entry, ListState, Standing, may_move
from retentiond.domain.people import Approval
from retentiond.ledger.bulk import insert_rows
from retentiond.ledger.list_rows import document_row, entry_row
from retentiond.ledger.statements import OnConnection, change, next_in_year, refused
from retentiond.ledger.tables import APPROVALS, DOCUMENTS, ENTRIES, LISTS, PROPOSALS

_LOOK = "'retentiond list show' says where each list stands"


class ListRegister(OnConnection):
    """Making, reading and moving disposal lists."""

    def next_number(self, year: int) -> str:
        """Return the number the next list of a year gets: ``DL-2026-0001``."""
        return next_in_year(self.connection, LISTS, "DL", year)

    def create(self, made: DisposalList, entries: Iterable[Entry], documents: Iterable[Document]) -> None:
        """Write a new list in review, its entries and then their documents, both read lazily.

        Raises:
            DecisionRefused: a record is on another open list.
            LedgerRefused: the list has no stage of review, is not in review, or its number or a record comes twice.
        """
        if made.state is not ListState.IN_REVIEW or not made.stages:
            raise refused(f"list {made.number}", "a new list is in review and has at least one stage of review")
        row = {name: getattr(made, name) for name in ("number", "state", "gathered_by", "gathered_at", "stages")}
        rest = {
            "digest": made.digest,
            "revision": made.revision,
            "dispose_after": None,
            "epoch": 0,
            "ended_because": "",
        }
        with self.connection.begin_nested():
            self.connection.execute(insert(LISTS), row | rest)
            insert_rows(self.connection, ENTRIES, (entry_row(made.number, entry) for entry in entries))
            insert_rows(self.connection, DOCUMENTS, (document_row(made.number, one) for one in documents))
            self._refuse_shared(made.number)

    def get(self, number: str) -> DisposalList:
        """Return one list with its approvals and the counts of its entries by standing.

        Raises:
            NotFound: there is no such list.
        """
        found = self._where(LISTS.c.number == number)
        if not found:
            raise NotFound.about(
                f"list {number}", "there is no such disposal list", "'retentiond list show' names them all"
            )
        return found[0]

    def all(self, states: Collection[ListState] | None = None) -> list[DisposalList]:
        """Return the lists by number, all of them or those in certain states."""
        return self._where(true() if states is None else LISTS.c.state.in_(list(states)))

    def dispose_after_passed(self, now: datetime) -> list[str]:
        """Return the numbers of lists with work to do: cooled off, being disposed of, or awaiting their certificate."""
        cooled = and_(LISTS.c.state == ListState.APPROVED, LISTS.c.dispose_after <= now)
        under_way = LISTS.c.state.in_([ListState.DISPOSING, ListState.DISPOSED])
        return list(self.connection.execute(_in_order(select(LISTS.c.number).where(or_(cooled, under_way)))).scalars())

    def move(
        self,
        number: str,
        before: ListState,
        after: ListState,
        *,
        dispose_after: datetime | None = None,
        reason: str = "",
    ) -> None:
        """Move a list from one state to another.

        Args:
            number: the list.
            before: the state it must be in.
            after: the state it comes to.
            dispose_after: the end of the cooling-off period, when it becomes approved.
            reason: why it was returned or withdrawn, in a person's words.

        Raises:
            NotFound: there is no such list.
            DecisionRefused: the move is not one of the domain's, the list is no longer in ``before``, or it becomes
                approved without an approval of every stage for its present digest.
        """
        place = f"list {number}"
        if not may_move(before, after):
            raise DecisionRefused.about(place, f"it is {_spoken(before)} and cannot become {_spoken(after)}", _LOOK)
        if after is ListState.APPROVED:
            self._refuse_unapproved(number)
        values: dict[str, Any] = {"state": after, "ended_because": reason}
        if after in (ListState.APPROVED, ListState.IN_REVIEW):
            values["dispose_after"] = dispose_after
        moved = update(LISTS).where(LISTS.c.number == number, LISTS.c.state == before).values(**values)
        if not change(self.connection, moved, None, 1):
            now = _spoken(self.get(number).state)
            raise DecisionRefused.about(place, f"it is {now} and no longer {_spoken(before)}", _LOOK)

    def claim(self, number: str) -> int:
        """Take a list over for disposal and return its new epoch; whoever holds an older one is refused from now on.

        Raises:
            NotFound: there is no such list.
            DecisionRefused: it is neither approved nor being disposed of.
        """
        ready = LISTS.c.state.in_([ListState.APPROVED, ListState.DISPOSING])
        values = {"state": ListState.DISPOSING, "epoch": LISTS.c.epoch + 1}
        if not change(self.connection, update(LISTS).where(LISTS.c.number == number, ready).values(**values), None, 1):
            raise DecisionRefused.about(
                f"list {number}", f"the list is {self.get(number).state} and is not to be disposed of"
            )
        return self.get(number).epoch

    def close_as_certified(self, number: str, outcome_manifest: bytes) -> None:
        """Keep the manifest with outcomes and move the list from disposed to certified.

        Raises:
            NotFound: there is no such list.
            DecisionRefused: it is not disposed.
            LedgerRefused: it never had a manifest.
        """
        with self.connection.begin_nested():
            self.move(number, ListState.DISPOSED, ListState.CERTIFIED)
            kept = update(PROPOSALS).where(PROPOSALS.c.list_number == number)
            if not change(self.connection, kept.values(outcome_manifest=outcome_manifest), None, 1):
                raise refused(f"list {number}", "the list never had a manifest")

    def _refuse_unapproved(self, number: str) -> None:
        found = self.get(number)
        if found.next_stage is not None or any(one.digest != found.digest for one in found.approvals):
            raise DecisionRefused.about(
                f"list {number}",
                "not every stage has approved the list as it stands",
                "have the other stages review it",
            )

    def _refuse_shared(self, number: str) -> None:
        other = ENTRIES.alias("other")
        same = and_(*(other.c[name] == ENTRIES.c[name] for name in ("store", "kind", "key")))
        shared = (
            select(func.count())
            .select_from(ENTRIES.join(other, same).join(LISTS, LISTS.c.number == other.c.list_number))
            .where(ENTRIES.c.list_number == number, other.c.list_number != number, LISTS.c.state.in_(list(OPEN_STATES)))
        )
        if count := self.connection.execute(shared).scalar_one():
            raise DecisionRefused.about(
                f"list {number}", f"{count} of its records are on another open list", "gather again without them"
            )

    def _where(self, which: ColumnElement[bool]) -> list[DisposalList]:
        numbers = select(LISTS.c.number).where(which)
        rows = self.connection.execute(_in_order(select(LISTS).where(which))).all()
        given: dict[str, list[Approval]] = defaultdict(list)
        approvals = select(APPROVALS).where(APPROVALS.c.list_number.in_(numbers)).order_by(APPROVALS.c.event_seq)
        for one in self.connection.execute(approvals):
            given[one.list_number].append(Approval(one.stage, one.person, one.at, one.digest))
        counts: dict[str, dict[Standing, int]] = defaultdict(dict)
        by = (ENTRIES.c.list_number, ENTRIES.c.standing)
        standings = select(*by, func.count()).where(ENTRIES.c.list_number.in_(numbers)).group_by(*by)
        for number, standing, count in self.connection.execute(standings):
            counts[number][standing] = count
        return [_list(row, given[row.number], counts[row.number]) for row in rows]


def _in_order(wanted: Any) -> Any:  # noqa: ANN401 - a select of any shape, returned as it came
    number = LISTS.c.number
    return wanted.order_by(func.substr(number, 1, 8), func.length(number), number)


def _list(row: Row[Any], approvals: Sequence[Approval], counts: dict[Standing, int]) -> DisposalList:
    return DisposalList(
        number=row.number,
        state=row.state,
        gathered_by=row.gathered_by,
        gathered_at=row.gathered_at,
        stages=row.stages,
        ended_because=row.ended_because,
        digest=row.digest,
        revision=row.revision,
        approvals=tuple(approvals),
        dispose_after=row.dispose_after,
        epoch=row.epoch,
        counts=counts,
    )


def _spoken(state: ListState) -> str:
    return state.value.replace("-", " ")
