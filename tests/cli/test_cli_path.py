from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from retentiond.cli.root import retentiond
from tests.cli.small_installation import ROOT, Installation


def left_in_store(installation: Installation) -> list[str]:
    """Return the references of the matters the store still has."""
    with sqlite3.connect(installation.folder / "store.db") as store:
        found = [row[0] for row in store.execute("SELECT matter_ref FROM matter ORDER BY matter_id")]
    store.close()
    return found


def test_init_makes_an_installation_that_only_lacks_its_stores(tmp_path: Path) -> None:
    """What init writes is sound as it stands: a check names nothing but the credential nobody has set yet."""
    made = Installation(tmp_path / "new")
    said = made.run("init", str(made.folder)).output
    settings = made.folder / "retentiond.yaml"
    assert f"retentiond check --config {settings}" in said
    assert f"retentiond schedule adopt --as PERSON --config {settings}" in said
    assert made.run("check", "--offline").exit_code == 0
    faults = made.json("check", code=1)["faults"]
    assert {fault["message"] for fault in faults} == {"this credential is not set"}
    for key in (made.folder / "keys").iterdir():
        assert key.stat().st_mode & 0o077 == 0


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    """A folder that holds a file init would write is refused, and nothing in it changes."""
    (tmp_path / "retentiond.yaml").write_text("mine\n", encoding="utf-8")
    result = CliRunner().invoke(retentiond, ["init", str(tmp_path)])
    assert result.exit_code == 78
    assert "it is there already" in result.stderr
    assert (tmp_path / "retentiond.yaml").read_text(encoding="utf-8") == "mine\n"
    assert [one.name for one in tmp_path.iterdir() if one.name != "empty"] == ["retentiond.yaml"]


def test_init_that_is_refused_half_way_leaves_no_files(tmp_path: Path) -> None:
    """Where a key is there already, init takes back the files it wrote, and the key stays."""
    (tmp_path / "new" / "keys").mkdir(parents=True)
    (tmp_path / "new" / "keys" / "signing.pem").write_text("mine\n", encoding="utf-8")
    result = CliRunner().invoke(retentiond, ["init", str(tmp_path / "new")])
    assert result.exit_code == 78
    assert [one for one in (tmp_path / "new").rglob("*") if one.is_file()] == [
        tmp_path / "new" / "keys" / "signing.pem"
    ]


def test_a_sound_installation_passes_its_check_with_a_warning(installation: Installation) -> None:
    """A short cooling-off period is warned of, and does not make the installation unsound."""
    said = installation.run("check").output
    assert "warning: " in said
    assert "cooling-off" in said
    assert "Sound: 1 schedule with 2 classes, 1 store, 4 people." in said


def test_a_check_finds_a_store_that_differs_from_its_definition(installation: Installation) -> None:
    """A missing table is named by store and table, and the exit code is 1; offline nobody looks."""
    with sqlite3.connect(installation.folder / "store.db") as store:
        store.execute("DROP TABLE note")
    store.close()
    assert "matters: table note" in installation.run("check", code=1).output
    installation.run("check", "--offline")


def test_a_scan_counts_each_verdict(installation: Installation) -> None:
    """The table says what was examined, due, blocked and untriggered."""
    heading, row, total, *_ = installation.run("scan").output.splitlines()
    assert heading.split() == [
        "store",
        "kind",
        "of",
        "record",
        "examined",
        "due",
        "on",
        "hold",
        "blocked",
        "untriggered",
    ]
    assert row.split() == ["matters", "matter", "7", "4", "0", "1", "1"]
    assert total == "7 records examined, 4 due. Nothing was changed."


def test_due_says_why_and_all_says_why_not(installation: Installation) -> None:
    """Due records come with their arithmetic; --all adds those that are blocked or lack a date, with the reason."""
    said = installation.scanned().run("due").output
    assert "case closed 1 April 2010 + 6 years = 1 April 2016; due since 2 April 2016" in said
    assert "M/blocked" not in said
    everything = installation.run("due", "--all").output
    assert "not now: open request" in everything
    assert "no case closed date" in everything


def test_due_can_be_narrowed_and_says_what_it_leaves_out(installation: Installation) -> None:
    """--limit shows so many and says how many more there are; another class has none."""
    assert "2 more with a higher --limit" in installation.scanned().run("due", "--limit", "2").output
    assert len(installation.json("due", "--limit", "2")["findings"]) == 2
    assert installation.json("due", "--class", "M-02")["total"] == 0


@pytest.mark.parametrize(
    ("record", "verdict", "words"),
    [
        ("M/1", "due", "due since 2 April 2016"),
        ("matters/matter/2", "due", "due since 2 April 2016"),
        ("matters/matter/5", "not-yet", "not yet; due on "),
        ("M/undated", "untriggered", "The day the case closed is not recorded (looked for in matter.ended_on)."),
        ("M/blocked", "blocked", "open request"),
    ],
)
def test_explain_says_it_in_words(installation: Installation, record: str, verdict: str, words: str) -> None:
    """A record is explained by key or by reference: class, mandate, schedule, dates, verdict."""
    said = installation.scanned().run("explain", record).output
    assert words in said
    for label, text in (
        ("Class", "M-01 Closed matter"),
        ("Mandate", "UK GDPR Art 5(1)(e)"),
        ("Schedule", "Matters, version 1"),
    ):
        assert f"{label:<11}{text}" in said
    assert installation.json("explain", record)["verdict"] == verdict


def test_the_whole_path(installation: Installation) -> None:
    """Scan, list, two approvals by two people, disposal: what was due is gone, all else is there, and it is proved."""
    number, certificate = installation.certified()
    assert left_in_store(installation) == ["M/open", "M/undated", "M/blocked"]
    assert installation.json("list", "show", number)["list"]["state"] == "certified"
    assert installation.run("list", "left-behind").output == "No document was left behind.\n"
    destroyed = installation.run("explain", "matters/matter/1", code=None).stderr
    assert f"it was destroyed: disposal list {number}, certificate {certificate}" in destroyed
    shown = installation.run("certificate", "show", certificate).output
    assert re.search(r"^  destroyed +4$", shown, re.MULTILINE)
    assert "Sam Smith (service manager)" in shown
    assert installation.json("--as", "ann", "dispose", number)["certificate"]["number"] == certificate
    assert "ok: 9 of 9 checks passed." in installation.run("verify").output


def test_a_certificate_is_verified_offline_without_settings(installation: Installation, tmp_path: Path) -> None:
    """An exported certificate is checked where there are no settings; a changed byte fails a step and exits 65."""
    _, certificate = installation.certified()
    package = Path(installation.json("certificate", "export", certificate, "--to", str(tmp_path / "out"))["folder"])
    command = [sys.executable, "-m", "retentiond", "verify", str(package), "--trust", str(package / "trust.json")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    good = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert good.returncode == 0
    assert "FAILED" not in good.stdout
    assert good.stdout.splitlines()[-1].startswith("ok: ")
    manifest = package / "manifest-outcome.txt"
    manifest.write_bytes(manifest.read_bytes().replace(b"0", b"1", 1))
    bad = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert bad.returncode == 65
    assert "FAILED" in bad.stdout
    assert bad.stderr == ""


def test_an_exported_log_wants_pinned_keys(installation: Installation, tmp_path: Path) -> None:
    """A log brings no keys; without --trust its check is refused, with it every entry is replayed."""
    _, certificate = installation.certified()
    package = installation.json("certificate", "export", certificate, "--to", str(tmp_path / "out"))["folder"]
    log = installation.json("log", "export", "--to", str(tmp_path / "log"))["folder"]
    assert "--trust" in installation.run("verify", log, code=2).stderr
    assert installation.json("verify", log, "--trust", f"{package}/trust.json")["ok"]


def test_a_plan_says_what_would_happen_and_changes_nothing(installation: Installation) -> None:
    """A plan gives symbol, word and count for each group, what is left alone and why; the store stays as it is."""
    number = installation.listed()
    place = ("hold", "place", "--title", "Inquiry", "--authority", "a notice", "--review-on", "2999-01-01")
    installation.run("--as", "ann", *place, "--record", "M/1")
    before = left_in_store(installation)
    lines = installation.run("dispose", number, "--plan").output.splitlines()
    assert lines[1:] == [
        "  - destroy       3  M-01 Closed matter: oldest due since 2 April 2016",
        "  ! skipped held  1  M-01 Closed matter: a hold covers it",
        "Plan: 3 to destroy, 0 to anonymise, 1 record left alone. Nothing was changed.",
        "It still waits for approval by a service manager.",
    ]
    switch = installation.folder / "stop"
    switch.touch()
    stopped = f"{switch}: the kill switch is set; remove the file to allow disposal again"
    assert installation.run("dispose", number, "--plan").output.splitlines()[1:] == [*lines[1:], f"STOPPED {stopped}"]
    assert installation.json("dispose", number, "--plan")["stopped"] == stopped
    assert left_in_store(installation) == before


def test_dispose_is_refused_before_it_is_approved(installation: Installation) -> None:
    """Without its approvals a list is not carried out, whoever asks, and there is no option that changes that."""
    number = installation.listed()
    assert "only an approved list" in installation.run("--as", "ann", "dispose", number, code=77).stderr
    assert len(left_in_store(installation)) == 7


def test_whoever_gathered_cannot_approve(installation: Installation) -> None:
    """The person who made a list is refused as its approver, also with the right digest."""
    number = installation.listed()
    digest = installation.json("list", "show", number)["list"]["digest"]
    installation.run("--as", "sam", "list", "approve", number, "--digest", digest[:12])
    refused = installation.run("--as", "ann", "list", "approve", number, "--digest", digest, code=77)
    assert "whoever gathered a list cannot approve it" in refused.stderr


def test_a_decision_on_a_record_makes_a_new_digest(installation: Installation) -> None:
    """A record kept until a date comes off the list, which then needs approval for another digest."""
    number = installation.listed()
    before = installation.json("list", "show", number)["list"]["digest"]
    words = ("M/1", "--until", "1 April 2999", "--reason", "a claim")
    after = installation.json("--as", "sam", "review", "retain", number, *words)["list"]
    assert after["digest"] != before
    assert after["revision"] == 2
    assert {one["standing"]: one["records"] for one in after["counts"]} == {"listed": 3, "retained": 1}


def test_a_hold_covers_everything_only_when_told_so(installation: Installation) -> None:
    """A hold without a scope is refused; with --everything nothing stays due; --everything takes no other scope."""
    place = ("hold", "place", "--title", "Inquiry", "--authority", "a notice", "--review-on", "2999-01-01")
    installation.run("--as", "ann", *place, code=2)
    installation.run("--as", "ann", *place, "--everything", "--class", "M-01", code=2)
    hold = installation.json("--as", "ann", *place, "--everything")["hold"]
    assert hold["everything"]
    assert installation.scanned().json("due")["total"] == 0
    installation.run("--as", "ann", "hold", "lift", hold["number"], "--authority", "the notice was withdrawn")
    assert installation.scanned().json("due")["total"] == 4
    assert "lifted" in installation.run("hold", "show", hold["number"]).output


def test_a_hold_on_a_name_nobody_has_seen_is_placed_with_a_warning(installation: Installation) -> None:
    """A misspelt reference is pointed out, for its hold would miss the record; a right one, or a key, is not."""
    place = ("hold", "place", "--title", "Inquiry", "--authority", "a notice", "--review-on", "2999-01-01")
    named = ("--record", "M/1", "--record", "matters/matter/2", "--record", "M/l")
    assert installation.scanned().json("--as", "ann", *place, *named)["unseen"] == ["M/l"]
    assert "No scan has found a record called M/l." in installation.run("--as", "ann", *place, *named).output


def test_today_is_the_day_in_the_schedules_time_zone(installation: Installation) -> None:
    """What explain calls today is a date people write, and the same one in JSON."""
    today = date.fromisoformat(installation.scanned().json("explain", "M/1")["today"])
    assert f"(today is {today.day} {today:%B} {today.year})" in installation.run("explain", "M/1").output
