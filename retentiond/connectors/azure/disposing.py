"""Destroying blobs that are exactly what was reviewed: under the condition of their ETag, and version by version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from azure.core.exceptions import HttpResponseError

from retentiond.connectors.azure.client import asking, code_of, is_refusal
from retentiond.connectors.azure.container import CANARIES, Container, Item
from retentiond.connectors.azure.reading import holds_of, state_of
from retentiond.connectors.document_kinds import DocumentKind
from retentiond.connectors.interface import StillClear
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt
from retentiond.domain.schedule import Action

T = TypeVar("T")
Answer = TypeVar("Answer")

_AT_ONCE = 50
"""How many orders one last question is good for; few, so that a hold placed meanwhile still wins."""

_LEASED = "it is open elsewhere: somebody has a lease on it"
_HELD = {"BlobImmutableDueToPolicy", "BlobImmutableDueToLegalHold", "BlobImmutableDueToImmutabilityPolicy"}
_IMMUTABLE = "the store refused: immutability policy or legal hold"


class Disposing:
    """Carries out the orders of one batch.

    Args:
        container: through the client that can delete and sends each request once.
        kind_of: gives an order's kind.
        pool: runs requests about single keys side by side.
        permanently: the account keeps what is deleted, and lets it be deleted once more for good.
    """

    def __init__(
        self,
        container: Container,
        kind_of: Callable[[DisposalOrder], DocumentKind],
        pool: Executor,
        *,
        permanently: bool,
    ) -> None:
        self._container, self._kind_of, self._pool = container, kind_of, pool
        self._permanently = permanently

    def carry_out(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> list[Receipt]:
        """Destroy each order's blob with all its versions and snapshots; one receipt each, in order.

        Raises:
            StoreUnavailable: a reply was lost; what became of the batch is to be found out by looking.
        """
        held = self._container.holds()
        standing = list(zip(orders, self._all(lambda order: self._judge(order, held), orders), strict=True))
        receipts = {order.id: found for order, found in standing if isinstance(found, Receipt)}
        going = [(order, found) for order, found in standing if isinstance(found, tuple)]
        for start in range(0, len(going), _AT_ONCE):
            batch = going[start : start + _AT_ONCE]
            cleared = frozenset(still_clear([order for order, _ in batch]))
            for order, _ in batch:
                if order.id not in cleared:
                    reason = "a hold was placed at the last moment"
                    receipts[order.id] = Receipt(order, Outcome.HELD, reason=reason)
            for receipt in self._all(self._destroy, [one for one in batch if one[0].id in cleared]):
                receipts[receipt.order.id] = receipt
        return [receipts[order.id] for order in orders]

    def _judge(self, order: DisposalOrder, held: tuple[str, ...]) -> Receipt | tuple[Item, ...]:
        """Return an order's receipt where it is not to be carried out, else what there is to destroy."""
        key = order.ref.key
        if order.action is not Action.DESTROY:
            return Receipt(order, Outcome.FAILED, reason=f"this store cannot {order.action}")
        if not key.startswith(self._kind_of(order).prefix) or key.startswith(CANARIES):
            return Receipt(order, Outcome.FAILED, reason="its key is not of this kind")
        items = self._container.items_of(key)
        if not items:
            return self._absent(order)
        if state_of(items) != order.reviewed_state:
            return Receipt(order, Outcome.CHANGED, reason="it is not as it was reviewed")
        if holds := (*held, *holds_of(items)):
            return Receipt(order, Outcome.HELD, reason=", ".join(holds))
        if any(one.is_leased for one in items):
            return Receipt(order, Outcome.FAILED, reason=_LEASED)
        if any(one.is_replicated for one in items):
            return Receipt(order, Outcome.FAILED, reason="the account copies it elsewhere, where it would stay")
        if not self._permanently and any(one.is_deleted or one.is_shadow for one in items):
            return Receipt(order, Outcome.FAILED, reason="a part of it is soft-deleted, and kept for its own time")
        return items

    def _absent(self, order: DisposalOrder) -> Receipt:
        """Account for a key of which nothing is listed, once the store has said so twice in different ways."""
        if self._container.is_there(order.ref.key):
            return Receipt(order, Outcome.FAILED, reason="the store's listing and its HEAD contradict each other")
        if order.attempt > 1:
            return Receipt(order, Outcome.DESTROYED, Grade.B, reason="an earlier attempt's reply was lost")
        return Receipt(order, Outcome.ALREADY_ABSENT)

    def _destroy(self, named: tuple[DisposalOrder, tuple[Item, ...]]) -> Receipt:
        """Delete the blob itself first, under its condition: it alone can have changed, and nothing is gone yet."""
        order, items = named
        key = order.ref.key
        current = next((one for one in items if one.is_current), None)
        with asking(self._container.place):
            if current is not None:
                try:
                    self._container.delete_current(key, current.etag)
                except HttpResponseError as error:
                    return self._refused(order, error)
            try:
                rest = self._delete_rest(key, items)
            except HttpResponseError as error:
                if not is_refusal(error):
                    raise
                reason = _IMMUTABLE if code_of(error) in _HELD else f"the store refused: {code_of(error)}"
                return Receipt(order, Outcome.FAILED, reason=f"only a part of it is destroyed: {reason}")
        if rest:
            return Receipt(order, Outcome.FAILED, reason=f"{rest} of its versions or snapshots are still there")
        return Receipt(order, Outcome.DESTROYED, Grade.A, counts_of(items))

    def _delete_rest(self, key: str, reviewed: Sequence[Item]) -> int:
        """Delete what is left of the reviewed versions and snapshots; return how much is still there after that."""
        if not self._permanently and len(reviewed) == 1 and not reviewed[0].version:
            return 0  # the one deed took all there was
        known = {(one.version, one.snapshot) for one in reviewed}
        for permanently in (False, True) if self._permanently else (False,):
            for item in self._container.items_of(key):
                is_next = item.is_deleted is permanently and not item.is_current and not item.is_shadow
                if is_next and (item.version or item.snapshot) and (item.version, item.snapshot) in known:
                    self._delete(key, item, permanently=permanently)
        return len(self._container.items_of(key))

    def _delete(self, key: str, item: Item, *, permanently: bool) -> None:
        try:
            self._container.delete_item(key, item, permanently=permanently)
        except HttpResponseError as error:
            if error.status_code != 404:  # gone meanwhile: the listing afterwards tells
                raise

    def _refused(self, order: DisposalOrder, error: HttpResponseError) -> Receipt:
        """Account for a blob the store did not delete; nothing of it is gone."""
        if not is_refusal(error):
            raise error
        match error.status_code, code_of(error):
            case 404, "BlobNotFound":
                return self._absent(order)
            case _, "ConditionNotMet" if self._container.is_there(order.ref.key):
                return Receipt(order, Outcome.CHANGED, reason="it changed at the last moment")
            case _, "ConditionNotMet":  # servers answer alike for changed and for absent
                return self._absent(order)
            case _, code if code in _HELD:
                return Receipt(order, Outcome.HELD, reason=_IMMUTABLE)
            case _, "LeaseIdMissing":
                return Receipt(order, Outcome.FAILED, reason=_LEASED)
            case 403, _:
                return Receipt(order, Outcome.FAILED, reason="the store refused: access denied")
            case _, code:
                return Receipt(order, Outcome.FAILED, reason=f"the store refused: {code}")

    def _all(self, question: Callable[[T], Answer], about: Sequence[T]) -> list[Answer]:
        """Ask about each, side by side, and return only when no request is in flight any more."""
        futures = [self._pool.submit(question, one) for one in about]
        failures = [failure for future in futures if (failure := future.exception()) is not None]
        for failure in failures:
            if not isinstance(failure, StoreUnavailable):
                raise failure
        if failures:
            raise failures[0]
        return [future.result() for future in futures]


def counts_of(items: Sequence[Item]) -> dict[str, int]:
    """Return how much there is of each sort."""
    alive = [one for one in items if not one.is_deleted and not one.is_shadow]
    return {
        "blobs": sum(one.is_current for one in alive),
        "versions": sum(bool(one.version) and not one.is_current for one in alive),
        "snapshots": sum(bool(one.snapshot) for one in alive),
        "soft-deleted": sum(one.is_deleted or one.is_shadow for one in items),
    }
