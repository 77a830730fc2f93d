"""One daemon to a ledger on one host: a lock for the sake of order. Safety is the ledger's epochs, never this."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from retentiond.domain.errors import DisposalStopped


def lock_beside(ledger: str, environment: Mapping[str, str]) -> Path | None:
    """Return where the lock lies: beside a ledger that is a file, else in the state directory, else nowhere.

    Args:
        ledger: the ledger's URL.
        environment: where ``STATE_DIRECTORY`` stands (systemd.exec(5)).
    """
    url = urlsplit(ledger)
    if url.scheme.startswith("sqlite") and url.path.strip("/"):
        path = Path(unquote(url.path[1:]))
        return path.with_name(path.name + ".lock")
    first, _, _ = environment.get("STATE_DIRECTORY", "").partition(":")
    return Path(first) / "ledger.lock" if first else None


@contextmanager
def alone(path: Path | None) -> Iterator[int | None]:
    """Be the only daemon while the block runs; yield the lock's descriptor, or None where nothing is locked.

    Raises:
        DisposalStopped: another one is at work, or the lock cannot be made.
    """
    if path is None:
        yield None
        return
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise DisposalStopped.about(
            str(path), f"the daemon's lock cannot be made ({error.strerror})", "let the service's user write there"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DisposalStopped.about(
                str(path), "another daemon already works on this ledger", "stop that one first; this one did nothing"
            ) from None
        yield descriptor
    finally:
        os.close(descriptor)
