"""A council with its own account of what was decided and done, to hold the program's account against.

The account is kept from what tests do and from what really happens in the stores; nothing in it comes from the ledger
but which list an order belongs to and what the certificates say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from retentiond.connectors.interface import Role, StillClear
from retentiond.connectors.memory import Kept
from retentiond.domain.errors import RetentiondError
from retentiond.domain.holds import Hold
from retentiond.domain.lists import ListState
from retentiond.domain.orders import DisposalOrder, Receipt
from retentiond.domain.people import Person
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.dispose.documents import PATIENCE
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.hold import lift_hold
from retentiond.lifecycle.review import approve, withdraw
from retentiond.lifecycle.review_record import retain
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import predicate, totals
from tests.lifecycle.workplace import (
    CASES,
    DOCUMENTS,
    GRACE,
    LONG_AGO,
    PEOPLE,
    RITA,
    SAM,
    STAGES,
    Died,
    Odd,
    Workplace,
    record_class,
)

POINTS = (
    "claimed",
    "intent-written",
    "asked-again",
    "store-acted",
    "fates-learnt",
    "receipts-written",
    "document-intent-written",
    "document-store-acted",
    "sightings-written",
    "certified",
)
LAST_QUESTIONS = ("asked-again", "document-intent-written")
"""Points at which holds are read for the last time, or are about to be."""
COOLING_OFF = timedelta(hours=24)


@dataclass
class Shown:
    """One list as people were shown it."""

    gathered_by: str
    revisions: dict[str, dict[RecordRef, tuple[Kept | None, ...]]] = field(default_factory=dict)
    """Digest to what the stores held of each record on it, papers included, when it was last looked at."""
    approvals: dict[str, list[tuple[str, str, datetime]]] = field(default_factory=dict)
    """Digest to stage, person and moment of each approval that was accepted."""
    ended: bool = False


@dataclass
class Deed:
    """One record or document that really went, and the world at that moment."""

    order: DisposalOrder
    was: Kept
    at: datetime
    holds: frozenset[str]
    """Numbers of the holds that covered it and were in force when its store asked for the last time."""
    lawful: bool
    """Whether the schedule the engine had was the one people adopted last, and the record due under it."""


@dataclass
class World:
    """The council, and what is known of it without asking the ledger."""

    workplace: Workplace
    keys: list[str] = field(default_factory=list)
    lists: dict[str, Shown] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    minded: frozenset[str] = frozenset()
    """The holds in force when a store last asked whether its orders are still clear."""
    deeds: list[Deed] = field(default_factory=list)
    vanished: set[RecordRef] = field(default_factory=set)
    papers: dict[RecordRef, RecordRef] = field(default_factory=dict)
    """Each document's record."""
    filed: dict[RecordRef, Kept] = field(default_factory=dict)
    """Each record as it was first filed: what holds know it by."""
    versions: list[int] = field(default_factory=lambda: [6])
    """The period in years of each version of the schedule there ever was."""
    configured: int = 0
    """Which of them the configuration has."""
    in_force: int = 0
    """Which of them people adopted last."""

    def __post_init__(self) -> None:
        self.workplace.disposing = self._dispose

    def _dispose(self, orders: Sequence[DisposalOrder], clear: StillClear, store: Odd) -> Sequence[Receipt]:
        before = {one.ref: self.workplace.kept(one.ref) for one in orders}
        receipts = store.honest(orders, clear)
        for order in orders:
            was = before[order.ref]
            if was is not None and self.workplace.kept(order.ref) != was:
                covering = frozenset(one for one in self.minded & self.holds.keys() if self._covers(one, order.ref))
                self.deeds.append(Deed(order, was, self.workplace.now, covering, self._is_due()))
        return receipts

    def _is_due(self) -> bool:
        through = LONG_AGO.replace(year=LONG_AGO.year + self.versions[self.configured])
        return self.configured == self.in_force and through < self.workplace.now.date()

    def _covers(self, hold: str, ref: RecordRef) -> bool:
        record = self.papers.get(ref, ref)
        scope, kept = self.holds[hold].scope, self.filed[record]
        return (
            (not scope.stores or bool(scope.stores & {record.store, ref.store}))
            and (not scope.records or bool(scope.records & {str(record), kept.reference, str(ref)}))
            and (not scope.subjects or bool(scope.subjects & set(kept.subjects)))
            and (not scope.classes or kept.record_class in scope.classes)
        )

    # What people and other programs do

    def file(self) -> None:
        """File a case that closed long ago; every second one has a paper in the other store."""
        key = f"{len(self.keys):03}"
        papers = [f"paper-{key}"] if len(self.keys) % 2 else []
        ref = self.workplace.file(key, *papers, code="EH-02" if len(self.keys) % 3 == 2 else "EH-01")
        self.keys.append(key)
        self.filed[ref] = self._present(ref)
        for one in papers:
            self.papers[RecordRef(DOCUMENTS, "file", one)] = ref

    def _present(self, ref: RecordRef) -> Kept:
        kept = self.workplace.kept(ref)
        assert kept is not None
        return kept

    def ref(self, at: int) -> RecordRef:
        """Return one of the records ever filed."""
        return RecordRef(CASES, "episode", self.keys[at % len(self.keys)])

    def change(self, at: int, *, paper: bool = False) -> None:
        """Change a record, or its paper, if it is there."""
        ref = self.ref(at)
        if paper:
            ref = next((one for one, parent in self.papers.items() if parent == ref), ref)
        kept = self.workplace.kept(ref)
        if kept is not None and not kept.anonymised:
            self.workplace.alter(ref, names=(*kept.names, "a later note"))

    def vanish(self, at: int) -> None:
        """Have somebody else delete a record."""
        ref = self.ref(at)
        kept = self.workplace.kept(ref)
        if kept is not None and not kept.anonymised:
            self.workplace.stores[CASES].remove("episode", ref.key)
            self.vanished.add(ref)

    def hold(self, at: int, by: str = "record") -> None:
        """Place a hold that covers a record by one of the ways there are."""
        ref = self.ref(at)
        scope = {
            "record": {"records": [str(ref)]},
            "person": {"subjects": [f"subject-{ref.key}"]},
            "class": {"classes": ["EH-01"]},
            "papers": {"stores": [DOCUMENTS]},
        }[by]
        placed = self.workplace.hold(**scope)
        self.holds[placed.number] = placed

    def lift(self) -> None:
        """Lift the oldest hold."""
        if self.holds:
            number = min(self.holds)
            lift_hold(self.workplace.tools, RITA, number, authority="Claim settled")
            del self.holds[number]

    def version(self, years: int) -> None:
        """Write another version of the schedule; nobody has adopted it yet."""
        self.versions.append(years)
        self.configured = len(self.versions) - 1
        changed = (record_class(one.code, one.then, years=years) for one in self.workplace.tools.schedules[0].classes)
        self.workplace.changed(schedules=(self.workplace.version(f"2026.{len(self.versions)}", *changed),))

    def adopt(self, *, unreachable: bool = False) -> None:
        """Have people adopt the version that the configuration has."""
        self.workplace.adopt(*self.workplace.tools.schedules, unreachable=unreachable)
        self.in_force = self.configured

    def gather(self, limit: int | None = None) -> str | None:
        """Scan and gather; return the new list's number, or None where nothing is due."""
        try:
            scan(self.workplace.tools)
            listed = gather(self.workplace.tools, GRACE, limit=limit).listed
        except RetentiondError:
            return None
        self.lists[listed.number] = Shown(GRACE.id)
        self._show(listed.number)
        return listed.number

    def _show(self, number: str) -> str:
        listed = self.workplace.listed(number)
        entries = self.workplace.entries(number).values()
        seen = {one.ref: self._whole(one.ref) for one in entries if one.order}
        self.lists[number].revisions[listed.digest] = seen
        return listed.digest

    def _whole(self, ref: RecordRef) -> tuple[Kept | None, ...]:
        papers = sorted(one for one, parent in self.papers.items() if parent == ref)
        return tuple(self.workplace.kept(one) for one in (ref, *papers))

    def approve(self, number: str, person: Person) -> bool:
        """Have somebody approve a list as it stands; return whether that was accepted."""
        digest = self._show(number) if self.workplace.listed(number).state is ListState.IN_REVIEW else "f" * 64
        try:
            stage = approve(self.workplace.tools, number, person, digest).stage
        except RetentiondError:
            return False
        self.lists[number].approvals.setdefault(digest, []).append((stage, person.id, self.workplace.now))
        return True

    def withdraw(self, number: str) -> None:
        """Withdraw a list if that is still possible."""
        try:
            withdraw(self.workplace.tools, number, SAM, reason="Start again")
        except RetentiondError:
            return
        self.lists[number].ended = True

    def retain(self, number: str, at: int) -> None:
        """Keep one record of a list for years, if it is on it and the list in review."""
        until = self.workplace.now.date().replace(year=2040)
        try:
            retain(self.workplace.tools, number, SAM, str(self.ref(at)), until=until, reason="Claim")
        except RetentiondError:
            return

    def dispose(self, number: str, point: str = "", deed: Callable[[], object] | None = None, nth: int = 1) -> bool:
        """Carry a list through; something may happen at a point, or the process dies there. Return whether it ended."""
        left = nth

        def happen() -> None:
            nonlocal left
            left -= 1
            if left:
                return
            if deed is None:
                raise Died
            deed()

        def at(name: str, then: Callable[[], object]) -> Callable[[], None]:
            def passing() -> None:
                if name in LAST_QUESTIONS:
                    self.minded = frozenset(self.holds)
                then()

            return passing

        self.workplace.at = {name: at(name, lambda: None) for name in LAST_QUESTIONS}
        if point:
            self.workplace.at[point] = at(point, happen)
        try:
            carry_through(self.workplace.tools, number)
        except (Died, RetentiondError):
            return False
        finally:
            self.workplace.at = {}
        return True

    def ready(self, cases: int = 3) -> str:
        """File cases, gather and approve them and let the cooling-off period pass; return the list's number."""
        for _ in range(cases):
            self.file()
        number = self.gather()
        assert number
        for person in (SAM, RITA):
            assert self.approve(number, person)
        self.workplace.later(hours=25)
        return number

    # What must hold

    def broken_laws(self) -> Iterator[str]:
        """Yield every law that does not hold now."""
        yield from self._approved()
        yield from self._held()
        yield from self._under_a_version_in_force()
        yield from self._once()
        yield from self._accounted()

    def unfinished(self) -> Iterator[str]:
        """Carry every approved list through, uninterrupted; yield those that do not come to their certificate."""
        self.adopt()
        self.workplace.later(days=PATIENCE.days + 1)
        for number in self.lists:
            state = self.workplace.listed(number).state
            if state not in (ListState.APPROVED, ListState.DISPOSING, ListState.DISPOSED) or self.dispose(number):
                continue
            self.workplace.later(days=PATIENCE.days + 1)  # it met a document that is held, and has waited for it now
            if not self.dispose(number):
                yield f"{number} does not come to its certificate"

    def of_list(self, number: str) -> list[Deed]:
        """Return the deeds that carried out orders of a list."""
        with self.workplace.ledger.transaction() as tx:
            orders = {one.order for one in tx.lists.entries(number, limit=10**6)}
            orders |= {one.order for one in tx.lists.documents(number, limit=10**6)}
        return [one for one in self.deeds if one.order.id in orders]

    def _approved(self) -> Iterator[str]:
        known: list[Deed] = []
        for number, shown in self.lists.items():
            deeds = self.of_list(number)
            known += deeds
            digest = self.workplace.listed(number).digest
            given = shown.approvals.get(digest, [])
            if deeds and not _complete(given, shown.gathered_by):
                yield f"{number}: something went without every approval of {digest[:12]}"
            if deeds and shown.ended:
                yield f"{number}: something went although it was withdrawn"
            for deed in deeds:
                record = self.papers.get(deed.order.ref, deed.order.ref)
                reviewed = shown.revisions.get(digest, {}).get(record, ())
                if given and deed.at < max(at for *_, at in given) + COOLING_OFF:
                    yield f"{deed.order.ref}: it went in the cooling-off period"
                if deed.was not in reviewed:
                    yield f"{deed.order.ref}: it was not as it was reviewed, or not on the list"
        if len(known) != len(self.deeds):
            yield "something went without an order of any list"

    def _held(self) -> Iterator[str]:
        for deed in self.deeds:
            if deed.holds:
                yield f"{deed.order.ref}: it went under {', '.join(sorted(deed.holds))}"

    def _under_a_version_in_force(self) -> Iterator[str]:
        for deed in self.deeds:
            if not deed.lawful and deed.order.ref not in self.papers:
                yield f"{deed.order.ref}: it went under a version nobody adopted, or was not due under it"

    def _once(self) -> Iterator[str]:
        for ref, count in Counter(one.order.ref for one in self.deeds).items():
            if count > 1:
                yield f"{ref}: it went {count} times"

    def _accounted(self) -> Iterator[str]:
        with self.workplace.ledger.transaction() as tx:
            certificates = {one.list_number: one for one in tx.certificates.all()}
        for number in self.lists:
            state = self.workplace.listed(number).state
            deeds = self.of_list(number)
            certificate = certificates.get(number)
            if (state is ListState.CERTIFIED) != (certificate is not None):
                yield f"{number}: certified without a certificate, or the other way round"
            if deeds and certificate is None and state not in (ListState.DISPOSING, ListState.DISPOSED):
                yield f"{number}: something went and the list is {state}"
            if certificate is None:
                continue
            said, counted = predicate(certificate), totals(certificate)
            records = [one for one in deeds if one.order.ref not in self.papers]
            entries = self.workplace.entries(number)
            lost = len(self.vanished & {one.ref for one in entries.values()})
            if sum(counted.values()) != said["outcome_manifest"]["size"]:
                yield f"{number}: the totals do not add up to the manifest"
            if said["evidence_grades"]["A"] != len(records) or said["evidence_grades"]["B"] > lost:
                yield f"{number}: {said['evidence_grades']} where {len(records)} went and {lost} were lost"
            if counted["destroyed"] + counted["anonymised"] != sum(said["evidence_grades"].values()):
                yield f"{number}: destroyed and anonymised do not add up to the grades"
            if said["documents_destroyed"] != len(deeds) - len(records):
                yield f"{number}: {said['documents_destroyed']} documents where {len(deeds) - len(records)} went"
            looked = {order for role, order in self.workplace.inspected if role is Role.VERIFY}
            if not {one.order.id for one in deeds} <= looked:
                yield f"{number}: a certificate for what no independent read has looked at"


def _complete(given: list[tuple[str, str, datetime]], gathered_by: str) -> bool:
    people = {person for _, person, _ in given}
    roles = {one.id: one.roles for one in PEOPLE}
    return (
        tuple(stage for stage, *_ in given) == STAGES
        and len(people) == len(given)
        and gathered_by not in people
        and all(stage in roles[person] and "administrator" not in roles[person] for stage, person, _ in given)
    )
