"""Destroying blobs that are exactly what was reviewed: under the condition of their ETag, and version by version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from azure.core.exceptions import HttpResponseError

from retentiond.connectors.azure.client import asking, code_of, is_refusal
from retentiond.connectors.azure.container import CANARIES, Container, Item
from retentiond.connectors.azure.reading import holds_of, state_of
from retentiond.connectors.document_kinds import DocumentKind
from retentiond.connectors.interface import StillClear
from retentiond.domain.errors import RetentiondError, StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt
from retentiond.domain.schedule import Action

T = TypeVar("T")
Answer = TypeVar("Answer")

_AT_ONCE = 50
"""How many orders one last question is good for; few, so that a hold placed meanwhile still wins."""

_KEPT = "a part of it is soft-deleted, and kept for its own time"
_LEASED = "it is open elsewhere: somebody has a lease on it"
_HELD = {"BlobImmutableDueToPolicy", "BlobImmutableDueToLegalHold", "BlobImmutableDueToImmutabilityPolicy"}
_IMMUTABLE = "the store refused: immutability policy or legal hold"


@dataclass(frozen=True, slots=True)
class _Going:
    """An order that stands, and what there is to destroy."""

    order: DisposalOrder
    items: tuple[Item, ...]

    @property
    def is_kept_in_part(self) -> bool:
        """Whether something of it was deleted already and is kept by the service."""
        return any(one.is_deleted or one.is_shadow for one in self.items)


class Disposing:
    """Carries out the orders of one batch.

    Args:
        container: through the client that can delete and sends each request once.
        kind_of: gives an order's kind.
        pool: runs requests about single keys side by side.
        trial: says why nothing can really be destroyed here, or nothing, and whether what is deleted is kept and can
            be deleted once more for good; asked only where there is something to destroy.
    """

    def __init__(
        self,
        container: Container,
        kind_of: Callable[[DisposalOrder], DocumentKind],
        pool: Executor,
        trial: Callable[[], tuple[str, bool]],
    ) -> None:
        self._container, self._kind_of, self._pool, self._trial = container, kind_of, pool, trial

    def carry_out(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> list[Receipt]:
        """Destroy each order's blob with all its versions and snapshots.

        Returns:
            A receipt for each order, but for those whose replies were lost: what became of them is to be found out by
            looking, while what others' replies said is kept.

        Raises:
            StoreUnavailable: a reply was lost, and nothing is known to be destroyed.
        """
        held = self._container.holds()
        standing, failures = self._all(lambda order: self._judge(order, held), orders)
        if failures:
            raise failures[0]
        receipts = {one.order.id: one for one in standing if isinstance(one, Receipt)}
        going = [one for one in standing if isinstance(one, _Going)]
        why_not, permanently = self._trial() if going else ("", False)
        for one in going:
            if reason := why_not or (_KEPT if not permanently and one.is_kept_in_part else ""):
                receipts[one.order.id] = Receipt(one.order, Outcome.FAILED, reason=reason)
        going = [one for one in going if one.order.id not in receipts]
        for start in range(0, len(going), _AT_ONCE):
            batch = going[start : start + _AT_ONCE]
            cleared = frozenset(still_clear([one.order for one in batch]))
            receipts.update((one.order.id, _held(one.order)) for one in batch if one.order.id not in cleared)
            allowed = [one for one in batch if one.order.id in cleared]
            done, failures = self._all(lambda one: self._destroy(one, permanently=permanently), allowed)
            receipts.update((one.order.id, one) for one in done)
            if failures:
                if not any(one.outcome is Outcome.DESTROYED for one in receipts.values()):
                    raise failures[0]
                break
        return [receipts[order.id] for order in orders if order.id in receipts]

    def _judge(self, order: DisposalOrder, held: tuple[str, ...]) -> Receipt | _Going:
        """Return an order's receipt where it is not to be carried out, else what there is to destroy."""
        key = order.ref.key
        if order.action is not Action.DESTROY:
            return Receipt(order, Outcome.FAILED, reason=f"this store cannot {order.action}")
        if not self._kind_of(order).has(key) or key.startswith(CANARIES):
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
        return _Going(order, items)

    def _absent(self, order: DisposalOrder) -> Receipt:
        """Account for a key of which nothing is listed, once the store has said so twice in different ways."""
        if self._container.is_there(order.ref.key):
            return Receipt(order, Outcome.FAILED, reason="the store's listing and its HEAD contradict each other")
        if order.attempt > 1:
            return Receipt(order, Outcome.DESTROYED, Grade.B, reason="an earlier attempt's reply was lost")
        return Receipt(order, Outcome.ALREADY_ABSENT)

    def _destroy(self, going: _Going, *, permanently: bool) -> Receipt:
        """Delete the blob itself first, under its condition: it alone can have changed, and nothing is gone yet."""
        order, items = going.order, going.items
        key = order.ref.key
        current = next((one for one in items if one.is_current), None)
        with asking(self._container.place):
            if current is not None:
                try:
                    self._container.delete_current(key, current.etag)
                except HttpResponseError as error:
                    return self._refused(order, error)
            try:
                rest = self._delete_rest(key, items, permanently=permanently)
            except HttpResponseError as error:
                if not is_refusal(error):
                    raise
                reason = _IMMUTABLE if code_of(error) in _HELD else f"the store refused: {code_of(error)}"
                return Receipt(order, Outcome.FAILED, reason=f"only a part of it is destroyed: {reason}")
        if rest:
            return Receipt(order, Outcome.FAILED, reason=f"{rest} of its versions or snapshots are still there")
        return Receipt(order, Outcome.DESTROYED, Grade.A, counts_of(items))

    def _delete_rest(self, key: str, reviewed: Sequence[Item], *, permanently: bool) -> int:
        """Delete what is left of the reviewed versions and snapshots; return how much is still there after that."""
        if not permanently and len(reviewed) == 1 and not reviewed[0].version:
            return 0  # the one deed took all there was
        known = {(one.version, one.snapshot) for one in reviewed}
        for for_good in (False, True) if permanently else (False,):
            for item in self._container.items_of(key):
                is_next = item.is_deleted is for_good and not item.is_current and not item.is_shadow
                if is_next and (item.version or item.snapshot) and (item.version, item.snapshot) in known:
                    self._delete(key, item, permanently=for_good)
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

    def _all(self, question: Callable[[T], Answer], about: Sequence[T]) -> tuple[list[Answer], list[RetentiondError]]:
        """Ask about each, side by side; return, when no request is in flight any more, what was answered and refused.

        What is refused for good stands first.
        """
        answers: list[Answer] = []
        failures: list[RetentiondError] = []
        for future in [self._pool.submit(question, one) for one in about]:
            try:
                answers.append(future.result())
            except (StoreUnavailable, StoreRefused) as refusal:
                failures.append(refusal)
        return answers, sorted(failures, key=lambda one: isinstance(one, StoreUnavailable))


def _held(order: DisposalOrder) -> Receipt:
    return Receipt(order, Outcome.HELD, reason="a hold was placed at the last moment")


def counts_of(items: Sequence[Item]) -> dict[str, int]:
    """Return how much there is of each sort."""
    alive = [one for one in items if not one.is_deleted and not one.is_shadow]
    return {
        "blobs": sum(one.is_current for one in alive),
        "versions": sum(bool(one.version) and not one.is_current for one in alive),
        "snapshots": sum(bool(one.snapshot) for one in alive),
        "soft-deleted": sum(one.is_deleted or one.is_shadow for one in items),
    }
