"""Re-assess: judge what stands on a list again, live, and take off what no longer belongs there.

Nothing that was computed is kept as truth: a due date on a list is what it was when it was last looked at. Approval
looks again, and so does the adoption of another schedule version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from retentiond.connectors.interface import CHUNK, Role
from retentiond.domain.errors import LedgerRefused, RetentiondError
from retentiond.domain.lists import DisposalList, Entry, ListState, Standing
from retentiond.domain.people import Person
from retentiond.domain.records import RecordRef
from retentiond.domain.verdicts import Blocked, Due, OnHold, Permanent, Untriggered, Verdict
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.gather import listed_entries, refreeze
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.judging import Judging
from retentiond.lifecycle.tools import Tools, trust_clock
from retentiond.lifecycle.wholes import Whole, batches, fetch_wholes, is_as_shown

OPEN_TO_CHANGE = frozenset({ListState.IN_REVIEW, ListState.APPROVED})
"""The states in which records can still come off: before anything is done."""


@dataclass(slots=True)
class Stale:
    """What no longer stands as a list shows it."""

    gone: dict[str, list[RecordRef]] = field(default_factory=dict)
    """Why records do not belong on it any more, in words without record values, to the records."""
    dated: list[Entry] = field(default_factory=list)
    """Entries that are still due and since another day, as they have to be shown."""
    reworded: list[Entry] = field(default_factory=list)
    """Entries due since the same day by another sum: reviewers see the sum, the manifest does not hold it."""

    def __bool__(self) -> bool:
        """Whether the list's manifest has to be made anew."""
        return bool(self.gone or self.dated)

    def note(self, entry: Entry, verdict: Verdict | None, why_off: str) -> None:
        """Note what an entry's verdict of now makes of it, and why it does not belong on its list if it does not."""
        if why_off:
            self.gone.setdefault(why_off, []).append(entry.ref)
        elif isinstance(verdict, Due) and verdict.due_on != entry.due_on:
            self.dated.append(replace(entry, due_on=verdict.due_on, reason=verdict.reason))
        elif isinstance(verdict, Due) and verdict.reason != entry.reason:
            self.reworded.append(replace(entry, reason=verdict.reason))

    @property
    def taken_off(self) -> int:
        """How many records do not belong on it any more."""
        return sum(len(refs) for refs in self.gone.values())


@dataclass(frozen=True, slots=True)
class Reassessed:
    """What became of one list when it was judged again."""

    listed: DisposalList
    taken_off: Mapping[str, int] = field(default_factory=dict)
    """Why to how many records."""
    dated: int = 0
    """How many records are due since another day."""
    failure: str = ""
    """Why it could not be judged again; it then stands as it was until it is approved or disposed of."""


def stale(tools: Tools, listed: DisposalList) -> Stale:
    """Read every record of a list live, judge it, and return what no longer stands as the list shows it.

    Raises:
        StoreUnavailable: a store did not answer; nothing can be said then.
        DecisionRefused: a schedule is not the version people adopted.
    """
    found, judging = Stale(), Judging(tools)
    with tools.ledger.transaction() as tx:
        mind_in_force(tools, tx)
        entries = list(listed_entries(tx, listed.number))
    with tools.stores(Role.SCAN) as opened:
        for batch in batches(entries, CHUNK):
            wholes = fetch_wholes(tools, opened, [one.ref for one in batch])
            with tools.ledger.transaction() as tx:
                verdicts = judging.wholes(tx, wholes.values())
            for entry in batch:
                verdict = verdicts.get(entry.ref)
                found.note(entry, verdict, _why_off(tools, listed, entry, wholes.get(entry.ref), verdict))
    return found


def bring_up_to_date(tools: Tools, tx: Transaction, number: str, found: Stale, *, by: Person) -> DisposalList:
    """Take records off a list, show the others as they are now, and freeze it anew; approvals given before are void.

    An approved list is in review again. One with no record left is withdrawn.
    """
    for note, refs in found.gone.items():
        tx.lists.mark(number, Standing.LEFT, refs, expected={Standing.LISTED}, note=note)
    tx.lists.redate(number, found.dated + found.reworded)
    if not found:
        return tx.lists.get(number)
    if tx.lists.get(number).state is ListState.APPROVED:
        tx.lists.move(number, ListState.APPROVED, ListState.IN_REVIEW)
    body = {"taken_off": found.taken_off, "dated": len(found.dated)}
    tx.events.append("list-reassessed", tools.clock(), actor=by.id, list_number=number, body=body)
    return refreeze(tools, tx, number, by=by)


def reassess_lists(tools: Tools, *, by: Person) -> tuple[Reassessed, ...]:
    """Judge every list again that nothing has been done of yet; return those that changed, or could not be judged.

    A list that another process moved on meanwhile is left to the gate, which judges each record again in any case.
    """
    with tools.ledger.transaction() as tx:
        lists = tx.lists.all(OPEN_TO_CHANGE)
    return tuple(one for one in (_reassess(tools, listed, by) for listed in lists) if one is not None)


def _reassess(tools: Tools, listed: DisposalList, by: Person) -> Reassessed | None:
    try:
        found = stale(tools, listed)
        with tools.ledger.transaction() as tx:
            trust_clock(tools, tx)
            now = tx.lists.get(listed.number)
            if (now.state, now.digest) != (listed.state, listed.digest):
                return Reassessed(now, failure="it was changed while it was judged")
            after = bring_up_to_date(tools, tx, listed.number, found, by=by)
    except LedgerRefused:
        raise
    except RetentiondError as refusal:
        return Reassessed(listed, failure=str(refusal.faults[0]))
    return Reassessed(after, {why: len(refs) for why, refs in found.gone.items()}, len(found.dated)) if found else None


def _why_off(tools: Tools, listed: DisposalList, entry: Entry, whole: Whole | None, verdict: Verdict | None) -> str:
    """Return why a record does not belong on a list any more, in words without record values; empty: it does."""
    if whole is None or verdict is None:
        return "it is no longer there"
    if changed := _changed(entry, whole):
        return changed
    known = tools.classes().get(entry.record_class)
    if known is None:
        return "no schedule in force has its class any more"
    record_class, schedule = known
    under = f" under version {schedule.version} of '{schedule.name}'"
    match verdict:
        case OnHold():
            return "a hold covers it"
        case Blocked():
            return "its store gives a reason why not now"
        case Permanent():
            return f"it is kept permanently{under}"
        case Untriggered():
            missing = "a date or a status its class needs is missing"
            return f"it cannot be judged{under}: {'; '.join(whole.record.problems) or missing}"
        case Due(action=action) if action is not entry.action:
            return f"it is no longer to be {_DONE[entry.action.value]}{under}"
        case Due():
            wanted = tools.stages_of(record_class)
            return "" if _in_order(wanted, listed.stages) else _other_review(wanted, under)
        case _:
            return f"it is no longer due{under}"


def _changed(entry: Entry, whole: Whole) -> str:
    if whole.state != entry.state or whole.record.record_class != entry.record_class:
        return "it changed since it was gathered"
    if not is_as_shown(entry, whole.record):
        return "its name, its conflicts of interest or its recipients are not as the list shows them"
    return ""


_DONE = {"destroy": "destroyed", "anonymise": "anonymised", "pseudonymise": "pseudonymised"}


def _in_order(wanted: Iterable[str], stages: Sequence[str]) -> bool:
    """Return whether a list's stages hold those wanted, in their order; more than those do no harm."""
    rest = iter(stages)
    return all(one in rest for one in wanted)


def _other_review(wanted: Sequence[str], under: str) -> str:
    spoken = ", then ".join(one.replace("-", " ") for one in wanted)
    return f"it needs another review{under}: {spoken}"
