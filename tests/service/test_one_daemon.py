from __future__ import annotations

from pathlib import Path

import pytest

from retentiond.domain.errors import DisposalStopped
from retentiond.service.alone import alone, lock_beside


@pytest.mark.parametrize(
    ("ledger", "state", "lock"),
    [
        ("sqlite:////var/lib/retentiond/ledger.db", "", "/var/lib/retentiond/ledger.db.lock"),
        ("sqlite+pysqlite:////srv/a%20b/ledger.db", "/state", "/srv/a b/ledger.db.lock"),
        ("postgresql://${credential:ledger}@db/retentiond", "/state:/other", "/state/ledger.lock"),
    ],
)
def test_the_lock_lies_with_the_ledger(ledger: str, state: str, lock: str) -> None:
    """The lock lies beside a ledger that is a file, and else in the state directory."""
    assert lock_beside(ledger, {"STATE_DIRECTORY": state}) == Path(lock)


def test_without_a_place_there_is_no_lock() -> None:
    """A ledger in a server and no state directory: nothing is locked, and nothing stands in the way."""
    assert lock_beside("postgresql://db/retentiond", {}) is None
    with alone(None), alone(None):
        pass


def test_the_second_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    """While one holds the lock a second is refused; once it is let go the next one gets it."""
    lock = tmp_path / "ledger.db.lock"
    with alone(lock):
        with pytest.raises(DisposalStopped, match="another daemon"), alone(lock):
            pytest.fail("two at once")
        with pytest.raises(DisposalStopped, match="another daemon"), alone(lock):
            pytest.fail("a refused one let go of the lock")
    with alone(lock):
        pass
    assert lock.stat().st_mode & 0o077 == 0


def test_a_lock_is_not_followed_elsewhere(tmp_path: Path) -> None:
    """A symbolic link in the lock's place, or a folder that is not there, is refused and nothing is made."""
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "lock", tmp_path / "nowhere" / "lock"):
        with pytest.raises(DisposalStopped, match="cannot be made"), alone(path):
            pytest.fail("it was made")
    assert not (tmp_path / "elsewhere").exists()
