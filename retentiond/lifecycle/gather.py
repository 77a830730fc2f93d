"""Gather: from what scans found due, read live again and judged again, make the list that people review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from retentiond.connectors.interface import CHUNK, Role
from retentiond.domain.errors import DecisionRefused, Fault
from retentiond.domain.findings import Finding, Found
from retentiond.domain.lists import DisposalList, Document, Entry, ListState, Standing
from retentiond.domain.people import Person, why_not_gather
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.domain.verdicts import Due
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.judging import Judging
from retentiond.lifecycle.manifests import freeze
from retentiond.lifecycle.tools import Tools, mind_definitions, trust_clock
from retentiond.lifecycle.wholes import Whole, fetch_wholes


@dataclass(frozen=True, slots=True)
class Left:
    """A record that a scan found due and that was not put on the list, and why."""

    ref: RecordRef
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """A new disposal list, and what was left off it."""

    listed: DisposalList
    left: tuple[Left, ...]


def gather(
    tools: Tools,
    person: Person,
    *,
    store: str | None = None,
    record_class: str | None = None,
    records: Collection[RecordRef] = (),
    limit: int | None = None,
) -> Gathered:
    """Put due records on a new disposal list.

    Args:
        tools: the installation.
        person: who gathers; they cannot approve the list.
        store: only records of this store.
        record_class: only records of this class.
        records: only these records; empty: all that are due.
        limit: at most so many.

    Raises:
        DecisionRefused: the person may not gather, a schedule is not the version people adopted, nothing is due, a
            belt forbids so many, or the classes' stages of review cannot be put in one order.
        StoreUnavailable: a store did not answer.
        StoreRefused: a store is not as its definition says, so that disposal would stop half-way.
    """
    refused = why_not_gather(person)
    if refused:
        raise DecisionRefused.about("disposal list", refused, "ask a records manager to gather it")
    with tools.ledger.transaction() as tx:
        mind_in_force(tools, tx)
    entries, documents, left = _apart(*_collect(tools, store, record_class, frozenset(records), limit))
    if not entries:
        raise DecisionRefused.about(
            "disposal list",
            f"nothing is due that is not on an open list{_left_words(left)}",
            "run 'retentiond scan', then 'retentiond due' and 'retentiond list show', to see what is due or listed",
        )
    _mind_belts(tools, entries)
    mind_definitions(tools, {one.ref.store for one in entries} | {one.ref.store for one in documents})
    stages = _stages(tools, {entry.record_class for entry in entries})
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        taken = tx.lists.on_open_lists([one.ref for one in entries])
        if taken:
            raise DecisionRefused.about("disposal list", "somebody else has just listed some of these records", "retry")
        number = tx.lists.next_number(now.year)
        listed = DisposalList(number, ListState.IN_REVIEW, person.id, now, stages, digest="")
        tx.lists.create(listed, entries, documents)
        freeze(tools, tx, listed, entries, documents, by=person)
        return Gathered(tx.lists.get(number), tuple(left))


def _left_words(left: Sequence[Left]) -> str:
    return f" ({len(left)} looked due and were left off: {left[0].reason})" if left else ""


def _collect(
    tools: Tools, store: str | None, record_class: str | None, only: frozenset[RecordRef], limit: int | None
) -> tuple[list[Entry], list[Document], list[Left]]:
    entries: list[Entry] = []
    documents: list[Document] = []
    left: list[Left] = []
    shared: set[RecordRef] = set()
    """Documents of listed records that other records refer to: they go with the last of those, on a later list."""
    judging = Judging(tools)
    with tools.stores(Role.SCAN) as opened:
        for page in _due_pages(tools, store, record_class, only):
            gone = {one.ref: why for one in page if (why := _why_not_connected(tools, one.ref))}
            wholes = fetch_wholes(tools, opened, [one.ref for one in page if one.ref not in gone])
            with tools.ledger.transaction() as tx:
                verdicts = judging.wholes(tx, wholes.values())
            for found in page:
                whole = wholes.get(found.ref)
                verdict = verdicts.get(found.ref)
                if found.ref in gone:
                    left.append(Left(found.ref, found.reference, gone[found.ref]))
                elif whole is None:
                    left.append(Left(found.ref, found.reference, "it is no longer there"))
                elif not shared.isdisjoint(whole.record.shared_documents):
                    left.append(Left(found.ref, found.reference, "it shares a document with a record on this list"))
                elif not isinstance(verdict, Due):
                    left.append(Left(found.ref, found.reference, verdict.reason if verdict else "not judged"))
                elif not verdict.action.is_disposal:
                    why = f"a person carries that out: {verdict.action.value.replace('-', ' ')}"
                    left.append(Left(found.ref, found.reference, why))
                else:
                    shared.update(whole.record.shared_documents)
                    entries.append(_entry(whole, verdict))
                    documents.extend(Document(found.ref, one.ref, one.state) for one in whole.documents)
                if limit is not None and len(entries) >= limit:
                    return entries, documents, left
    return entries, documents, left


def _why_not_connected(tools: Tools, ref: RecordRef) -> str:
    """Return why nothing can be asked about a record that a scan once found; empty: it can."""
    store = next((one for one in tools.definitions if one.name == ref.store), None)
    if store is None:
        return f"its store '{ref.store}' is no longer connected"
    if ref.kind not in {one.name for one in store.records}:
        return f"the definition of '{ref.store}' has no kind '{ref.kind}' any more"
    return ""


def _apart(
    entries: list[Entry], documents: list[Document], left: list[Left]
) -> tuple[list[Entry], list[Document], list[Left]]:
    """Leave off records that share a document: destroying it with one would tear it from the other."""
    owners = Counter(one.ref for one in documents)
    sharing = {one.parent for one in documents if owners[one.ref] > 1}
    left += [
        Left(one.ref, one.reference, "it shares a document with another record that is due")
        for one in entries
        if one.ref in sharing
    ]
    return (
        [one for one in entries if one.ref not in sharing],
        [one for one in documents if one.parent not in sharing],
        left,
    )


def _due_pages(
    tools: Tools, store: str | None, record_class: str | None, only: frozenset[RecordRef]
) -> Iterator[list[Found]]:
    """Yield findings that are due, can be disposed of by order and stand on no open list."""
    after: RecordRef | None = None
    while True:
        with tools.ledger.transaction() as tx:
            page = tx.findings.current(Finding.DUE, store=store, record_class=record_class, after=after, limit=CHUNK)
            taken = tx.lists.on_open_lists([one.ref for one in page])
        if not page:
            return
        after = page[-1].ref
        yield [
            one
            for one in page
            if one.ref not in taken and (not only or one.ref in only) and Action(one.action).is_disposal
        ]


def _entry(whole: Whole, due: Due) -> Entry:
    record = whole.record
    return Entry(
        ref=record.ref,
        reference=record.reference,
        record_class=record.record_class or "",
        action=due.action,
        state=whole.state,
        due_on=due.due_on,
        reason=due.reason,
        documents=tuple(one.ref for one in whole.documents),
        excluded_reviewers=record.excluded_reviewers,
        recipients=record.recipients,
        size=record.size,
    )


def _mind_belts(tools: Tools, entries: Iterable[Entry]) -> None:
    belts = tools.settings.belts
    per_store = Counter(entry.ref.store for entry in entries)
    faults = []
    if per_store.total() > belts.records_per_run:
        faults.append(
            Fault(
                "belt records-per-run",
                f"the list would hold {per_store.total()} records and at most {belts.records_per_run} may go at once",
                f"gather with --limit {belts.records_per_run}",
            )
        )
    with tools.ledger.transaction() as tx:
        sizes = {store: tx.findings.size_of(store) for store in per_store}
    for store, count in sorted(per_store.items()):
        allowed = int(sizes[store] * belts.percent_of_store / 100)
        if count > allowed:
            faults.append(
                Fault(
                    "belt percent-of-store",
                    f"the list would hold {count} of the {sizes[store]} records of {store}, more than "
                    f"{belts.percent_of_store:g} per cent",
                    f"gather with --limit {allowed}" if allowed else "look at the schedule before raising the belt",
                )
            )
    if faults:
        raise DecisionRefused(*faults)


def _stages(tools: Tools, codes: Iterable[str]) -> tuple[str, ...]:
    """Merge the classes' stages into one order that keeps each class's own."""
    classes = tools.classes()
    merged: list[str] = []
    for code in sorted(codes):
        wanted = tools.stages_of(classes[code][0])
        at = 0
        for stage in wanted:
            if stage not in merged:
                merged.insert(at, stage)
            elif merged.index(stage) < at:
                raise DecisionRefused.about(
                    "disposal list",
                    f"the stages of review of {code} contradict the order of another class on the list",
                    "gather one class at a time with --class",
                )
            at = merged.index(stage) + 1
    return tuple(merged)


def refreeze(tools: Tools, tx: Transaction, number: str, *, by: Person) -> DisposalList:
    """Freeze a list in review again after a record was taken off it; a list with no record left is withdrawn."""
    listed = tx.lists.get(number)
    entries = list(listed_entries(tx, number))
    if not entries:
        tx.lists.move(number, ListState.IN_REVIEW, ListState.WITHDRAWN, reason="no record is left on it")
        tx.lists.erase_titles(number)
        tx.events.append("list-withdrawn", tools.clock(), actor=by.id, list_number=number)
        return tx.lists.get(number)
    documents = tx.lists.documents(number, parents=[one.ref for one in entries], limit=10**9)
    revised = DisposalList(
        number, listed.state, listed.gathered_by, listed.gathered_at, listed.stages, "", listed.revision + 1
    )
    freeze(tools, tx, revised, entries, documents, by=by)
    return tx.lists.get(number)


def listed_entries(tx: Transaction, number: str) -> Iterator[Entry]:
    """Yield the entries that are on the list, page by page."""
    after: RecordRef | None = None
    while page := tx.lists.entries(number, {Standing.LISTED}, after=after, limit=CHUNK):
        yield from page
        after = page[-1].ref
