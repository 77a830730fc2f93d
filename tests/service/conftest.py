from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from retentiond.evidence.keys import create_keys
from retentiond.ledger.ledger import Ledger
from retentiond.lifecycle.adopt import adopt
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.review import approve
from retentiond.lifecycle.scan import scan
from retentiond.service.compose import installation

CANARY = "Zerlina Quartermaine QQ123456C"
"""A made-up name and number, in the files' names and in what they hold: it may be in no log."""
PATIENCE = 60.0
"""Seconds after which a test that waits for the daemon gives up."""

SETTINGS = """\
organisation: Ashcombe Borough Council
unit: Information Governance
ledger: sqlite:///ledger.db
signing-key: signing.pem
log-key: log.pem
opening-key: opening.key
log-origin: ashcombe.example/retention-log
schedules: [schedule.yaml]
connectors: [files.yaml]
people:
  - {id: a.khan, name: Aisha Khan, roles: [records-manager]}
  - {id: p.shah, name: Priya Shah, roles: [records-manager]}
belts:
  percent-of-store: 100
  cooling-off: 1 second
  kill-switch: stop
"""
SCHEDULE = """\
schedule: Early Help
version: "2026.1"
jurisdiction: England
time-zone: Europe/London
adopted: 2026-04-01
review-by: 2027-03-31
owner: Information Governance
classes:
  - code: EH-01
    title: Early help case file
    mandate: [Children Act 1989 s.17]
    retain: {for: 6 years, after: case-closed}
    then: destroy
"""
KIND = """\
  - name: {name}
    prefix: {name}/
    classify:
      - {{class: EH-01}}
    triggers:
      case-closed: {{name: '(\\d{{4}}-\\d{{2}}-\\d{{2}})'}}
"""
DAEMON = """\
import sys
from datetime import UTC
from pathlib import Path
from apscheduler.triggers.interval import IntervalTrigger
from retentiond.service import daemon
from retentiond.service.timetable import Timetable


def often(_settings):
    return Timetable(*(IntervalTrigger(seconds=0.5, timezone=UTC) for _ in range(2)))

sys.exit(daemon.run_daemon(Path(sys.argv[1]), when=often, turn=eval(sys.argv[2])))
"""
"""The real daemon with two ticks a second."""
TURN = """\
import os, sys, time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from retentiond.service import turn

gate, opened = Path(sys.argv[1]), turn.opened

def passing(point):
    if point == os.environ.get("TEST_STOP_AT") and not gate.exists():
        gate.with_suffix(".reached").write_text(str(os.getpid()))
        while not gate.exists():
            time.sleep(0.02)
    if point == os.environ.get("TEST_RAISE_AT"):
        raise RuntimeError(os.environ["TEST_CANARY"])

@contextmanager
def with_gates(*given, **named):
    with opened(*given, **named) as tools:
        yield replace(tools, passing=passing)

turn.opened = with_gates
sys.exit(turn.main(sys.argv[2]))
"""
"""A real turn, with gates at which a test can hold it."""

PRELOADED = """\
import array, os, signal, socket, sys
address, code, *words = sys.argv[1:]
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
    line.connect(chr(0) + address)
    locks = [int(one) for one in os.listdir("/proc/self/fd") if int(one) > 2 and int(one) != line.fileno()]
    locks = [one for one in locks if os.path.exists(f"/proc/self/fd/{one}") and os.get_inheritable(one)]
    masked = [int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, [])]
    said = repr((code, words, dict(os.environ), masked)).encode()
    descriptors = array.array("i", [0, 1, 2, *locks])
    line.sendmsg([len(said).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
    line.sendall(said)
    for one in (0, 1):
        os.close(one)
    ended = line.recv(1)
if not ended:
    os.kill(os.getpid(), signal.SIGKILL)
os._exit(ended[0])
"""
"""A turn that is forked of a process which has loaded the program; ends as its fork ends."""


@dataclass(frozen=True, slots=True)
class Site:
    """A small installation whose store is a folder of files, two kinds of them."""

    folder: Path
    canary: str = CANARY

    @property
    def settings(self) -> Path:
        """Return the settings file."""
        return self.folder / "retentiond.yaml"

    @property
    def gate(self) -> Path:
        """Return the file whose appearance lets a held daemon go on."""
        return self.folder / "gate"

    def files(self) -> set[str]:
        """Return the paths of the store's files, relative to its root."""
        root = self.folder / "files"
        return {str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()}

    def adopt(self) -> None:
        """Have the schedule adopted as its file says now."""
        with installation(self.settings) as tools:
            adopt(tools, tools.person("a.khan"))

    def approved_list(self) -> str:
        """Scan, gather what is due and have it approved; return the list's number."""
        with installation(self.settings) as tools:
            scan(tools)
            listed = gather(tools, tools.person("a.khan")).listed
            approve(tools, listed.number, tools.person("p.shah"), listed.digest)
            return listed.number

    def state_of(self, number: str) -> str:
        """Return where a list stands."""
        ledger = Ledger.open(f"sqlite:///{self.folder / 'ledger.db'}")
        try:
            with ledger.transaction() as tx:
                return tx.lists.get(number).state.value
        finally:
            ledger.close()


@dataclass(slots=True)
class RunningDaemon:
    """The daemon as a process, what it told its service manager, and what it logged."""

    process: subprocess.Popen[bytes]
    manager: socket.socket
    log: Path
    told: list[str] = field(default_factory=list)

    def is_held(self, site: Site) -> int:
        """Wait until its turn stands at the gate, and return the turn's process id."""
        reached = site.gate.with_suffix(".reached")
        deadline = time.monotonic() + PATIENCE
        while not (reached.exists() and (said := reached.read_text())):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        return int(said)

    def listen(self) -> None:
        """Keep every datagram until the socket is shut."""
        while told := self.manager.recv(4096):
            self.told.append(told.decode())

    def wait_for_told(self, wanted: str, *, after: int = 0) -> int:
        """Wait for a datagram with the wanted line, past the first ``after``; return how many there were with it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for number, one in enumerate(self.told[after:], after + 1):
                if wanted in one.split("\n"):
                    return number
            assert time.monotonic() < deadline, (wanted, self.told)
            time.sleep(0.02)

    def wait_for_silence(self, seconds: float) -> None:
        """Wait until it has told nothing for so long."""
        deadline = time.monotonic() + PATIENCE
        heard = -1
        while heard != len(self.told):
            assert time.monotonic() < deadline, self.told
            heard = len(self.told)
            time.sleep(seconds)

    def wait_for_log(self, *wanted: str, after: int = 0) -> str:
        """Read the log until every wanted text is in it, past its first ``after`` characters; return all of it."""
        deadline = time.monotonic() + PATIENCE
        while not all(one in self.log.read_text()[after:] for one in wanted):
            if time.monotonic() > deadline:
                self.send(signal.SIGABRT)  # writes where every thread stands
                self.process.wait()
                pytest.fail(f"no {wanted} in:\n{self.log.read_text()}")
            time.sleep(0.02)
        return self.log.read_text()

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        self.send(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out an installation once: its settings, its keys, and a ledger whose schedule is adopted."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "files.yaml").write_text(_definition(folder / "files"))
    (folder / "schedule.yaml").write_text(SCHEDULE)
    (folder / "retentiond.yaml").write_text(SETTINGS)
    create_keys(folder / "signing.pem", folder / "log.pem", folder / "opening.key")
    Ledger.create(f"sqlite:///{folder / 'ledger.db'}")
    Site(folder).adopt()
    return folder


@pytest.fixture
def site(tmp_path: Path, laid_out: Path) -> Site:
    """Return an installation: two due files of one kind, one of another, and one that is not due."""
    shutil.copytree(laid_out, tmp_path, dirs_exist_ok=True)
    files = tmp_path / "files"
    for path in ("cases/a 2001-01-01", "cases/b 2002-02-02", "letters/c 2003-03-03", f"cases/{CANARY} 2126-01-01"):
        file = files / f"{path}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(CANARY)
    (files / f"cases/{CANARY} 2004-04-04.txt").write_text(CANARY)
    (tmp_path / "files.yaml").write_text(_definition(files))
    return Site(tmp_path)


def _definition(files: Path) -> str:
    store = f"connector: files\nkind: filesystem\nroot: {files}\nlocation: GB\nrecords:\n"
    return store + "".join(KIND.format(name=name) for name in ("cases", "letters"))


@pytest.fixture(scope="session")
def preloaded() -> Iterator[str]:
    """Return the address of a process of which turns are forks, so that none has to load the program anew."""
    address = f"retentiond-turns-{os.getpid()}"
    server = [sys.executable, str(Path(__file__).with_name("preloaded.py")), address]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}
    with subprocess.Popen(server, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield address
        process.kill()


@pytest.fixture
def start(site: Site, preloaded: str, tmp_path: Path) -> Iterator[Callable[..., RunningDaemon]]:
    """Return a way to start the daemon on the installation; what still runs at the end is killed."""
    started: list[tuple[RunningDaemon, threading.Thread]] = []

    def starting(**environment: str) -> RunningDaemon:
        number = len(started)
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        manager.bind(str(tmp_path / f"notify-{number}"))
        log = tmp_path / f"log-{number}"
        environment = {"TEST_CANARY": CANARY, "NOTIFY_SOCKET": str(tmp_path / f"notify-{number}")} | environment
        turn = repr((sys.executable, "-S", "-E", "-c", PRELOADED, preloaded, TURN, str(site.gate)))
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-c", DAEMON, str(site.settings), turn],
                env=os.environ | environment,
                stderr=stderr,
                cwd=Path(__file__).parents[2],
            )
        daemon = RunningDaemon(process, manager, log)
        listener = threading.Thread(target=daemon.listen)
        listener.start()
        started.append((daemon, listener))
        return daemon

    yield starting
    for one, listener in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
        one.manager.shutdown(socket.SHUT_RD)
        listener.join()
        one.manager.close()
