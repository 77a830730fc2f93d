"""Files that something stands against: open elsewhere, locked, immutable, linked, kept by a share's client."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from retentiond.connectors.filesystem import FilesystemConnector
from retentiond.connectors.filesystem.looking import Looking
from retentiond.connectors.interface import Role, ScanRequest
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Trigger
from retentiond.domain.errors import StoreRefused
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt, Sight
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action
from tests.connectors.attributes import can_set_attributes, set_immutable

EVERYTHING = ScanRequest("file", {"C-01": ({"closed": date.max},)})

_HOLDS = """
import fcntl, sys
file = open(sys.argv[1], sys.argv[2])
if sys.argv[3] != "-":
    getattr(fcntl, sys.argv[3])(file, fcntl.LOCK_EX)
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_program(path: Path, mode: str = "rb", lock: str = "-") -> Iterator[None]:
    """Have another program open a file."""
    arguments = [sys.executable, "-c", _HOLDS, str(path), mode, lock]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == b"open\n"
        try:
            yield
        finally:
            program.stdin.close()
            program.wait()


def _definition(root: Path, **options: str) -> Definition:
    kind = KindOfRecord("file", (ClassCondition("C-01"),), (Trigger("closed", "name:(\\d{4})"),))
    return Definition("files", "filesystem", "GB", (kind,), "0" * 64, options={"root": str(root), **options})


def _record(root: Path, key: str) -> Record:
    ref = RecordRef("files", "file", key)
    with FilesystemConnector(_definition(root), role=Role.SCAN) as connector:
        found = connector.fetch([ref])[ref]
        assert [one for page in connector.scan(EVERYTHING) for one in page.records if one.ref == ref] == [found]
    return found


def _nothing() -> None:
    pass


def _dispose(root: Path, key: str, meanwhile: Callable[[], Any] = _nothing, *, tidy: bool = False) -> Receipt:
    order = DisposalOrder(uuid4().hex, RecordRef("files", "file", key), Action.DESTROY, _record(root, key).state, 1)

    def clear(orders: Any) -> set[str]:
        meanwhile()
        return {one.id for one in orders}

    options = {"remove-empty-folders": "true"} if tidy else {}
    with FilesystemConnector(_definition(root, **options), role=Role.DISPOSE) as connector:
        (receipt,) = connector.dispose([order], clear)
    return receipt


@pytest.mark.parametrize(("mode", "lock"), [("rb", "-"), ("ab", "-"), ("ab", "flock"), ("ab", "lockf")])
def test_a_file_another_program_has_open_is_blocked_and_left_alone(tmp_path: Path, mode: str, lock: str) -> None:
    """Open for reading or writing, locked or not: a blocker before review, a refusal at disposal, and no more after."""
    file = tmp_path / "2001"
    file.write_text("data", encoding="utf-8")
    with another_program(file, mode, lock):
        assert _record(tmp_path, "2001").blockers == ("open-in-another-program",)
        receipt = _dispose(tmp_path, "2001")
        assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "another program has it open")
    assert _record(tmp_path, "2001").blockers == ()
    assert _dispose(tmp_path, "2001").outcome is Outcome.DESTROYED


@pytest.mark.parametrize(("mode", "lock"), [("rb", "-"), ("ab", "flock"), ("ab", "lockf")])
def test_without_leases_processes_and_locks_are_looked_at(
    tmp_path: Path, mode: str, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel gives no lease (a share, a file of another owner), what can be seen is seen all the same."""
    real = fcntl.fcntl

    def without_leases(descriptor: int, command: int, argument: Any = 0) -> Any:
        if command == fcntl.F_SETLEASE:
            raise PermissionError(13, "no")
        return real(descriptor, command, argument)

    monkeypatch.setattr(fcntl, "fcntl", without_leases)
    (tmp_path / "2001").touch()
    with another_program(tmp_path / "2001", mode, lock):
        assert _record(tmp_path, "2001").blockers == ("open-in-another-program",)
        monkeypatch.setattr(Looking, "_opened", frozenset())
        assert _record(tmp_path, "2001").blockers == (("open-in-another-program",) if lock != "-" else ())
    assert _record(tmp_path, "2001").blockers == ()


def test_of_a_file_that_may_not_be_opened_the_processes_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read is looked for among what other processes have open."""
    (tmp_path / "2001").touch()
    real = os.open

    def refusing(path: Any, flags: int, *arguments: Any, dir_fd: int | None = None) -> int:
        if path == "2001" and not flags & os.O_PATH:
            raise PermissionError(13, "no")
        return real(path, flags, *arguments, dir_fd=dir_fd)

    with another_program(tmp_path / "2001"):
        monkeypatch.setattr(os, "open", refusing)
        assert _record(tmp_path, "2001").blockers == ("open-in-another-program",)
    assert _record(tmp_path, "2001").blockers == ()


def test_a_folder_mounted_from_elsewhere_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mount of a folder of the same file system lies on the same device: the kernel's number of the mount tells."""
    for name in ("a/2001", "b/2002"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    real = Path.read_text

    def mounted(path: Path, *arguments: Any, **options: Any) -> str:
        text = real(path, *arguments, **options)
        if path.parent == Path("/proc/self/fdinfo") and Path(f"/proc/self/fd/{path.name}").readlink().name == "b":
            return text.replace("mnt_id:\t", "mnt_id:\t9")
        return text

    monkeypatch.setattr(Path, "read_text", mounted)
    with FilesystemConnector(_definition(tmp_path), role=Role.SCAN) as connector, pytest.raises(StoreRefused):
        list(connector.scan(EVERYTHING))
    ref = RecordRef("files", "file", "b/2002")
    order = DisposalOrder(uuid4().hex, ref, Action.DESTROY, StateToken("any"), 1)
    with FilesystemConnector(_definition(tmp_path), role=Role.DISPOSE) as connector:
        (receipt,) = connector.dispose([order], lambda orders: {one.id for one in orders})
        (sighting,) = connector.inspect([order])
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "it lies on another file system")
    assert sighting.sight is Sight.INCONCLUSIVE


def test_a_sidecar_that_is_open_blocks_its_file(tmp_path: Path) -> None:
    """What goes with a file counts as the file does."""
    for name in ("2001", "2001.json"):
        (tmp_path / name).write_text('{"closed": "2001-02-03"}', encoding="utf-8")
    kind = replace(_definition(tmp_path).records[0], triggers=(Trigger("closed", "sidecar:closed"),))
    ref = RecordRef("files", "file", "2001")
    definition = replace(_definition(tmp_path), records=(kind,))
    with another_program(tmp_path / "2001.json"), FilesystemConnector(definition, role=Role.SCAN) as connector:
        assert connector.fetch([ref])[ref].blockers == ("open-in-another-program",)


def test_an_immutable_file_is_held(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The attribute is a hold in words; the order is answered held, and after it is taken away carried out."""
    if not can_set_attributes(tmp_path):
        pytest.skip("this user may not set file attributes here")
    file = tmp_path / "2001"
    file.touch()
    request.addfinalizer(lambda: set_immutable(file, immutable=False))
    set_immutable(file, immutable=True)
    assert _record(tmp_path, "2001").native_holds == ("the file is immutable (chattr +i)",)
    receipt = _dispose(tmp_path, "2001")
    assert (receipt.outcome, receipt.reason) == (Outcome.HELD, "the file is immutable (chattr +i)")
    set_immutable(file, immutable=False)
    assert _dispose(tmp_path, "2001").outcome is Outcome.DESTROYED


def test_what_a_shares_client_keeps_is_no_record_and_not_called_gone(tmp_path: Path) -> None:
    """A deleted file that is still open lives on as ``.nfs…``: not found, not fetched, and nothing near it is gone."""
    (tmp_path / "2001").touch()
    order = DisposalOrder(
        uuid4().hex, RecordRef("files", "file", "2001"), Action.DESTROY, _record(tmp_path, "2001").state, 1
    )
    kept = tmp_path / ".nfs00000000004c2f8a00000012"
    (tmp_path / "2001").rename(kept)
    (tmp_path / "other").touch()
    with FilesystemConnector(_definition(tmp_path), role=Role.VERIFY) as connector:
        assert connector.fetch([RecordRef("files", "file", kept.name)]) == {}
        assert [page.examined for page in connector.scan(EVERYTHING)] == [1]
        (sighting,) = connector.inspect([order])
        assert (sighting.sight, sighting.checked) == (Sight.INCONCLUSIVE, {"files": 0, "deleted files still open": 1})
        kept.unlink()
        assert [one.sight for one in connector.inspect([order])] == [Sight.GONE]


@pytest.mark.parametrize("lives_on", [True, False])
def test_a_deletion_that_a_shares_client_puts_off_is_told_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lives_on: object
) -> None:
    """Where unlinking only renames, the order has failed, unless it was we alone who had the file open."""
    kept = tmp_path / ".nfs00000000004c2f8a00000012"
    unlink, close = os.unlink, os.close

    def put_off(name: str, *, dir_fd: int) -> None:
        os.rename(name, kept.name, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)

    def closing(descriptor: int) -> None:
        close(descriptor)
        if kept.exists() and not lives_on:
            unlink(kept)

    (tmp_path / "2001").touch()
    (tmp_path / "other").touch()
    monkeypatch.setattr(os, "unlink", put_off)
    monkeypatch.setattr(os, "close", closing)
    receipt = _dispose(tmp_path, "2001")
    monkeypatch.undo()
    assert receipt.outcome is (Outcome.FAILED if lives_on else Outcome.DESTROYED)
    assert receipt.reason == ("another program has it open" if lives_on else "")
    assert kept.exists() is bool(lives_on)


def test_a_file_that_is_opened_after_the_last_question_is_left_alone(tmp_path: Path) -> None:
    """It is looked at once more right before the deed."""
    file = tmp_path / "2001"
    file.write_text("data", encoding="utf-8")
    opened: list[Any] = []

    def opening() -> None:
        program = another_program(file)
        program.__enter__()
        opened.append(program)

    receipt = _dispose(tmp_path, "2001", opening)
    opened[0].__exit__(None, None, None)
    assert (receipt.outcome, file.read_text(encoding="utf-8")) == (Outcome.FAILED, "data")


def test_empty_folders_stay_unless_the_definition_says_so(tmp_path: Path) -> None:
    """A folder left empty goes only on demand, and never one that holds anything, or the root."""
    for name in ("a/b/2001", "a/b/2002", "c/2003", "c/keep"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert _dispose(tmp_path, "a/b/2001", tidy=True).outcome is Outcome.DESTROYED
    assert (tmp_path / "a/b").is_dir()
    assert _dispose(tmp_path, "c/2003", tidy=True).outcome is Outcome.DESTROYED
    assert (tmp_path / "c").is_dir()
    assert _dispose(tmp_path, "a/b/2002", tidy=True).outcome is Outcome.DESTROYED
    assert not (tmp_path / "a").exists()
    (tmp_path / "d").mkdir()
    (tmp_path / "d/2004").touch()
    assert _dispose(tmp_path, "d/2004").outcome is Outcome.DESTROYED
    assert (tmp_path / "d").is_dir()


def test_a_folder_that_may_not_be_read_ends_the_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half-way through a tree or not: a part of it is never taken for the whole, and the refusal names no record."""
    for name in ("a/2001", "b/2002", "c/2003"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    real = os.open

    def refusing(path: Any, flags: int, *arguments: Any, dir_fd: int | None = None) -> int:
        if path == "b":
            raise PermissionError(13, "no")
        return real(path, flags, *arguments, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refusing)
    connector = FilesystemConnector(_definition(tmp_path), role=Role.SCAN)
    with pytest.raises(StoreRefused) as refusal:
        list(connector.scan(EVERYTHING))
    assert "200" not in str(refusal.value)


def test_a_folder_that_goes_during_the_walk_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken away, or turned into a link, between the listing and the look is no record and no failure."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "2009").touch()
    root = tmp_path / "root"
    for name in ("a/2001", "b/2002", "c/2003"):
        (root / name).parent.mkdir(parents=True)
        (root / name).touch()
    real = os.open

    def changing(path: Any, flags: int, *arguments: Any, dir_fd: int | None = None) -> int:
        if path == "a" and (root / "b").is_dir() and not (root / "b").is_symlink():
            (root / "b/2002").unlink()
            (root / "b").rmdir()
            (root / "b").symlink_to(outside)
            (root / "c/2003").unlink()
            (root / "c").rmdir()
        return real(path, flags, *arguments, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", changing)
    with FilesystemConnector(_definition(root), role=Role.SCAN) as connector:
        found = [one.ref.key for page in connector.scan(EVERYTHING) for one in page.records]
    assert found == ["a/2001"]
