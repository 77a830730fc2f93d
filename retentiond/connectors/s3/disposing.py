"""Destroying objects that are exactly what was reviewed: by version, or under the condition of their ETag."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from botocore.exceptions import ClientError

from retentiond.connectors.document_kinds import DocumentKind
from retentiond.connectors.interface import StillClear
from retentiond.connectors.s3.bucket import CANARIES, Bucket, Version
from retentiond.connectors.s3.client import asking, code_of, is_refusal, status_of
from retentiond.connectors.s3.deletion import Named
from retentiond.connectors.s3.reading import state_of
from retentiond.domain.errors import StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt
from retentiond.domain.schedule import Action

Standing = Receipt | tuple[Version, ...]
"""An order's receipt where it is not to be carried out, else the versions to destroy."""

T = TypeVar("T")
Answer = TypeVar("Answer")

_REQUEST = 1000
_AT_ONCE = 50
_REFUSED = "the store refused: object lock or legal hold"
_DENIED = "the store refused: access denied"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Disposing:
    """Carries out the orders of one batch.

    Args:
        bucket: through the client that can delete and sends each request once.
        kind_of: gives an order's kind.
        pool: runs questions about single keys side by side.
    """

    def __init__(self, bucket: Bucket, kind_of: Callable[[DisposalOrder], DocumentKind], pool: Executor) -> None:
        self._bucket, self._kind_of, self._pool = bucket, kind_of, pool

    def versions(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> list[Receipt]:
        """Destroy by exact version ids, at most a thousand a request; never a bare key, never past a lock.

        Raises:
            StoreUnavailable: a reply was lost; what became of the batch is to be found out by looking.
        """
        standing = self._standing(orders, self._listed)
        receipts = {order.id: found for order, found in standing if isinstance(found, Receipt)}
        for batch in _batches([(order, found) for order, found in standing if isinstance(found, tuple)]):
            cleared = frozenset(still_clear([order for order, _ in batch]))
            going = [(order, versions) for order, versions in batch if order.id in cleared]
            receipts.update((order.id, _held(order)) for order, _ in batch if order.id not in cleared)
            receipts.update(self._destroy(going))
        return [receipts[order.id] for order in orders]

    def objects(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> list[Receipt]:
        """Destroy unversioned objects, each under the condition that its ETag is still the reviewed one.

        Raises:
            StoreUnavailable: a reply was lost; what became of the batch is to be found out by looking.
        """
        standing = self._standing(orders, self._headed)
        receipts = {order.id: found for order, found in standing if isinstance(found, Receipt)}
        going = [(order, found[0]) for order, found in standing if isinstance(found, tuple)]
        for start in range(0, len(going), _AT_ONCE):
            batch = going[start : start + _AT_ONCE]
            cleared = frozenset(still_clear([order for order, _ in batch]))
            receipts.update((order.id, _held(order)) for order, _ in batch if order.id not in cleared)
            allowed = [(order, version) for order, version in batch if order.id in cleared]
            for receipt in self._all(self._delete_object, allowed):
                receipts[receipt.order.id] = receipt
        return [receipts[order.id] for order in orders]

    def _standing(
        self, orders: Sequence[DisposalOrder], look: Callable[[DisposalOrder], tuple[Version, ...]]
    ) -> list[tuple[DisposalOrder, Standing]]:
        return list(zip(orders, self._all(lambda order: self._judge(order, look), orders), strict=True))

    def _judge(self, order: DisposalOrder, look: Callable[[DisposalOrder], tuple[Version, ...]]) -> Standing:
        key = order.ref.key
        if order.action is not Action.DESTROY:
            return Receipt(order, Outcome.FAILED, reason=f"this store cannot {order.action}")
        if not key.startswith(self._kind_of(order).prefix) or key.startswith(CANARIES):
            return Receipt(order, Outcome.FAILED, reason="its key is not of this kind")
        if _NO_XML.search(key):
            return Receipt(order, Outcome.FAILED, reason="its key has characters no request for deletion can carry")
        versions = look(order)
        if not versions:
            return self._absent(order)
        if state_of(versions) != order.reviewed_state:
            return Receipt(order, Outcome.CHANGED, reason="it is not as it was reviewed")
        holds = self._bucket.holds_on(key, versions)
        return Receipt(order, Outcome.HELD, reason=", ".join(holds)) if holds else versions

    def _listed(self, order: DisposalOrder) -> tuple[Version, ...]:
        return self._bucket.versions_of(order.ref.key)

    def _headed(self, order: DisposalOrder) -> tuple[Version, ...]:
        found = self._bucket.head(order.ref.key)
        if found is None:
            return ()
        return (Version(found.get("VersionId", ""), found["ETag"], found["ContentLength"], found["LastModified"]),)

    def _absent(self, order: DisposalOrder) -> Receipt:
        """Account for a key without versions, once the store has said so twice in different ways."""
        if self._bucket.head(order.ref.key) is not None:
            return Receipt(order, Outcome.FAILED, reason="the store's listing and its HEAD contradict each other")
        if order.attempt > 1:
            return Receipt(order, Outcome.DESTROYED, Grade.B, reason="an earlier attempt's reply was lost")
        return Receipt(order, Outcome.ALREADY_ABSENT)

    def _destroy(self, going: Sequence[tuple[DisposalOrder, tuple[Version, ...]]]) -> dict[str, Receipt]:
        """Send the versions of some orders, oldest first, and account for each by what the store said of it."""
        wanted = [(order.ref.key, one.id) for order, versions in going for one in reversed(versions)]
        refused: dict[Named, str] = {}
        for start in range(0, len(wanted), _REQUEST):
            refused.update(self._bucket.delete(wanted[start : start + _REQUEST]))
        return {order.id: self._receipt(order, versions, refused) for order, versions in going}

    def _receipt(self, order: DisposalOrder, versions: Sequence[Version], refused: Mapping[Named, str]) -> Receipt:
        names = [(order.ref.key, one.id) for one in versions]
        done = sum(name not in refused for name in names)
        if done == len(names):
            markers = sum(one.is_marker for one in versions)
            evidence = {"versions": len(names) - markers, "delete markers": markers}
            return Receipt(order, Outcome.DESTROYED, Grade.A, evidence)
        codes = Counter(refused[name] for name in names if name in refused)
        if not done and set(codes) <= {"AccessDenied", "403"}:
            held = self._bucket.is_locked
            return Receipt(order, Outcome.HELD if held else Outcome.FAILED, reason=_REFUSED if held else _DENIED)
        said = ", ".join(sorted(codes))
        return Receipt(order, Outcome.FAILED, reason=f"{done} of {len(names)} versions destroyed: {said}")

    def _delete_object(self, named: tuple[DisposalOrder, Version]) -> Receipt:
        order, version = named
        with asking(self._bucket.place):
            try:
                answer = self._bucket.client.delete_object(
                    Bucket=self._bucket.place.bucket, Key=order.ref.key, IfMatch=version.etag
                )
            except ClientError as error:
                if status_of(error) in (404, 412):
                    return self._lost_race(order)
                if not is_refusal(error):
                    raise
                reason = _DENIED if status_of(error) == 403 else f"the store refused: {code_of(error)}"
                return Receipt(order, Outcome.FAILED, reason=reason)
        if answer.get("VersionId") or answer.get("DeleteMarker"):
            return Receipt(order, Outcome.FAILED, reason="the bucket keeps versions since a moment ago")
        return Receipt(order, Outcome.DESTROYED, Grade.A, {"versions": 1, "delete markers": 0})

    def _lost_race(self, order: DisposalOrder) -> Receipt:
        """Account for a condition that did not hold: servers answer alike for changed and for absent."""
        if self._bucket.head(order.ref.key) is None:
            return self._absent(order)
        return Receipt(order, Outcome.CHANGED, reason="it changed at the last moment")

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


def _held(order: DisposalOrder) -> Receipt:
    return Receipt(order, Outcome.HELD, reason="a hold was placed at the last moment")


def _batches(
    going: Sequence[tuple[DisposalOrder, tuple[Version, ...]]],
) -> Iterator[list[tuple[DisposalOrder, tuple[Version, ...]]]]:
    """Cut into batches of one request each; an order with more versions than fit stands alone."""
    batch: list[tuple[DisposalOrder, tuple[Version, ...]]] = []
    size = 0
    for order, versions in going:
        if batch and size + len(versions) > _REQUEST:
            yield batch
            batch, size = [], 0
        batch.append((order, versions))
        size += len(versions)
    if batch:
        yield batch
