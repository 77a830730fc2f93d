"""Whether a container is what its definition says, and nothing about it defeats disposal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retentiond.connectors.azure.canary import against, hierarchical
from retentiond.connectors.azure.container import Container, Position
from retentiond.connectors.document_kinds import outermost
from retentiond.domain.errors import Fault, StoreRefused


def faults_of(container: Container, prefixes: Sequence[str]) -> Iterator[Fault]:
    """Yield everything about a container that stands against disposing of its blobs, as far as reading tells.

    Where the account lies, whether it deletes by rules of its own, and container-wide immutability policies are told
    to the account's administrators only, and not to who reads its blobs.

    Raises:
        StoreUnavailable: the server did not answer.
    """
    name = container.place.store
    try:
        next(container.pages("", Position()))
    except StoreRefused as refusal:
        yield from refusal.faults
        return
    yield from _uncommitted(container, prefixes)
    if container.locks() is None:
        message = "the container does not say whether it is under a legal hold"
        yield Fault(name, message, "allow reading its properties; the service refuses all the same", is_remark=True)
    try:
        if container.is_hierarchical():
            yield Fault(name, hierarchical(), "connect another account, or ask for the store's folders as a file share")
    except StoreRefused:
        yield Fault(name, "the account does not say whether it has a hierarchical namespace", "allow reading it")
    try:
        soft = container.soft_delete()
    except StoreRefused:
        yield Fault(
            name,
            "the account does not say whether it keeps what is deleted",
            "allow reading the blob service's properties; until then it is tried out before the first disposal",
            is_remark=True,
        )
        return
    if reason := against(soft):
        yield Fault(
            name,
            f"{reason}: its records can only be reported on",
            "switch blob soft delete off, or keep versions and allow permanent delete in its settings",
        )


def _uncommitted(container: Container, prefixes: Sequence[str]) -> Iterator[Fault]:
    """Yield that there are blocks of blobs that never came to be: they hold content, and no scan finds them.

    Put Block, REST reference: what is not committed is discarded a week after the last block came.
    """
    count = sum(map(container.uncommitted_under, outermost(prefixes)))
    if count:
        said = f"at least {count} unfinished upload{'s' if count > 1 else ''} under names that are no records"
        remedy = "the service discards them a week after their last block; to be rid of one now, write and delete it"
        yield Fault(container.place.store, said, remedy, is_remark=True)
