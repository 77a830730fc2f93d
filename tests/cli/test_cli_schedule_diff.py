from __future__ import annotations

import csv
import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli.small_installation import SCHEDULE, Installation

SIX = "retain: {for: 6 years, after: case-closed}"
CODE = re.compile(r"case-closed|\d{4}-\d{2}-\d{2}|for:|after:")


def another(tmp_path: Path, **changes: str) -> str:
    """Write the schedule in force with its version and some words changed; return where it lies."""
    text = SCHEDULE.replace('version: "1"', 'version: "2"')
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    path = tmp_path / "another.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_longer_period_is_seen_before_it_is_adopted(installation: Installation, tmp_path: Path) -> None:
    """In words what changes, and on a real store how many records it moves, to which years; nothing is written."""
    installation.scanned()
    before = (installation.folder / "ledger.db").read_bytes()
    path = another(tmp_path, **{SIX: "retain: {for: 18 years, after: case-closed, cut-off: financial-year}"})
    said = installation.run("schedule", "diff", "in-force", path).output
    assert "From Matters, version 1 to Matters, version 2:" in said
    assert re.search(
        r"M-01 +Closed matter +kept longer +18 years after the day the case closed, counted from the end of that "
        r"financial year \(31 March\); until now 6 years after the day the case closed",
        said,
    )
    assert re.search(r"M-01 +due later +2029 +4\n", said)
    assert "6 due later; 1 as before; 5 that are due today would not be due any more" in said
    assert said.endswith("7 records dated under both. Nothing was changed, and nothing is adopted.\n")
    assert not CODE.search(said)
    assert (installation.folder / "ledger.db").read_bytes() == before


def test_a_file_changed_in_its_place_is_compared_with_what_was_adopted(installation: Installation) -> None:
    """What is in force is what people adopted, also where its file says something else by now."""
    installation.change_schedule(("for: 6 years", "for: 8 years"), version="2")
    path = str(installation.folder / "schedules" / "matters.yaml")
    said = installation.run("schedule", "diff", "in-force", path).output
    assert "From Matters, version 1 to Matters, version 2:" in said
    assert "8 years after the day the case closed; until now 6 years after the day the case closed" in said
    assert "is not adopted" in installation.run("forecast").output
    installation.run("--as", "ann", "schedule", "adopt")
    assert "They say the same." in installation.run("schedule", "diff", "in-force", path).output
    assert "is not adopted" not in installation.run("forecast").output


def test_without_settings_or_with_offline_only_the_files_are_compared(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files can be compared anywhere; where there are no settings that is said, with --offline it is meant."""
    in_force = str(installation.folder / "schedules" / "matters.yaml")
    path = another(tmp_path, **{SIX: "retain: {for: 2 years, after: case-closed}"})
    offline = installation.run("schedule", "diff", in_force, path, "--offline").output
    assert "kept for less time" in offline
    assert "dated under both" not in offline
    assert installation.json("schedule", "diff", in_force, path, "--offline")["records"] is None
    monkeypatch.setattr(Installation, "environment", {})
    bare = installation.run("schedule", "diff", in_force, path).output
    assert "There are no settings here, so no records were looked at." in bare
    assert installation.run("schedule", "diff", "in-force", path, code=78).exit_code == 78
    assert installation.run("--config", "nowhere.yaml", "schedule", "diff", in_force, path, code=78).exit_code == 78


def test_what_would_be_due_at_once_is_said(installation: Installation, tmp_path: Path) -> None:
    """A shorter period says how many records it makes due the day it is adopted."""
    with sqlite3.connect(installation.folder / "store.db") as store:
        store.execute("UPDATE matter SET ended_on = date('now', '-4 years') WHERE matter_ref = 'M/open'")
    store.close()
    path = another(tmp_path, **{SIX: "retain: {for: 2 years, after: case-closed}"})
    assert "; 1 would be due at once." in installation.run("schedule", "diff", "in-force", path).output
    assert "; 1 that are due today" in installation.run("schedule", "diff", path, "in-force").output


def test_the_same_says_so_and_both_in_force_is_refused(installation: Installation, tmp_path: Path) -> None:
    """Two that say the same look at no record; in-force beside in-force is a slip."""
    path = another(tmp_path)
    said = installation.run("schedule", "diff", path, path).output
    assert "They say the same." in said
    assert "no records were looked at" in said
    assert "name a file" in installation.run("schedule", "diff", "in-force", "in-force", code=2).stderr


def test_a_file_that_cannot_be_read_is_refused_whole(installation: Installation, tmp_path: Path) -> None:
    """A schedule with a fault is refused with its place, as everywhere."""
    path = another(tmp_path, **{"then: destroy": "then: explode"})
    assert f"{path}:14:" in installation.run("schedule", "diff", "in-force", path, code=78).stderr
    assert installation.run("schedule", "diff", "in-force", str(tmp_path / "none.yaml"), code=78).exit_code == 78


def test_a_store_that_cannot_be_read_ends_with_69(installation: Installation, tmp_path: Path) -> None:
    """The words are printed all the same, the store is named, and the exit code says that trying again may help."""
    (installation.folder / "store.db").unlink()
    path = another(tmp_path, **{SIX: "retain: {for: 8 years, after: case-closed}"})
    result = installation.run("schedule", "diff", "in-force", path, code=69)
    assert "kept longer" in result.output
    assert "FAILED matters/matter" in result.output


def test_the_table_for_spreadsheets_holds_changes_and_records(installation: Installation, tmp_path: Path) -> None:
    """The CSV has a row for each change and for each year to which records move."""
    path = another(tmp_path, **{SIX: "retain: {for: 8 years, after: case-closed}", "Closed matter": "'=Closed'"})
    installation.run("schedule", "diff", "in-force", path, "--csv", str(tmp_path / "diff.csv"))
    rows = [*csv.DictReader((tmp_path / "diff.csv").read_text("utf-8-sig").splitlines())]
    assert {row["about"] for row in rows} == {"schedule", "records"}
    assert sum(int(row["records"]) for row in rows if row["about"] == "records") == 7
    assert {row["title"] for row in rows if row["class"] == "M-01"} == {"'=Closed"}


def test_what_the_new_rule_needs_and_no_store_gives_is_said(installation: Installation, tmp_path: Path) -> None:
    """A date that the definition does not map leaves records without a day, and both are said."""
    path = another(tmp_path, **{SIX: "retain: {until-age: 25, of: birth}"})
    said = installation.run("schedule", "diff", "in-force", path).output
    assert "M-01 needs 'birth', and matter in matters does not map it." in said
    assert "6 not computable any more" in said
    assert "M-01: 6 records cannot be computed any more, because of: no birth date." in said


def test_years_far_away_stand_in_one_row(installation: Installation, tmp_path: Path) -> None:
    """Of many years of due dates the first are shown one by one and the others together; the sum stays."""
    with sqlite3.connect(installation.folder / "store.db") as store:
        store.executemany(
            "INSERT INTO matter (matter_ref, ended_on) VALUES (?, ?)",
            [(f"N/{year}", f"{year}-06-01") for year in range(1970, 2000)],
        )
    store.close()
    path = another(tmp_path, **{SIX: "retain: {for: 60 years, after: case-closed}"})
    said = installation.run("schedule", "diff", "in-force", path).output
    rows = re.findall(r"^M-01 +due later +([\d to]+\d) +(\d+)$", said, re.MULTILINE)
    assert len(rows) == 9
    assert rows[0] == ("2030", "1")
    assert rows[-1][0].startswith("2038 to ")
    assert sum(int(records) for _, records in rows) == 36
