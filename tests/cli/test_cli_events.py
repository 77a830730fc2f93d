from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from retentiond.cli.root import retentiond
from tests.cli.small_installation import Installation

RECORD = ("event", "record", "project-concluded", "--on", "1 May 2012", "--reason", "a letter")


@pytest.fixture
def projects(installation: Installation) -> Installation:
    """Return an installation whose records wait for an event that people enter."""
    installation.wait_for_an_event(version="2")
    installation.run("schedule", "adopt", "--as", "ann")
    return installation


def test_an_event_makes_a_record_due_and_its_correction_undoes_it(projects: Installation) -> None:
    """Recorded by key or reference, on a real store: due after the next scan; corrected and revoked: not any more."""
    assert projects.scanned().json("due")["total"] == 0
    assert projects.json("scan")["kinds"][0]["untriggered"] == 7
    named = ("--record", "matters/matter/1", "--record", "M/1")
    said = projects.run("--as", "sam", *RECORD, *named).output.splitlines()
    number = said[0].split()[1].rstrip(":")
    assert said[0] == f"Event {number}: project concluded on 1 May 2012, recorded for 2 records."
    assert {one["record"] for one in projects.scanned().json("due")["findings"]} == {
        "matters/matter/1",
        "matters/matter/2",
    }
    assert "project concluded 1 May 2012 + 6 years = 1 May 2018" in projects.run("due").output
    assert projects.json("explain", "M/1")["verdict"] == "due"
    corrected = projects.run("--as", "ann", "event", "correct", number, "--on", "2025-05-01", "--reason", "a slip")
    assert corrected.output == f"Event {number}: project concluded was on 1 May 2025; it said 1 May 2012 before.\n"
    assert projects.scanned().json("due")["total"] == 0
    revoked = projects.run("--as", "ann", "event", "revoke", number, "--reason", "it did not happen")
    assert revoked.output == f"Event {number} is revoked; it said project concluded on 1 May 2025.\n"
    assert projects.json("scan")["kinds"][0]["untriggered"] == 7


def test_records_from_a_file_and_from_standard_input(projects: Installation, tmp_path: Path) -> None:
    """Records are read one a line, blank lines left out, beside those named on the command line."""
    (tmp_path / "records.txt").write_text("\ufeffmatters/matter/1\n\nmatters/matter/2\r\n", encoding="utf-8")
    words = ["--json", "--as", "ann", *RECORD]
    event = projects.json(*words[1:], "--records-from", str(tmp_path / "records.txt"), "--record", "matters/matter/3")
    assert event["event"]["records"] == [f"matters/matter/{at}" for at in (1, 2, 3)]
    given = CliRunner().invoke(
        retentiond, [*words, "--records-from", "-"], input="matters/matter/4\n", env=projects.environment
    )
    assert '"matters/matter/4"' in given.stdout
    assert projects.json("scan")["kinds"][0]["due"] == 4


def test_events_are_listed_with_all_that_was_said(projects: Installation) -> None:
    """The list shows every event and how it stands, or those of one record; JSON has every change."""
    assert projects.run("event", "list").output == "No event was entered.\n"
    first = projects.json("--as", "ann", *RECORD, "--record", "matters/matter/1")["event"]["number"]
    projects.run("--as", "sam", "event", "revoke", first, "--reason", "wrong record")
    second = projects.json("--as", "ann", *RECORD, "--record", "matters/matter/2", "--record", "matters/matter/3")
    rows = projects.run("event", "list").output.splitlines()[1:]
    assert [row.split("  ")[0] for row in rows] == [first, second["event"]["number"]]
    assert "revoked" in rows[0]
    assert "wrong record" in rows[0]
    assert "2 records" in rows[1]
    (only,) = projects.json("event", "list", "--record", "matters/matter/1")["events"]
    assert [(one["change"], one["by"]) for one in only["changes"]] == [("recorded", "ann"), ("revoked", "sam")]
    assert (only["on"], only["revoked"]) == (None, True)


def test_a_record_on_a_list_is_pointed_out(projects: Installation) -> None:
    """Whoever corrects an event learns that its record is on an open list, where it is judged again."""
    event = projects.json("--as", "ann", *RECORD, "--record", "matters/matter/1")["event"]["number"]
    number = projects.listed()
    said = projects.run("--as", "ann", "event", "revoke", event, "--reason", "wrong record").output
    assert "1 record of it on open disposal lists" in said
    digest = projects.json("list", "show", number)["list"]["digest"]
    refused = projects.run("--as", "sam", "list", "approve", number, "--digest", digest, code=77)
    assert "no record is left on it, so it was withdrawn" in refused.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--as", "ann", *RECORD), 77, "it names no record, and an event is always one of named records"),
        (("--as", "ada", *RECORD, "--record", "M/1"), 77, "Ada Admin has no role"),
        (("--as", "ann", *RECORD, "--record", "matters/matter/99"), 66, "its store has no such record"),
        (("--as", "ann", *RECORD, "--record", "matters"), 66, "no scan found a record of this name"),
        (
            ("--as", "ann", "event", "record", "project-conclude", *RECORD[3:], "--record", "matters/matter/1"),
            77,
            "did you mean 'project-concluded'?",
        ),
        (("--as", "ann", "event", "revoke", "EV-1999-0001", "--reason", "x"), 66, "there is no such event"),
        (("--as", "ann", *RECORD[:-2], "--record", "M/1"), 2, "--reason"),
        (("event", "list", "--record", "M/99"), 66, "no scan found a record of this name"),
    ],
)
def test_refusals_are_said_plainly(projects: Installation, words: tuple[str, ...], code: int, said: str) -> None:
    """What cannot be recorded is said in one line, and nothing is recorded."""
    lines = projects.run(*words, code=code).stderr.splitlines()
    assert said in lines[-1]
    assert projects.json("event", "list")["events"] == []
