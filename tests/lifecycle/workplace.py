"""A small council in memory: two stores, a schedule, people and a clock that a test turns; the ledger is a real one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from retentiond.connectors.interface import Connector, Cursor, Role, ScanPage, ScanRequest, StillClear
from retentiond.connectors.memory import Kept, MemoryConnector, MemoryStore
from retentiond.domain.clauses import For
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.holds import Hold, HoldScope
from retentiond.domain.lists import DisposalList, Document, Entry, Standing
from retentiond.domain.orders import DisposalOrder, Receipt, Sighting
from retentiond.domain.people import Person
from retentiond.domain.periods import Period
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action, RecordClass, Schedule
from retentiond.domain.settings import Belts, Settings
from retentiond.evidence.checkpoint import LogKey
from retentiond.evidence.keys import Signer
from retentiond.ledger import Ledger
from retentiond.lifecycle.adopt import Adopted, adopt
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.hold import place_hold
from retentiond.lifecycle.review import approve
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.tools import Tools

MORNING = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LONG_AGO = date(2010, 5, 4)
CASES, DOCUMENTS = "cases", "papers"
GRACE = Person("grace", "Grace Adeyemi", frozenset({"records-manager"}))
SAM = Person("sam", "Sam Whitlock", frozenset({"service-manager"}))
RITA = Person("rita", "Rita Okafor", frozenset({"records-manager"}))
BOTH = Person("basil", "Basil Thorne", frozenset({"records-manager", "service-manager"}))
ADAM = Person("adam", "Adam Lister", frozenset({"administrator", "service-manager", "records-manager"}))
AUDREY = Person("audrey", "Audrey Penn", frozenset({"auditor"}))
PEOPLE = (GRACE, SAM, RITA, BOTH, ADAM, AUDREY)
STAGES = ("service-manager", "records-manager")


@cache
def keys() -> tuple[Signer, LogKey, bytes]:
    """Return the installation's keys, made once for a process."""
    return (
        Signer(ec.generate_private_key(ec.SECP256R1())),
        LogKey(Ed25519PrivateKey.generate(), "ashcombe.example/retention-log"),
        bytes(range(32)),
    )


def record_class(code: str, then: Action, *, years: int = 6, review: tuple[str, ...] = STAGES) -> RecordClass:
    """Return a class whose records are due some years after their case was closed."""
    return RecordClass(
        code=code,
        title=f"Case file {code}",
        mandate=("Children Act 1989 s.17",),
        retain=For(Period.of_years(years), "case-closed"),
        then=then,
        review=review,
    )


def schedule_of(
    source: Path, *classes: RecordClass, version: str = "2026.1", name: str = "Early Help", **more: Any
) -> Schedule:
    """Return a schedule that stands in a file."""
    text = f"{name} {version}\n{classes!r} {more!r}\n".encode()
    source.write_bytes(text)
    made = Schedule(
        name=name,
        version=version,
        jurisdiction="England",
        time_zone="Europe/London",
        adopted=date(2026, 4, 1),
        review_by=date(2027, 3, 31),
        owner="Information Governance",
        classes=classes,
        digest=sha256(text).hexdigest(),
        source=str(source),
    )
    return replace(made, **more)


def definition(name: str, **kinds: tuple[str, ...]) -> Definition:
    """Return the definition of a store in memory: its kinds of record, each with the classes in it."""
    records = tuple(
        KindOfRecord(kind, tuple(ClassCondition(code) for code in codes), ()) for kind, codes in kinds.items()
    )
    return Definition(name, "memory", "GB", records, digest=sha256(f"{name} {kinds}".encode()).hexdigest())


Dispose = Callable[[Sequence[DisposalOrder], StillClear, "Odd"], Sequence[Receipt]]
Inspect = Callable[[Sequence[DisposalOrder], "Odd"], Sequence[Sighting]]


class Odd(MemoryConnector):
    """A store that a test makes answer otherwise than it should; what was ordered of it is written down."""

    workplace: Workplace

    def scan(self, request: ScanRequest, *, after: Cursor | None = None) -> Iterator[ScanPage]:
        """Scan as a sound store does, and write down what was asked."""
        self.workplace.asked.append(request)
        return super().scan(request, after=after)

    def honest(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Dispose as a sound store does, and write down what was really destroyed."""
        before = {kind: dict(kept) for kind, kept in self.store.kinds.items()}
        receipts = super().dispose(orders, still_clear)
        for order in orders:
            if before[order.ref.kind].get(order.ref.key) != self.store.kinds[order.ref.kind].get(order.ref.key):
                self.workplace.deeds.append(order)
        return receipts

    def dispose(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> Sequence[Receipt]:
        """Dispose as the test wants it."""
        return (
            self.workplace.disposing(orders, still_clear, self)
            if self.workplace.disposing
            else self.honest(orders, still_clear)
        )

    def inspect(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Inspect as the test wants it."""
        self.workplace.inspected.extend((self.role, one.id) for one in orders)
        return self.workplace.inspecting(orders, self) if self.workplace.inspecting else self.looked(orders)

    def looked(self, orders: Sequence[DisposalOrder]) -> Sequence[Sighting]:
        """Inspect as a sound store does."""
        return super().inspect(orders)


@dataclass
class Workplace:
    """The council: its tools, its stores, its time."""

    folder: Path
    ledger: Ledger
    adopted: bool = False
    """Whether the ledger has the adoption of the first schedule already."""
    now: datetime = MORNING
    stores: Mapping[str, MemoryStore] = field(default_factory=lambda: {CASES: MemoryStore(), DOCUMENTS: MemoryStore()})
    deeds: list[DisposalOrder] = field(default_factory=list)
    """What was really taken out of a store, or anonymised in it, by order."""
    inspected: list[tuple[Role, str]] = field(default_factory=list)
    """Which orders' records were looked at independently, and in which role."""
    asked: list[ScanRequest] = field(default_factory=list)
    """What the stores were asked for in scans."""
    passed: list[str] = field(default_factory=list)
    at: dict[str, Callable[[], object]] = field(default_factory=dict)
    """What happens when the path passes a point."""
    disposing: Dispose | None = None
    inspecting: Inspect | None = None
    opening: Callable[[str, Role], None] = lambda _name, _role: None
    tools: Tools = field(init=False)

    def __post_init__(self) -> None:
        signer, log_key, opening_key = keys()
        self.tools = Tools(
            settings=Settings(
                organisation="Ashcombe Borough Council",
                unit="Information Governance",
                ledger="",
                signing_key="",
                log_key="",
                opening_key="",
                log_origin=log_key.origin,
                schedules=(),
                connectors=(),
                people=PEOPLE,
                belts=Belts(percent_of_store=100, kill_switch=self.folder / "stop"),
            ),
            schedules=(
                schedule_of(
                    self.folder / "schedule.yaml",
                    record_class("EH-01", Action.DESTROY),
                    record_class("EH-02", Action.ANONYMISE),
                ),
            ),
            definitions=(
                definition(CASES, episode=("EH-01", "EH-02"), contact=("EH-01",)),
                definition(DOCUMENTS, file=()),
            ),
            ledger=self.ledger,
            open_store=self._open,
            signer=signer,
            log_key=log_key,
            opening_key=opening_key,
            clock=lambda: self.now,
            passing=self._pass,
        )
        for store, kinds in ((CASES, ("episode", "contact")), (DOCUMENTS, ("file",))):
            for kind in kinds:
                self.stores[store].kinds.setdefault(kind, {})
        if not self.adopted:
            adopt(self.tools, GRACE)

    def _open(self, one: Definition, role: Role) -> Connector:
        self.opening(one.name, role)
        connector = Odd(one, role=role, store=self.stores[one.name])
        connector.workplace = self
        return connector

    def _pass(self, point: str) -> None:
        self.passed.append(point)
        if point in self.at:
            self.at[point]()

    def changed(self, **fields: Any) -> None:
        """Give the installation other tools from now on."""
        self.tools = replace(self.tools, **fields)

    def version(self, version: str, *changed: RecordClass, without: Collection[str] = (), **more: Any) -> Schedule:
        """Return the next version of the first schedule: some classes changed or new, some gone, the others as is."""
        now = {one.code: one for one in self.tools.schedules[0].classes}
        classes = now | {one.code: one for one in changed}
        kept = (one for code, one in classes.items() if code not in without)
        return schedule_of(self.folder / f"schedule-{version}.yaml", *kept, version=version, **more)

    def adopt(self, *schedules: Schedule, unreachable: bool = False) -> Adopted:
        """Configure schedules and have them adopted; with no store in reach the lists stay as they are."""
        self.changed(schedules=schedules)
        before, refuse = self.opening, _out_of_reach
        self.opening = refuse if unreachable else before
        try:
            return adopt(self.tools, GRACE, together_with=[SAM])
        finally:
            self.opening = before

    def set(self, **fields: Any) -> None:
        """Give the installation other settings from now on."""
        self.changed(settings=replace(self.tools.settings, **fields))

    def belts(self, **fields: Any) -> None:
        """Give the installation other belts from now on."""
        self.set(belts=replace(self.tools.settings.belts, **fields))

    def file(
        self, key: str, *papers: str, code: str = "EH-01", kind: str = "episode", closed: date = LONG_AGO, **more: Any
    ) -> RecordRef:
        """Put a closed case into the case store, and its papers into the other one."""
        kept = Kept(
            reference=f"FAM-{key}",
            record_class=code,
            dates={"case-closed": closed},
            names=(f"Name of {key}",),
            subjects=(f"subject-{key}",),
            documents=tuple(RecordRef(DOCUMENTS, "file", one) for one in papers),
        )
        self.stores[CASES].put(kind, key, replace(kept, **more))
        for one in papers:
            self.stores[DOCUMENTS].put("file", one, Kept(one, None, {}, names=(f"text of {one}",)))
        return RecordRef(CASES, kind, key)

    def alter(self, ref: RecordRef, **fields: Any) -> None:
        """Change a record, as its own application would."""
        self.stores[ref.store].alter(ref.kind, ref.key, **fields)

    def kept(self, ref: RecordRef) -> Kept | None:
        """Return what a store keeps of a record."""
        return self.stores[ref.store].kinds[ref.kind].get(ref.key)

    def paper(self, key: str) -> Kept | None:
        """Return a document."""
        return self.stores[DOCUMENTS].kinds["file"].get(key)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def gathered(self, *refs: RecordRef) -> DisposalList:
        """Scan and gather the records, or all that are due."""
        scan(self.tools)
        return gather(self.tools, GRACE, records=refs).listed

    def approve(self, listed: DisposalList) -> DisposalList:
        """Have every stage that is still missing approve the list as it stands."""
        for person in {"service-manager": SAM, "records-manager": RITA}[listed.next_stage or ""], RITA:
            if listed.next_stage in person.roles:
                listed = approve(self.tools, listed.number, person, listed.digest).listed
        return listed

    def approved(self, *refs: RecordRef) -> str:
        """Gather, approve and let the cooling-off period pass; return the list's number."""
        number = self.approve(self.gathered(*refs)).number
        self.later(hours=25)
        return number

    def hold(self, **scope: Any) -> Hold:
        """Place a hold."""
        return place_hold(
            self.tools,
            RITA,
            title="Claim",
            authority="Letter before action",
            scope=HoldScope(**{name: frozenset(values) for name, values in scope.items()}),
            review_on=self.now.date() + timedelta(days=365),
        ).hold

    def listed(self, number: str) -> DisposalList:
        """Return a list as the ledger has it."""
        with self.ledger.transaction() as tx:
            return tx.lists.get(number)

    def entries(self, number: str) -> dict[str, Entry]:
        """Return the entries of a list by the keys of their records."""
        with self.ledger.transaction() as tx:
            return {one.ref.key: one for one in tx.lists.entries(number, limit=10**6)}

    def documents(self, number: str) -> dict[str, Document]:
        """Return the documents of a list by their keys."""
        with self.ledger.transaction() as tx:
            return {one.ref.key: one for one in tx.lists.documents(number, limit=10**6)}

    def standing(self, number: str, ref: RecordRef) -> Standing:
        """Return where an entry of a list stands."""
        with self.ledger.transaction() as tx:
            return tx.lists.entry(number, ref).standing

    def kinds_of_events(self) -> list[str]:
        """Return the kinds of all events, oldest first."""
        with self.ledger.transaction() as tx:
            return [one.kind for one in tx.events.after(0, limit=10**6)]

    @property
    def file_of_ledger(self) -> Path:
        """Path of the ledger's file."""
        return self.folder / "ledger.db"

    def forge(self, statement: str, *values: object) -> int:
        """Change the ledger behind its back, as somebody with the file in hand can; return how many rows it hit."""
        with closing(sqlite3.connect(self.file_of_ledger)) as connection, connection:
            return connection.execute(statement, values).rowcount

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the ledger behind its back."""
        with closing(sqlite3.connect(self.file_of_ledger)) as connection:
            return connection.execute(query, values).fetchall()


def _out_of_reach(name: str, _role: Role) -> None:
    raise StoreUnavailable.about(name, "it does not answer")


class Died(BaseException):
    """The process ended here."""
