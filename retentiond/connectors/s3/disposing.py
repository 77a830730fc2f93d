"""Destroying objects that are exactly what was reviewed: by version, or under the condition of their ETag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TypeVar

from retentiond.connectors.document_kinds import DocumentKind
from retentiond.connectors.interface import StillClear
from retentiond.connectors.s3.bucket import CANARIES, Bucket, Version
from retentiond.connectors.s3.configuration import is_overwritable
from retentiond.connectors.s3.deleting import (
    REQUEST,
    VERSIONED_MEANWHILE,
    Said,
    delete_unchanged,
    delete_versions,
)
from retentiond.connectors.s3.reading import state_of, unspeakable
from retentiond.connectors.s3.uploads import Uploads, abort
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt
from retentiond.domain.schedule import Action

T = TypeVar("T")
Answer = TypeVar("Answer")

_AT_ONCE = 50
_REFUSED = "the store refused: object lock or legal hold"
_DENIED = "the store refused: access denied"
_CHANGED = "it is not as it was reviewed"
_OVERWRITABLE = (
    "versioning is suspended, and this server cannot make sure that it destroys what was reviewed; turn it on"
)
_NAMELESS = "the store gives a version of it no id, and so cannot be told to destroy that one and no other"


@dataclass(frozen=True, slots=True)
class _Going:
    """An order that is to be carried out, and what there is to destroy for it."""

    order: DisposalOrder
    versions: tuple[Version, ...]

    @property
    def key(self) -> str:
        return self.order.ref.key


_Done = tuple[list[Receipt], StoreUnavailable | StoreRefused | None]
"""The receipts of orders whose fate is known, and why that of others is not."""


class Disposing:
    """Carries out the orders of one batch.

    Args:
        bucket: through the client that can delete and sends each request once.
        pool: runs questions about single keys side by side.
        versioning: what the bucket says of its versions: ``Enabled``, ``Suspended``, or nothing.
        uploads: the unfinished uploads under the orders' keys.
        kind_of: gives an order's kind.
        why_not_conditional: why deletion of what can be overwritten cannot be made conditional here, or nothing.
    """

    def __init__(
        self,
        bucket: Bucket,
        pool: Executor,
        *,
        versioning: str,
        uploads: Uploads,
        kind_of: Callable[[DisposalOrder], DocumentKind],
        why_not_conditional: str,
    ) -> None:
        self._bucket, self._versioning, self._uploads = bucket, versioning, uploads
        self._kind_of, self._why_not_conditional, self._pool = kind_of, why_not_conditional, pool

    def carry_out(self, orders: Sequence[DisposalOrder], still_clear: StillClear) -> list[Receipt]:
        """Destroy what was reviewed and nothing else; never past a lock.

        Returns:
            A receipt for each order, but for those whose replies were lost: what became of them is to be found out by
            looking, while what others' replies said is kept.

        Raises:
            StoreUnavailable: a reply was lost, and there is no receipt at all.
        """
        standing = self._all(self._judge, orders)
        receipts = {one.order.id: one for one in standing if isinstance(one, Receipt)}
        going = [one for one in standing if isinstance(one, _Going)]
        destroy = self._destroy_versions if self._versioning else self._destroy_objects
        for batch in _batches(going) if self._versioning else _slices(going):
            cleared = frozenset(still_clear([one.order for one in batch]))
            receipts.update((one.order.id, _held(one.order)) for one in batch if one.order.id not in cleared)
            try:
                done, failure = destroy([one for one in batch if one.order.id in cleared])
            except (StoreUnavailable, StoreRefused) as refusal:
                done, failure = [], refusal
            receipts.update((one.order.id, one) for one in done)
            if failure is not None:
                if not any(one.outcome is Outcome.DESTROYED for one in receipts.values()):
                    raise failure
                break
        return [receipts[order.id] for order in orders if order.id in receipts]

    def _judge(self, order: DisposalOrder) -> Receipt | _Going:
        key = order.ref.key
        if order.action is not Action.DESTROY:
            return Receipt(order, Outcome.FAILED, reason=f"this store cannot {order.action}")
        if not self._kind_of(order).has(key) or key.startswith(CANARIES):
            return Receipt(order, Outcome.FAILED, reason="its key is not of this kind")
        if unspeakable(key):
            return Receipt(order, Outcome.FAILED, reason="its key has characters no request for deletion can carry")
        versions = self._bucket.versions_of(key) if self._versioning else self._headed(key)
        if not versions and not self._uploads.get(key):
            return self._absent(order)
        if not versions and order.attempt > 1:
            return self._only_uploads(order)
        if self._versioning and not all(one.id for one in versions):
            return Receipt(order, Outcome.FAILED, reason=_NAMELESS)
        if state_of(versions, self._uploads.get(key, ())) != order.reviewed_state:
            return Receipt(order, Outcome.CHANGED, reason=_CHANGED)
        holds = self._bucket.holds_on(key, versions)
        if holds:
            return Receipt(order, Outcome.HELD, reason=", ".join(holds))
        risky = [one for one in versions if is_overwritable(one, self._versioning)]
        if risky and (any(one.is_marker for one in risky) or self._why_not_conditional):
            return Receipt(order, Outcome.FAILED, reason=_OVERWRITABLE)
        return _Going(order, versions)

    def _headed(self, key: str) -> tuple[Version, ...]:
        found = self._bucket.head(key)
        if found is None:
            return ()
        return (Version(found.get("VersionId", ""), found["ETag"], found["ContentLength"], found["LastModified"]),)

    def _absent(self, order: DisposalOrder) -> Receipt:
        """Account for a key without versions, once the store has said so twice in different ways."""
        if self._bucket.head(order.ref.key) is not None:
            return Receipt(order, Outcome.FAILED, reason="the store's listing and its HEAD contradict each other")
        self._bucket.versioning()  # a HEAD cannot tell a missing object from a missing bucket, and this can
        if order.attempt > 1:
            return Receipt(order, Outcome.DESTROYED, Grade.B, reason="an earlier attempt's reply was lost")
        return Receipt(order, Outcome.ALREADY_ABSENT)

    def _only_uploads(self, order: DisposalOrder) -> Receipt:
        """Account for a key of which an earlier attempt left nothing but uploads, if it was that attempt.

        They may have been begun since, as of an object that is to come: nobody has approved to abort those.
        """
        count = len(self._uploads[order.ref.key])
        left = f"{count} unfinished uploads" if count > 1 else "an unfinished upload"
        return Receipt(order, Outcome.FAILED, reason=f"{left} under its key; to abort it, if nobody is writing there")

    def _destroy_versions(self, going: Sequence[_Going]) -> _Done:
        """Send the versions of some orders, oldest first, and account for each by what the store said of it."""
        said = Said()
        changed = {one.order.id for one in going if not self._destroy_overwritable(one, said)}
        wanted = [
            (one.key, version.id)
            for one in going
            if one.order.id not in changed
            for version in reversed(one.versions)
            if not is_overwritable(version, self._versioning)
        ]
        for start in range(0, len(wanted), REQUEST):
            delete_versions(self._bucket, wanted[start : start + REQUEST], said)
        return self._each(lambda one: self._account(one, said, changed=one.order.id in changed), going)

    def _destroy_overwritable(self, going: _Going, said: Said) -> bool:
        """Destroy what could be overwritten under its id, before all else; return whether it was as reviewed."""
        for version in going.versions:
            if is_overwritable(version, self._versioning):
                refused = delete_unchanged(self._bucket, going.key, version)
                if refused in ("404", "412"):
                    return False
                if refused:
                    said.errors[going.key, version.id] = "AccessDenied" if refused == "403" else refused
                else:
                    said.gone.add((going.key, version.id))
        return True

    def _account(self, going: _Going, said: Said, *, changed: bool) -> Receipt:
        order, names = going.order, [(going.key, one.id) for one in going.versions]
        done = sum(name in said.gone for name in names)
        if changed:
            return Receipt(order, Outcome.CHANGED, reason="it changed at the last moment")
        markers = sum(one.is_marker for one in going.versions)
        evidence = {"versions": len(names) - markers, "delete markers": markers}
        if done == len(names):
            return self._with_uploads(Receipt(order, Outcome.DESTROYED, Grade.A, evidence))
        codes = Counter(said.errors.get(name, "no word of it") for name in names if name not in said.gone)
        if not done and set(codes) <= {"AccessDenied", "403"}:
            held = self._bucket.is_locked
            return Receipt(order, Outcome.HELD if held else Outcome.FAILED, reason=_REFUSED if held else _DENIED)
        present = {one.id for one in self._bucket.versions_of(going.key)}
        left = sum(version in present for _, version in names)
        why = ", ".join(sorted(codes))
        if not left and self._bucket.head(going.key) is None:
            reason = f"the store did not say so of all of it ({why}), and none is left"
            return self._with_uploads(Receipt(order, Outcome.DESTROYED, Grade.B, evidence, reason))
        return _partly(order, len(names) - left, len(names), why)

    def _with_uploads(self, destroyed: Receipt) -> Receipt:
        """Abort the unfinished uploads of an object that went: what they had brought so far is part of the record."""
        order = destroyed.order
        uploads = self._uploads.get(order.ref.key, ())
        refused = sorted({code for one in uploads if (code := abort(self._bucket, order.ref.key, one))})
        if refused:
            reason = f"its versions are destroyed and its unfinished uploads are not: {', '.join(refused)}"
            return Receipt(order, Outcome.FAILED, evidence=destroyed.evidence, reason=reason)
        return (
            replace(destroyed, evidence={**destroyed.evidence, "unfinished uploads": len(uploads)})
            if uploads
            else destroyed
        )

    def _destroy_objects(self, going: Sequence[_Going]) -> _Done:
        return self._each(self._destroy_object, going)

    def _destroy_object(self, going: _Going) -> Receipt:
        order = going.order
        for version in going.versions:
            refused = delete_unchanged(self._bucket, going.key, version)
            if refused in ("404", "412"):
                return self._lost_race(order)
            if refused:
                known = {"403": _DENIED, VERSIONED_MEANWHILE: VERSIONED_MEANWHILE}
                return Receipt(order, Outcome.FAILED, reason=known.get(refused, f"the store refused: {refused}"))
        evidence = {"versions": len(going.versions), "delete markers": 0}
        return self._with_uploads(Receipt(order, Outcome.DESTROYED, Grade.A, evidence))

    def _lost_race(self, order: DisposalOrder) -> Receipt:
        """Account for a condition that did not hold: servers answer alike for changed and for absent."""
        if self._bucket.head(order.ref.key) is None:
            return self._absent(order)
        return Receipt(order, Outcome.CHANGED, reason="it changed at the last moment")

    def _each(self, question: Callable[[_Going], Receipt], about: Sequence[_Going]) -> _Done:
        """Ask about each, side by side; return what is known, and why something is not."""
        futures = [self._pool.submit(question, one) for one in about]
        failures = [failure for future in futures if (failure := future.exception()) is not None]
        for failure in failures:
            if not isinstance(failure, StoreUnavailable | StoreRefused):
                raise failure
        known = [future.result() for future in futures if future.exception() is None]
        first = next((one for one in failures if isinstance(one, StoreUnavailable | StoreRefused)), None)
        return known, first

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


def _partly(order: DisposalOrder, done: int, total: int, why: str) -> Receipt:
    """Account for an order that came to an end half-way; what was done stands as evidence, and a person decides."""
    evidence = {"versions destroyed": done, "versions left": total - done} if done else {}
    return Receipt(order, Outcome.FAILED, evidence=evidence, reason=f"{done} of {total} versions destroyed: {why}")


def _slices(going: Sequence[_Going]) -> Iterator[Sequence[_Going]]:
    for start in range(0, len(going), _AT_ONCE):
        yield going[start : start + _AT_ONCE]


def _batches(going: Sequence[_Going]) -> Iterator[list[_Going]]:
    """Cut into batches of one request each; an order with more versions than fit stands alone."""
    batch: list[_Going] = []
    size = 0
    for one in going:
        if batch and size + len(one.versions) > REQUEST:
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one.versions)
    if batch:
        yield batch
