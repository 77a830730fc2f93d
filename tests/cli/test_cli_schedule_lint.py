from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from retentiond.cli.root import retentiond
from tests.cli.small_installation import SCHEDULE, Installation

BAD = Path(__file__).parents[1] / "config" / "lint" / "bad"
SHIPPED = Path(__file__).parents[2] / "schedules"
ON = ("--on", "2026-11-25")


def lint(*words: str | Path, code: int) -> Result:
    """Lint without any settings."""
    result = CliRunner().invoke(retentiond, ["schedule", "lint", *map(str, words)], prog_name="retentiond")
    assert result.exit_code == code, result.output
    return result


def body(*words: str | Path, code: int) -> dict[str, Any]:
    """Lint with ``--json`` and return the object printed."""
    found: dict[str, Any] = json.loads(lint(*words, "--json", code=code).stdout)
    return found


def test_a_sound_schedule_is_said_to_be_one_in_a_line() -> None:
    """Where there is nothing to say the answer is one line and the exit code 0, also when nothing is let pass."""
    result = lint(SHIPPED, *ON, "--strict", code=0)
    assert result.stdout.startswith("Nothing found in 6 schedules with ")
    assert len(result.stdout.splitlines()) == 1


def test_errors_and_warnings_are_told_apart_with_a_count() -> None:
    """Errors come first, warnings after them, each at its place with its remedy, and one line counts both."""
    result = lint(BAD / "floor.yaml", BAD / "or.yaml", *ON, "--quiet", code=1)
    lines = result.stdout.splitlines()
    assert lines[0] == "Errors:"
    assert lines[1].startswith(f"{BAD}/floor.yaml:14:13: this may end before the law lets it")
    assert lines[4:] == [
        "Warnings:",
        (
            f"{BAD}/or.yaml:11:18: two periods are joined by 'or', and nothing says which of them counts; "
            "write 'whichever is longer' or 'whichever is shorter', and let 'retain' say the same"
        ),
        "3 errors and 1 warning in 2 schedules with 4 classes.",
    ]


def test_warnings_alone_are_no_failure_unless_nothing_is_let_pass() -> None:
    """The exit code is 0 with warnings, and 1 with --strict, which tells them as errors."""
    found = body(BAD / "or.yaml", *ON, code=0)
    assert (found["ok"], len(found["errors"]), len(found["warnings"])) == (True, 0, 1)
    strict = body(BAD / "or.yaml", *ON, "--strict", code=1)
    assert (strict["ok"], strict["errors"], strict["warnings"]) == (False, found["warnings"], [])


def test_what_cannot_be_read_is_told_with_what_can() -> None:
    """A file that is no schedule ends with 78; its faults and the remarks on the others are told all the same."""
    found = body(BAD / "slip-darlington-refused.yaml", BAD / "nowhere.yaml", BAD / "floor.yaml", *ON, code=78)
    assert [one["rule"] for one in found["errors"]] == ["unusable", "unusable", "floor", "floor", "floor"]
    assert (found["schedules"], found["classes"]) == (1, 3)
    text = lint(BAD / "slip-darlington-refused.yaml", BAD / "floor.yaml", *ON, code=78).stdout
    assert "slip-darlington-refused.yaml:16:13: several ways to retain" in text
    assert "floor.yaml:14:13: this may end" in text


def test_one_code_in_two_schedules_is_told_with_the_rest() -> None:
    """What only several schedules together show is a fault as everywhere."""
    found = body(BAD / "or.yaml", BAD / "rationale.yaml", *ON, code=78)
    assert "is given at" in found["errors"][0]["message"]
    assert {one["rule"] for one in found["errors"]} == {"unusable", "rationale"}


def test_the_day_can_be_said() -> None:
    """The schedule is looked at on the day given: before its review it is sound, and after it is not."""
    path = BAD / "or.yaml"
    assert [one["rule"] for one in body(path, "--on", "31 March 2027", code=0)["warnings"]] == ["or"]
    later = body(path, "--on", "2027-04-01", code=0)
    assert [one["rule"] for one in later["warnings"]] == ["review-by", "or"]
    assert later["on"] == "2027-04-01"


def test_definitions_can_be_named() -> None:
    """With --connectors a schedule is held against those definitions, and one that cannot be read is told."""
    path = BAD / "no-connector.yaml"
    assert body(path, *ON, code=0)["warnings"] == []
    found = body(path, *ON, "--connectors", BAD / "connectors" / "no-connector.yaml", code=0)
    assert [one["rule"] for one in found["warnings"]] == ["no-connector"]
    assert body(path, *ON, "--connectors", BAD / "nowhere", code=78)["errors"][0]["rule"] == "unusable"


def test_without_paths_the_settings_say_which(installation: Installation) -> None:
    """The schedules of the settings are held against the settings' own definitions."""
    found = installation.json("schedule", "lint", *ON)
    assert (found["schedules"], found["classes"]) == (1, 2)
    assert [one["rule"] for one in found["warnings"]] == ["basis", "basis", "no-connector"]
    own = installation.folder / "schedules" / "matters.yaml"
    found = installation.json("schedule", "lint", *ON, str(own))
    assert [one["rule"] for one in found["warnings"]] == ["basis", "basis"]
    own.write_text(SCHEDULE.replace("case-closed", "case-close"), encoding="utf-8")
    (error,) = installation.json("schedule", "lint", *ON, code=1)["errors"]
    assert error["rule"] == "trigger"
    assert error["place"] == f"{own}:13:35"
    assert "did you mean 'case-closed'?" in error["remedy"]


def test_without_paths_and_settings_it_says_where_it_looked() -> None:
    """With neither there is nothing to look at, and the refusal is that of every command."""
    assert "no settings file" in lint(code=78).stderr


@pytest.mark.parametrize("words", [("--on", "soon"), ("--strictly",)])
def test_a_command_line_that_makes_no_sense_is_refused(words: tuple[str, ...]) -> None:
    """A date that is none, or an option that is none, ends with the exit code of wrong usage."""
    lint(SHIPPED, *words, code=2)
