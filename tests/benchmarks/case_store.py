"""The measured case store: as many cases as are asked for, one in a hundred past its period."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from retentiond.evidence.keys import create_keys
from retentiond.ledger.ledger import Ledger
from retentiond.lifecycle.adopt import adopt
from retentiond.lifecycle.tools import Tools
from retentiond.service.compose import installation
from tests.benchmarks.engines import filled, sqlalchemy_url
from tests.benchmarks.measuring import Measured, timed

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
LATEST_DUE = date(2020, 7, 31)
"""The latest day of closing that is due on the day of :data:`NOW`: six years are over."""

SCHEMA = """
CREATE TABLE eh_episode (
    episode_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, case_ref VARCHAR(20), ended_on DATE,
    worker_id VARCHAR(20));
CREATE TABLE status_period (status_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, kind VARCHAR(10));
CREATE TABLE case_note (
    note_id INTEGER PRIMARY KEY, episode_id INTEGER NOT NULL REFERENCES eh_episode (episode_id), body TEXT);
CREATE TABLE plan (
    plan_id INTEGER PRIMARY KEY, episode_id INTEGER NOT NULL REFERENCES eh_episode (episode_id), kind VARCHAR(3))
"""
INDEXES = """
CREATE INDEX status_of ON status_period (person_id);
CREATE INDEX notes_of ON case_note (episode_id);
CREATE INDEX plans_of ON plan (episode_id)
"""
INDEX_OF_DATES = "CREATE INDEX ended ON eh_episode (ended_on)"
COLUMNS = {
    "eh_episode": ("episode_id", "person_id", "case_ref", "ended_on", "worker_id"),
    "status_period": ("status_id", "person_id", "kind"),
    "case_note": ("note_id", "episode_id", "body"),
    "plan": ("plan_id", "episode_id", "kind"),
}
SETTINGS = """\
organisation: Ashcombe Borough Council
unit: Information Governance
ledger: sqlite:///ledger.db
signing-key: signing.pem
log-key: log.pem
opening-key: opening.key
log-origin: ashcombe.example/retention-log
schedules: [schedule.yaml]
connectors: [cases.yaml]
people:
  - {id: a.khan, name: Aisha Khan, roles: [records-manager]}
  - {id: p.shah, name: Priya Shah, roles: [records-manager]}
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
  - code: LAC-01
    title: Looked-after child
    mandate: [Care Planning, Placement and Case Review (England) Regulations 2010 reg 50]
    retain: {for: 75 years, after: case-closed}
    then: destroy
  - code: EH-01
    title: Early help case file
    mandate: [Children Act 1989 s.17]
    retain: {for: 6 years, after: case-closed}
    then: destroy
"""
DEFINITION = """\
connector: cases
kind: sql
url: URL
location: GB
records:
  - name: episode
    table: eh_episode
    key: episode_id
    reference: case_ref
    conflict-of-interest: worker_id
    classify:
      - {class: LAC-01, if: {exists: status_period, on: person_id, where: {kind: CLA}}}
      - {class: EH-01}
    triggers:
      case-closed: ended_on
    parts:
      - {table: case_note, on: episode_id}
      - {table: plan, on: episode_id}
"""


def is_old(case: int) -> bool:
    """Whether the case was closed longer ago than its period: one in a hundred."""
    return case % 100 == 0


def is_open(case: int) -> bool:
    """Whether the case has no date of closing: one in a hundred."""
    return case % 100 == 1


def was_looked_after(case: int) -> bool:
    """Whether its child ever was: one in a hundred, of the old cases as well."""
    return case % 100 == 50 or case % 10_000 == 0


def due_of(cases: int) -> int:
    """Return how many of so many cases are due."""
    return sum(is_old(one) and not was_looked_after(one) for one in range(1, cases + 1))


def _rows(table: str, cases: int) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table, their primary keys first. Those cases have children that a scan reads."""
    numbers = range(1, cases + 1)
    match table:
        case "eh_episode":
            for one in numbers:
                yield one, one, f"EH-{one}", _ended_on(one), f"w.{one % 40}"
        case "status_period":
            yield from ((one, one, "CLA") for one in numbers if was_looked_after(one))
        case _:
            of = (one for one in numbers if is_old(one) or is_open(one))
            each = ("visit " * 30, "call " * 20) if table == "case_note" else ("TAF",)
            yield from ((one * 2 + at, one, text) for one in of for at, text in enumerate(each))


_OLD = [(date(2010, 1, 1) + timedelta(days=day)).isoformat() for day in range(3000)]
_NEW = [(date(2021, 1, 1) + timedelta(days=day)).isoformat() for day in range(1500)]


def _ended_on(case: int) -> str | None:
    if is_open(case):
        return None
    return _OLD[case // 100 % len(_OLD)] if is_old(case) else _NEW[case % len(_NEW)]


def fill(url: str, cases: int, *, indexed: bool = True) -> Measured:
    """Make a case store in an empty database and return how long that took.

    Args:
        url: ``sqlite:///FILE``, ``postgresql://…`` or ``mariadb://…``.
        cases: how many.
        indexed: the dates are.
    """
    with timed() as found:
        tables = {table: (columns, _rows(table, cases)) for table, columns in COLUMNS.items()}
        filled(url, SCHEMA.split(";"), tables, [*INDEXES.split(";"), *([INDEX_OF_DATES] if indexed else [])])
    return found


@contextmanager
def installed(folder: Path, url: str, *, definition: str = DEFINITION, schedule: str = SCHEDULE) -> Iterator[Tools]:
    """Lay out an installation on a case store in an empty folder and open it; its clock stands at :data:`NOW`."""
    definition = definition.replace("URL", sqlalchemy_url(url))
    for name, text in (("retentiond", SETTINGS), ("schedule", schedule), ("cases", definition)):
        (folder / f"{name}.yaml").write_text(text)
    create_keys(folder / "signing.pem", folder / "log.pem", folder / "opening.key")
    Ledger.create(f"sqlite:///{folder / 'ledger.db'}")
    with installation(folder / "retentiond.yaml", clock=_clock) as tools:
        adopt(tools, tools.settings.people[0])
        yield tools


def _clock() -> datetime:
    return NOW
