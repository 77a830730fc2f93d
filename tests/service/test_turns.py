from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retentiond.domain.settings import Settings
from retentiond.service.handed import Asked, Began, Replaced, handed, taken
from retentiond.service.progress import Progress
from retentiond.service.turns import TurnEnded, Turns

if TYPE_CHECKING:
    from tests.service.conftest import RunningDaemon, Site

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlalchemy", "alembic", "boto3", "pydantic", "yaml", "cryptography")
NO_SETTINGS = Settings("o", "u", "l", "s", "l", "o", "l", (), (), ())
KILLED = (sys.executable, "-S", "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
STUBBORN = (sys.executable, "-S", "-c", "import sys; sys.exit(3)")
DEAF = (sys.executable, "-S", "-c", "import os; os.close(0); os.write(1, b'doing what it wants' + bytes([10]))")

LATE = """\
import os, sys, time
from pathlib import Path
gate = Path(sys.argv[1])
gate.with_suffix(".reached").touch()
for _ in range(500):
    if gate.exists():
        break
    time.sleep(0.02)
else:
    sys.exit(3)
line = sys.stdin.buffer
line.read(int.from_bytes(line.read(8), "big"))
os.write(1, b"doing " + line.read(5))
"""
"""A turn that reads nothing until a gate opens, and then tells what it was told behind the configuration."""


def turn(work: str, said: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run one turn as the daemon does, and shut its input behind what was handed over."""
    return subprocess.run(
        [sys.executable, "-m", "retentiond.service.turn", work],
        input=said,
        capture_output=True,
        check=False,
        cwd=ROOT,
    )


def test_a_turn_that_was_killed_is_told_and_the_next_goes_on(site: Site, start: Callable[..., RunningDaemon]) -> None:
    """A turn that crashes after its store acted does not end the daemon: the next one learns what became of it."""
    number = site.approved_list()
    daemon = start(TEST_STOP_AT="store-acted")
    os.kill(daemon.is_held(site), signal.SIGKILL)
    site.gate.touch()
    daemon.wait_for_log("the turn to dispose ended with the signal SIGKILL", f"{number} is certified: DC-")
    assert daemon.stop() == 0
    assert len(site.files()) == 1


@pytest.mark.parametrize(("command", "code"), [(KILLED, 70), (STUBBORN, 3)])
def test_a_configuration_that_was_not_read_is_not_put_in_force(command: tuple[str, ...], code: int) -> None:
    """Where the process that reads it dies, or refuses, nothing is in force and nothing is begun."""
    turns = Turns(Progress(), lambda _doing: None, command)
    with pytest.raises(TurnEnded) as ended:
        turns.read(Path("retentiond.yaml"))
    assert ended.value.exit_code == code
    assert turns.in_force is None
    turns.scan()
    turns.dispose()
    assert turns.exit_code == 0


@pytest.mark.parametrize("command", [KILLED, STUBBORN])
def test_no_turn_ends_the_daemon_by_dying(command: tuple[str, ...]) -> None:
    """However a turn ends, no thread of the daemon is ended by it, and nothing is left under way."""
    told: list[str] = []
    progress = Progress()
    turns = Turns(progress, told.append, command)
    turns.swap(Began(NO_SETTINGS, b"x" * 1_000_000, "", lacks_a_scan=False))  # more than a pipe takes
    turns.scan()
    turns.dispose()
    turns.stop()
    turns.scan()
    assert told == ["", ""]
    assert turns.exit_code == 0


def test_a_word_that_nobody_hears_any_more_does_no_harm() -> None:
    """A turn that is told to stop when it has shut its ears ends as any other."""
    told: list[str] = []

    def tell(doing: str) -> None:
        told.append(doing)
        turns.stop()

    turns = Turns(Progress(), tell, DEAF)
    turns.swap(Began(NO_SETTINGS, b"", "", lacks_a_scan=False))
    turns.scan()
    assert told == ["what it wants", ""]
    assert turns.exit_code == 0


def test_a_turn_that_does_not_read_holds_up_nobody_who_says_stop(tmp_path: Path) -> None:
    """A stop is obeyed while a configuration larger than a pipe waits to be read, and is heard behind it."""
    told: list[str] = []
    gate = tmp_path / "gate"
    turns = Turns(Progress(), told.append, (sys.executable, "-S", "-c", LATE, str(gate)))
    turns.swap(Began(NO_SETTINGS, b"x" * 1_000_000, "", lacks_a_scan=False))
    worker = threading.Thread(target=turns.scan)
    worker.start()
    while not gate.with_suffix(".reached").exists():
        time.sleep(0.02)
    turns.stop()
    gate.touch()
    worker.join()
    assert told == ["stop", ""]


def test_a_program_that_cannot_be_started_is_a_refusal() -> None:
    """Where no process can be started, for want of memory say, nothing is read and nothing is put in force."""
    turns = Turns(Progress(), lambda _doing: None, ("/nowhere/at/all",))
    with pytest.raises(TurnEnded):
        turns.read(Path("retentiond.yaml"))
    assert turns.in_force is None


def test_a_turn_of_another_version_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that was replaced under a running daemon does nothing under the old configuration, and says so."""
    with monkeypatch.context() as patched:
        patched.setattr("retentiond.service.handed.__version__", "0.0.9")
        said = handed(b"")
    done = turn("dispose", said)
    assert done.returncode == os.EX_TEMPFAIL
    assert b"the program was replaced while the daemon ran: 0.0.9 runs" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("said", [b"", handed(pickle.dumps("a configuration"))[:-3]], ids=["nothing", "most"])
def test_a_turn_that_was_handed_nothing_whole_does_nothing(said: bytes) -> None:
    """Where the daemon died before all was handed over the turn ends without having looked at anything."""
    done = turn("scan", said)
    assert done.returncode == os.EX_SOFTWARE
    assert b"broken off by EOFError" in done.stderr
    assert b"Traceback" not in done.stderr


def test_what_is_handed_over_is_taken_and_nothing_behind_it() -> None:
    """What stands behind the value in the pipe is left there: it may be a word to stop."""
    reading, writing = os.pipe()
    os.write(writing, handed(Asked(Path("x"), b"\0" * 9)) + b"stop\n")
    assert taken(reading) == Asked(Path("x"), b"\0" * 9)
    assert os.read(reading, 99) == b"stop\n"
    os.close(writing)
    with pytest.raises(EOFError):
        taken(reading)
    os.close(reading)


def test_another_version_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of another version's value is looked at."""
    reading, writing = os.pipe()
    os.write(writing, handed(0))
    os.close(writing)
    monkeypatch.setattr("retentiond.service.handed.__version__", "0.2.0")
    with pytest.raises(Replaced):
        taken(reading)
    os.close(reading)


@pytest.mark.parametrize(
    ("module", "heavy"), [("daemon", HEAVY), ("turn", ("alembic", "boto3", "pydantic", "yaml", "apscheduler"))]
)
def test_nobody_holds_what_they_do_not_need(module: str, heavy: tuple[str, ...]) -> None:
    """The daemon loads no library that touches a store, the ledger or a file; a turn none that reads files."""
    code = f"import sys, retentiond.service.{module}; print(*[one for one in {heavy!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""
