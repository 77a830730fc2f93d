"""Carrying out orders in a transaction of the store: all that is done in it happens, or nothing does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from retentiond.connectors.interface import StillClear
from retentiond.connectors.sql.anonymity import REWRITTEN, rewrite
from retentiond.connectors.sql.barring import barred
from retentiond.connectors.sql.batches import TakenBack, carried_out
from retentiond.connectors.sql.contents import Contents, read_contents
from retentiond.connectors.sql.deeds import CountsDiffer, Deed
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.history import HistoryRemains
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.pseudonymising import NoPseudonym, Secrets
from retentiond.connectors.sql.reading import Reader
from retentiond.connectors.sql.receipts import receipts_of, write_receipts
from retentiond.connectors.sql.shifting import ShiftDiffers
from retentiond.connectors.sql.standing import Standing, TablesChanged
from retentiond.connectors.sql.telling import telling_rows
from retentiond.connectors.sql.troubles import NOT_UNICODE, Trouble
from retentiond.connectors.sql.values import Identity, key_text, keys
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt
from retentiond.domain.records import StateToken
from retentiond.domain.schedule import Action

_HISTORY = Trouble("the database goes on writing about the record while its history goes", of_rows=True)
_ALTERED = Trouble("its tables, or what acts on them, were altered in the middle", again=True, contended=True)
_COUNTS = Trouble("the database changed another number of rows than were read under lock", of_rows=True)
_PSEUDONYMS = Trouble("a value that was to become a pseudonym is no text, or was not it when read back", of_rows=True)
_SHIFTS = Trouble("a shifted date was not where it was moved to when it was read back", of_rows=True)
_Ready = tuple[DisposalOrder, Identity]


@dataclass(frozen=True, slots=True)
class Disposer:
    """Disposes of records of one kind."""

    store: Mapped
    mapped: MappedKind
    standing: Standing
    secrets: Secrets = field(default_factory=dict, repr=False)
    """Keys of pseudonyms, by name; none where no order needs one."""

    def dispose(self, opening: Opening, orders: Sequence[DisposalOrder], still_clear: StillClear) -> list[Receipt]:
        """Carry out the orders and return a receipt each, in order.

        Raises:
            StoreUnavailable: the store did not answer, or the connection was lost and what happened is not known.
        """
        return carried_out(orders, lambda some: self._attempted(opening, some, still_clear))

    def _attempted(self, opening: Opening, orders: Sequence[DisposalOrder], still_clear: StillClear) -> list[Receipt]:
        try:
            return self._transaction(opening, orders, still_clear)
        except TablesChanged as changed:
            # nothing is clear now, and what earlier attempts did is still told
            reason = f"its tables changed while the store was open: {changed.reason}"
            receipts = self._transaction(opening, orders, lambda _: ())
        left = (one.outcome is Outcome.HELD for one in receipts)
        pairs = zip(receipts, left, strict=True)
        return [replace(one, outcome=Outcome.CHANGED, reason=reason) if stayed else one for one, stayed in pairs]

    def _transaction(self, opening: Opening, orders: Sequence[DisposalOrder], still_clear: StillClear) -> list[Receipt]:
        with opening.writing() as connection:
            try:
                with connection.begin():
                    self._dialect.guard(connection)
                    receipts = self._batch(connection, orders, still_clear)
            except HistoryRemains:
                raise TakenBack(_HISTORY) from None
            except CountsDiffer:
                raise TakenBack(_COUNTS) from None
            except NoPseudonym:
                raise TakenBack(_PSEUDONYMS) from None
            except ShiftDiffers:
                raise TakenBack(_SHIFTS) from None
            except SQLAlchemyError as error:
                trouble = self._dialect.understood(error)
                if trouble.lost:
                    raise trouble.raised(opening.name) from None
                raise TakenBack(trouble) from None
            except UnicodeError:
                raise TakenBack(NOT_UNICODE) from None
            return [receipts[order.id] for order in orders]

    def _batch(
        self, connection: Connection, orders: Sequence[DisposalOrder], still_clear: StillClear
    ) -> dict[str, Receipt]:
        receipts = self._answered(connection, orders)
        open_orders = [order for order in orders if order.id not in receipts]
        given = keys(self.mapped.key_columns, {one.ref.key for one in open_orders}, self._dialect)
        found = read_contents(connection, self.store.catalogue, self.mapped, given, locking=True)
        by_text = {key_text(key): key for key in found}
        blocked = Reader(self.store, self.mapped).blocked(connection, given) if found else {}
        ready: dict[str, _Ready] = {}
        taken: set[Identity] = set()
        for order in open_orders:
            key = by_text.get(order.ref.key)
            if key is None:
                receipts[order.id] = self._absent(order)
                continue
            refused = self._unfit(connection, order, key, found.states[key], blocked.get(key, ()))
            if key in taken:
                refused = Receipt(order, Outcome.CHANGED, reason="another order of the batch is for the same record")
            if refused is not None:
                receipts[order.id] = refused
            else:
                taken.add(key)
                ready[order.id] = (order, key)
        receipts.update(self._barred(connection, found, ready))
        if ready:
            clear = set(still_clear([order for order, _ in ready.values()]))
            going = {order_id: one for order_id, one in ready.items() if order_id in clear}
            for order, _ in (one for order_id, one in ready.items() if order_id not in going):
                receipts[order.id] = Receipt(order, Outcome.HELD, reason="a hold was placed, or the order withdrawn")
            if len(going) < len(ready):
                # what is held stays, and what it refers to with it
                receipts.update(self._barred(connection, found, going))
            if going:
                receipts.update(self._watched(connection, found, going))
        return receipts

    @property
    def _dialect(self) -> Dialect:
        return self.store.catalogue.dialect

    @property
    def _keeps_receipts(self) -> bool:
        return self.store.definition.receipts

    def _answered(self, connection: Connection, orders: Sequence[DisposalOrder]) -> dict[str, Receipt]:
        known = receipts_of(connection, [order.id for order in orders]) if self._keeps_receipts else {}
        return {
            order.id: Receipt(order, known[order.id], Grade.A, {"receipt in store": 1})
            for order in orders
            if order.id in known
        }

    def _absent(self, order: DisposalOrder) -> Receipt:
        if order.attempt > 1 and not self._keeps_receipts and order.action is Action.DESTROY:
            reason = "an earlier attempt was not answered, and the record is gone"
            return Receipt(order, Outcome.DESTROYED, Grade.B, reason=reason)
        return Receipt(order, Outcome.ALREADY_ABSENT, reason="there is no such record in the store")

    def _unfit(
        self,
        connection: Connection,
        order: DisposalOrder,
        key: Identity,
        state: StateToken,
        blockers: Collection[str],
    ) -> Receipt | None:
        if order.action not in (Action.DESTROY, self.mapped.kind.rewriting):
            return Receipt(order, Outcome.FAILED, reason=f"this kind of record has no plan for '{order.action}'")
        if state != order.reviewed_state:
            ours = order.attempt > 1 and not self._keeps_receipts and order.action.rewrites
            if ours and not any(telling_rows(connection, self.store, self.mapped, [key]).values()):
                reason = "an earlier attempt was not answered, and the record is in the form of its plan"
                return Receipt(order, REWRITTEN[order.action], Grade.B, reason=reason)
            return Receipt(order, Outcome.CHANGED, reason="it is not as it was when it was reviewed")
        if blockers:
            return Receipt(order, Outcome.CHANGED, reason=f"blocked: {', '.join(blockers)}")
        return None

    def _barred(self, connection: Connection, found: Contents, ready: dict[str, _Ready]) -> dict[str, Receipt]:
        """Take out the orders that cannot be carried out without tearing what stays; return their receipts."""
        receipts: dict[str, Receipt] = {}
        deleted = {name for name, plan in self.mapped.kind.anonymise.items() if plan.delete_rows}
        for rewrites, losing in ((False, None), (True, deleted)):
            ours = [one for one in ready.values() if (one[0].action is not Action.DESTROY) is rewrites]
            kept = barred(connection, self.store, self.mapped, found.only({key for _, key in ours}), losing=losing)
            for order, key in ours if kept else ():
                if key in kept:
                    receipts[order.id] = Receipt(order, Outcome.CHANGED, reason=f"blocked: {kept[key]}")
                    del ready[order.id]
        return receipts

    def _watched(self, connection: Connection, found: Contents, going: dict[str, _Ready]) -> dict[str, Receipt]:
        before = self.standing.assure(connection, self.mapped.kind.name)
        receipts = self._carried_out(connection, found, going)
        # What waits for the commit acts before it is asked whether it still does what it did.
        self._dialect.act_now(connection)
        if self.standing.assure(connection, self.mapped.kind.name) != before:
            raise TakenBack(_ALTERED)
        return receipts

    def _carried_out(self, connection: Connection, found: Contents, going: dict[str, _Ready]) -> dict[str, Receipt]:
        receipts: dict[str, Receipt] = {}
        to_destroy = [one for one in going.values() if one[0].action is Action.DESTROY]
        if to_destroy:
            if self._keeps_receipts:
                write_receipts(connection, (order for order, _ in to_destroy), Outcome.DESTROYED)
            deed = Deed(connection, self.store, self.mapped, found.only({key for _, key in to_destroy}))
            deed.destroy()
            for (order, _), counts in zip(to_destroy, deed.counted([key for _, key in to_destroy]), strict=True):
                receipts[order.id] = Receipt(order, Outcome.DESTROYED, Grade.A, counts)
        to_rewrite = [one for one in going.values() if one[0].action is not Action.DESTROY]
        done = rewrite(connection, self.store, self.mapped, to_rewrite, found, secrets=self.secrets)
        return receipts | {one.order.id: one for one in done}
