"""What an author supplies about a store, and the few things every law does with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from retentiond.connectors.interface import Connector, Role, ScanRequest, Wanted
from retentiond.domain.orders import DisposalOrder, Receipt, Sighting
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action

AWKWARD_KEYS = (
    "plain",
    "plain-and-longer",
    "with space",
    "sub/folder/key",
    'o\'brien "quoted"',
    "smörgåsbord-日本",
    "100%2Fpercent",
    ".leading-dot",
    "plus+and&and=and#and?",
)
"""Keys that break careless quoting, and one that is the beginning of another."""

CLOSED = date(2001, 2, 3)
"""The trigger date records are seeded with."""


@dataclass(frozen=True, slots=True)
class StoreUnderTest:
    """A store that holds nothing yet, and ways to do to it what its owner would do, past the connector."""

    open: Callable[[Role], Connector]
    """Opens a new connector on it."""
    kind: str
    """The kind of record ``seed`` makes; its definition gives every record ``record_class`` and maps ``trigger``."""
    record_class: str
    trigger: str
    seed: Callable[[str, date | None, str], RecordRef]
    """Puts one record: key, trigger date or None for none, what people call it."""
    touch: Callable[[RecordRef], None]
    """Changes a record, its trigger date apart."""
    remove: Callable[[RecordRef], None]
    """Takes a record away without a trace, as somebody else would."""
    traces: Callable[[RecordRef], int]
    """Counts what is left of a record and could still name someone: rows, versions, files."""
    hold: Callable[[RecordRef], None] | None = None
    """Places a hold of the store's own; needed where the connector claims ``native_holds``."""
    unreachable: Callable[[Role], Connector] | None = None
    """Opens a connector on a store that is not there or does not answer; needed wherever a store can be that."""
    seed_unclassified: Callable[[str], RecordRef] | None = None
    """Puts a record, without a trigger date, for which no line of ``classify`` holds; None where the definition under
    test leaves no record without a class."""
    awkward_keys: Sequence[str] = field(default=AWKWARD_KEYS)
    """Fewer only where the store itself cannot hold such a key."""

    def request(
        self, *, latest: date = date.max, wanted: Wanted = Wanted.DUE, record_class: str | None = None
    ) -> ScanRequest:
        """Return a request for the records whose trigger lies on or before a date."""
        window = ({self.trigger: latest},)
        return ScanRequest(self.kind, {record_class or self.record_class: window}, wanted)

    def scanned(self, request: ScanRequest | None = None) -> list[Record]:
        """Return every record one whole scan yields."""
        with self.open(Role.SCAN) as connector:
            return [record for page in connector.scan(request or self.request()) for record in page.records]

    def fetched(self, *refs: RecordRef) -> dict[RecordRef, Record]:
        """Return records as they are now."""
        with self.open(Role.SCAN) as connector:
            return dict(connector.fetch(refs))

    def order(self, ref: RecordRef, *, action: Action = Action.DESTROY, attempt: int = 1) -> DisposalOrder:
        """Return an order on a record as it is now."""
        return DisposalOrder(uuid4().hex, ref, action, self.fetched(ref)[ref].state, attempt)

    def disposed(self, *orders: DisposalOrder, still_clear: Clearing | None = None) -> list[Receipt]:
        """Return the receipts for orders carried out by a new connector."""
        with self.open(Role.DISPOSE) as connector:
            return list(connector.dispose(orders, still_clear or all_clear))

    def sighted(self, *orders: DisposalOrder) -> list[Sighting]:
        """Return what an independent connector sees."""
        with self.open(Role.VERIFY) as connector:
            return list(connector.inspect(orders))

    def absent(self, key: str = "never-there") -> RecordRef:
        """Return the name of a record that does not exist."""
        ref = self.seed(key, CLOSED, key)
        self.remove(ref)
        return ref

    def order_on_absent(self, *, attempt: int) -> DisposalOrder:
        """Return an order on a record somebody else has taken away since."""
        ref = self.seed("gone-since", CLOSED, "gone-since")
        order = self.order(ref, attempt=attempt)
        self.remove(ref)
        return order


Clearing = Callable[[Sequence[DisposalOrder]], Collection[str]]


def all_clear(orders: Iterable[DisposalOrder]) -> frozenset[str]:
    """Allow every order."""
    return frozenset(order.id for order in orders)
