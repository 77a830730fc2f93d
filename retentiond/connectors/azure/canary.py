"""Whether what is deleted here is gone: asked of the account, then tried out with a blob of our own."""

from __future__ import annotations

from secrets import token_hex

from azure.core.exceptions import HttpResponseError

from retentiond.connectors.azure.client import asking
from retentiond.connectors.azure.container import CANARIES, Container, SoftDelete
from retentiond.domain.errors import StoreRefused

IGNORES = "this server ignores conditions on delete; the store is report-only"
KEPT = "what is deleted here is kept by the service (soft delete); the store is report-only"


def why_not_destroyed(container: Container) -> tuple[str, bool]:
    """Return why nothing of the container can really be destroyed, or nothing; and whether soft delete is undone.

    An account with soft delete keeps every blob, version and snapshot that is deleted. Deleting permanently is for
    versions and snapshots only, and only where the account allows it (Delete Blob, ``deletetype=permanent``).

    Raises:
        StoreUnavailable: the server did not answer.
    """
    try:
        if container.is_hierarchical():
            return hierarchical(), False
    except StoreRefused:
        return "the account does not say whether it has a hierarchical namespace; the store is report-only", False
    try:
        soft = container.soft_delete()
    except StoreRefused:
        soft = SoftDelete(enabled=False)  # a credential for one container may not ask: the canary will tell
    if reason := against(soft):
        return reason, False
    return _tried(container, soft), soft.enabled


def hierarchical() -> str:
    """Return what is said of an account with a hierarchical namespace."""
    return "the account has a hierarchical namespace, whose deleted files cannot be seen here; the store is report-only"


def against(soft: SoftDelete) -> str:
    """Return why an account that says this of itself destroys nothing, or nothing."""
    if not soft.enabled or soft.allows_permanent:
        return ""
    days = f" for {soft.days} days" if soft.days else ""
    return f"the account keeps what is deleted{days} (soft delete) and does not allow deleting permanently"


def _tried(container: Container, soft: SoftDelete) -> str:
    """Put a blob, delete it under a wrong condition and then under the right one, and look for what is left."""
    key = CANARIES + token_hex(16)
    try:
        etag = container.put(key)
    except StoreRefused:
        return f"it cannot be tried out what this server does: no blob may be put in {CANARIES}"
    with asking(container.place):
        try:
            container.delete_current(key, "0x0000000000000000")
        except HttpResponseError as error:
            if error.status_code != 412:
                raise
        else:
            return IGNORES
    if not container.is_there(key):
        return IGNORES
    with asking(container.place):
        container.delete_current(key, etag)
        for permanently in (False, True):
            for item in container.items_of(key):
                if (item.version or item.snapshot) and item.is_deleted is permanently and not item.is_shadow:
                    if permanently and not soft.allows_permanent:
                        return KEPT
                    container.delete_item(key, item, permanently=permanently)
    return KEPT if container.items_of(key) else ""
