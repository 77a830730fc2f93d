"""A small installation with one SQLite store, for the tests of the command line."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from stat import S_IMODE
from tempfile import TemporaryDirectory
from typing import Any

from click.testing import CliRunner, Result

from retentiond.cli.root import retentiond

ROOT = Path(__file__).parents[2]
SETTINGS = """\
organisation: Example Council
unit: Children's Services
ledger: sqlite:///ledger.db
signing-key: keys/signing.pem
log-key: keys/log.pem
opening-key: keys/opening.key
log-origin: example.gov.uk/retentiond
schedules: schedules
connectors: connectors
people:
  - {id: ann, name: Ann Archer, roles: [records-manager]}
  - {id: ben, name: Ben Baker, roles: [records-manager]}
  - {id: sam, name: Sam Smith, roles: [service-manager]}
  - {id: ada, name: Ada Admin, roles: [administrator]}
belts: {percent-of-store: 100, cooling-off: 1 second, kill-switch: stop}
"""
SCHEDULE = """\
schedule: Matters
version: "1"
jurisdiction: England
time-zone: Europe/London
adopted: 2026-04-01
review-by: 2027-03-31
owner: Information Governance
classes:
  - code: M-01
    title: Closed matter
    mandate: [UK GDPR Art 5(1)(e)]
    rationale: Six years after it closed nobody needs it.
    retain: {for: 6 years, after: case-closed}
    then: destroy
    review: [service-manager, records-manager]
  - code: M-02
    title: Matter of another kind
    mandate: [UK GDPR Art 5(1)(e)]
    rationale: For reclassifying.
    retain: permanently
    then: retain-permanently
"""
DEFINITION = """\
connector: matters
kind: sql
url: ${credential:store}
location: GB
records:
  - name: matter
    table: matter
    key: matter_id
    reference: matter_ref
    classify: [{class: M-01}]
    triggers: {case-closed: ended_on}
    blockers:
      open-request: {exists: request, where: {closed_on: null}, on: matter_id}
    parts:
      - {table: note, on: matter_id}
      - {table: request, on: matter_id}
"""
STORE = """
CREATE TABLE matter (matter_id INTEGER PRIMARY KEY, matter_ref TEXT NOT NULL, ended_on DATE);
CREATE TABLE note (
    note_id INTEGER PRIMARY KEY, matter_id INTEGER NOT NULL REFERENCES matter (matter_id), body TEXT NOT NULL
);
CREATE TABLE request (
    request_id INTEGER PRIMARY KEY, matter_id INTEGER NOT NULL REFERENCES matter (matter_id), closed_on DATE
);
"""


@dataclass(frozen=True)
class Installation:
    """A small installation with one SQLite store, and the command line on it."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead to the settings and to the store."""
        return {
            "RETENTIOND_CONFIG": str(self.folder / "retentiond.yaml"),
            "RETENTIOND_CREDENTIAL_STORE": f"sqlite:///{self.folder / 'store.db'}",
        }

    @property
    def process_environment(self) -> dict[str, str]:
        """The environment of a process of its own."""
        return os.environ | self.environment | {"PYTHONPATH": str(ROOT)}

    def run(self, *words: str, code: int | None = 0) -> Result:
        """Run a command line; ``code`` is the exit code that is expected, None for any."""
        result = CliRunner().invoke(retentiond, list(words), env=self.environment, prog_name="retentiond")
        assert code in (None, result.exit_code), result.output
        return result

    def json(self, *words: str, code: int | None = 0) -> dict[str, Any]:
        """Run a command line with ``--json`` and return the object it prints."""
        found: dict[str, Any] = json.loads(self.run("--json", *words, code=code).stdout)
        return found

    def change_schedule(self, *pairs: tuple[str, str], version: str) -> None:
        """Write the schedule's next version: texts that are replaced by others."""
        path = self.folder / "schedules" / "matters.yaml"
        text = path.read_text(encoding="utf-8")
        for old, new in (*pairs, (re.findall(r"version: .*", text)[0], f'version: "{version}"')):
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def wait_for_an_event(self, version: str) -> None:
        """Write the schedule's next version: records of its first class wait for an event that people enter."""
        events = "events: {project-concluded: {called: the day the project was concluded, by-hand: true}}"
        self.change_schedule(
            ("owner: Information Governance", f"owner: Information Governance\n{events}"),
            ("after: case-closed", "after: project-concluded"),
            version=version,
        )

    def scanned(self) -> Installation:
        """Return itself once its store was scanned."""
        self.run("scan")
        return self

    def listed(self) -> str:
        """Scan and put what is due on a list; return its number."""
        return str(self.scanned().json("--as", "ann", "list", "create")["list"]["number"])

    def approved(self) -> str:
        """Return the number of a list that every stage approved and whose cooling-off period is over."""
        number = self.listed()
        digest = self.json("list", "show", number)["list"]["digest"]
        for person in ("sam", "ben"):
            self.run("--as", person, "list", "approve", number, "--digest", digest)
        time.sleep(1.1)
        return number

    def certified(self) -> tuple[str, str]:
        """Return the numbers of a list that was carried out and of its certificate."""
        number = self.approved()
        return number, str(self.json("--as", "ann", "dispose", number)["certificate"]["number"])


def make(folder: Path, due: int = 4) -> Installation:
    """Make an installation whose store holds ``due`` records that are due and three that are not."""
    for name, (mode, content) in _files(due).items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=mode)
        path.write_bytes(content)
    return Installation(folder)


@cache
def _files(due: int) -> dict[Path, tuple[int, bytes]]:
    """Make it once; return the mode and the content of its files, in none of which its place is named."""
    with TemporaryDirectory(prefix="retentiond-installation-") as folder:
        _make(Path(folder), due)
        every = [one for one in Path(folder).rglob("*") if one.is_file()]
        return {one.relative_to(folder): (S_IMODE(one.stat().st_mode), one.read_bytes()) for one in every}


def _make(folder: Path, due: int) -> None:
    made = Installation(folder)
    made.run("init", str(folder))
    for shipped in (*(folder / "schedules").iterdir(), *(folder / "connectors").iterdir()):
        shipped.unlink()
    (folder / "retentiond.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "schedules" / "matters.yaml").write_text(SCHEDULE, encoding="utf-8")
    (folder / "connectors" / "matters.yaml").write_text(DEFINITION, encoding="utf-8")
    made.run("--as", "ann", "schedule", "adopt")
    rows: list[tuple[str, str | None]] = [(f"M/{number}", "2010-04-01") for number in range(due)]
    rows += [("M/open", date.today().isoformat()), ("M/undated", None), ("M/blocked", "2011-05-01")]  # noqa: DTZ011  # any zone
    with sqlite3.connect(folder / "store.db") as store:
        store.executescript(STORE)
        store.executemany("INSERT INTO matter (matter_ref, ended_on) VALUES (?, ?)", rows)
        store.execute("INSERT INTO note (matter_id, body) SELECT matter_id, 'a note' FROM matter")
        store.execute("INSERT INTO request (matter_id) SELECT matter_id FROM matter WHERE matter_ref = 'M/blocked'")
    store.close()
