from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from retentiond.cli.root import COMMANDS, retentiond
from retentiond.domain.errors import StoreUnavailable
from tests.cli.commanded import command_line
from tests.cli.small_installation import ROOT, SCHEDULE, Installation, make
from tests.forked import end_of, forked

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "json.md"
OPAQUE = frozenset({"statement", "schema"})
"""Signed statements have a schema of their own, and so has JSON Schema."""
SHARED = frozenset({"amount", "fault", "remark", "list", "hold", "certificate", "adopted", "event", "key", "ending"})
NOT_WALKED = SHARED | {"run", "demo", "list left-behind", "list end", "certificate issue"}
"""Tests of their own look at what these print: they take a signal, a server, documents, a store that falls silent."""
BAD = Path(__file__).parents[1] / "config" / "lint" / "bad"
ROW = re.compile(r"^\| `([a-z_.\[\]]+)` \| (.+?) \|")


def sections() -> dict[str, dict[str, str]]:
    """Return key to type by section of the page."""
    found: dict[str, dict[str, str]] = {"": {}}
    here = found[""]
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            here = found.setdefault(line[3:], {})
        elif row := ROW.match(line):
            here[row[1]] = row[2]
    return found


def documented(section: str) -> set[str]:
    """Return every key of a section, those of the objects it refers to included."""
    found = sections()
    keys: set[str] = set()
    for key, kind in found[section].items():
        keys.add(key)
        if link := re.fullmatch(r"\[([a-z]+)\]\(#([a-z]+)\)", kind):
            many = "[]" if link[1] != link[2] else ""
            keys |= {f"{key}{many}.{inner}" for inner in found[link[2]]}
    return keys


def keys_of(value: object, prefix: str = "") -> Iterator[str]:
    """Yield the path of every key of a JSON value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            path = f"{prefix}.{key}" if prefix else key
            yield path
            if path not in OPAQUE:
                yield from keys_of(inner, path)
    elif isinstance(value, list):
        for one in value:
            yield from keys_of(one, f"{prefix}[]")


SLIPS = """\
connector: slips
kind: sql
url: ${credential:store}
location: GB
records:
  - name: slip
    table: slip
    key: slip_no
    classify: [{class: M-01}]
    triggers: {case-closed: ended_on}
"""


class Printed:
    """The keys every command printed, gathered along one walk."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.keys: dict[str, set[str]] = {}

    def run(self, *words: str, code: int = 0) -> dict[str, Any]:
        """Run a command with ``--json`` and note its keys."""
        found = self.installation.json(*words, code=code)
        assert found["version"] == 1
        section = "errors" if "error" in found else found["command"]
        self.keys.setdefault(section, set()).update(keys_of(found))
        return found

    def under(self, rule: str, *words: str) -> dict[str, Any]:
        """Run a command while the first class of the schedule has another rule."""
        path = self.installation.folder / "schedules" / "matters.yaml"
        before = path.read_text(encoding="utf-8")
        path.write_text(before.replace(RULE, rule, 1), encoding="utf-8")
        try:
            return self.run(*words)
        finally:
            path.write_text(before, encoding="utf-8")

    def change_store(self, statement: str) -> None:
        """Change the store behind retentiond's back."""
        with sqlite3.connect(self.installation.folder / "store.db") as store:
            store.execute(statement)
        store.close()


RULE = "    retain: {for: 6 years, after: case-closed}\n"
WITH_ALL = f"""\
{RULE}    unless: [{{when: {{died-before-age: 18}}, retain: {{for: 15 years, after: death}}}}]
    steps: [{{step: names-only, what: All but names, retain: {{for: 1 year, after: case-closed}}, then: minimise}}]
"""


def exchange_schedules(run: Callable[..., dict[str, Any]], folder: Path) -> None:
    """Run what turns schedules into spreadsheets and back."""
    run("schedule", "export", str(ROOT / "schedules" / "early-help.yaml"), "--to", str(folder / "schedule.csv"))
    clear, unclear = ((ROOT / "tests" / "config" / f"grs-{one}.csv").read_text("utf-8") for one in ("clear", "unclear"))
    (folder / "grs.csv").write_text(clear + unclear.partition("\n")[2], "utf-8")
    run("schedule", "import", str(folder / "grs.csv"), "--to", str(folder / "grs.yaml"), "--skip-unclear")


def walk(printed: Printed, folder: Path) -> None:
    """Run every command so that every key has a value somewhere."""
    run, inquiry = printed.run, ("--title", "Inquiry", "--authority", "a notice", "--review-on", "2999-01-01")
    run("init", str(folder / "new"))
    printed.change_store("ALTER TABLE note RENAME TO memo")
    assert run("check", code=1)["warnings"]
    printed.change_store("ALTER TABLE memo RENAME TO note")
    linted = run("schedule", "lint", str(BAD / "or.yaml"), str(BAD / "floor.yaml"), "--on", "2026-11-25", code=1)
    assert linted["errors"]
    assert linted["warnings"]
    exchange_schedules(run, folder)
    run("schema", "schedule")
    run("schema", "--all", "--to", str(folder / "schemas"))
    walk_connectors(printed)
    run("due", "--all")
    look_ahead(printed, folder)
    run("explain", "matters/matter/99", code=66)
    printed.change_store("UPDATE matter SET ended_on = NULL WHERE matter_id = 4")
    made = run("--as", "ann", "list", "create")
    assert made["left"]
    number = made["list"]["number"]
    run("list", "show", number)
    walk_adoptions(printed)
    run("--as", "sam", "review", "retain", number, "matters/matter/1", "--until", "2999-01-01", "--reason", "a claim")
    run("--as", "ann", "review", "hold", number, "matters/matter/2", *inquiry)
    run("--as", "ann", "review", "reclassify", number, "matters/matter/3", "--class", "M-02")
    hold = run("--as", "ann", "hold", "place", "--subject", "P1", *inquiry)["hold"]
    run("--as", "ann", "hold", "lift", hold["number"], "--authority", "the notice was withdrawn")
    run("hold", "show")
    run("--as", "ann", "list", "return", number, "--reason", "made to be returned")
    run("--as", "ann", "list", "withdraw", printed.installation.listed(), "--reason", "made to be withdrawn")
    listed = printed.installation.listed()
    run("dispose", listed, "--plan")
    digest = run("list", "show", listed)["list"]["digest"]
    for person in ("sam", "ben"):
        run("--as", person, "list", "approve", listed, "--digest", digest)
    time.sleep(1.1)
    certificate = run("--as", "ann", "dispose", listed)["certificate"]["number"]
    run("list", "show")
    run("certificate", "show")
    run("certificate", "show", certificate)
    package = run("certificate", "export", certificate, "--to", str(folder / "out"))["folder"]
    log = run("log", "export", "--to", str(folder / "log"))["folder"]
    assert run("verify", package)["what"] == "certificate"
    assert run("verify", log, "--trust", f"{package}/trust.json")["what"] == "log"
    assert run("verify")["what"] == "ledger"
    walk_events(printed)
    walk_pseudonym_keys(printed)


def walk_pseudonym_keys(printed: Printed) -> None:
    """Make a key and destroy it."""
    run = printed.run
    assert run("--as", "ada", "pseudonym-key", "create", "research")["key"]["standing"] == "in use"
    said = ("--with", "sam", "--reason", "the project has ended", "--again", "research")
    number = run("--as", "ann", "pseudonym-key", "destroy", "research", *said)["certificate"]["number"]
    assert run("pseudonym-key", "list")["keys"][0]["certificate"] == number
    run("certificate", "show")
    run("certificate", "show", number)


def walk_connectors(printed: Printed) -> None:
    """Draft, look at and scan the store, change its tables and accept the change."""
    run = printed.run
    run("connector", "draft", f"sqlite:///{printed.installation.folder / 'store.db'}", "--location", "GB")
    run("connector", "list")
    run("scan")
    printed.change_store("ALTER TABLE note ADD COLUMN about TEXT")
    printed.change_store("CREATE TRIGGER busy AFTER DELETE ON note BEGIN SELECT 1; END")
    assert run("connector", "check", code=1)["faults"]
    assert run("connector", "drift", code=1)["kinds"][0]["doubts"]
    other = printed.installation.folder / "connectors" / "slips.yaml"
    other.write_text(SLIPS.replace("${credential:store}", "sqlite:///gone.db"), encoding="utf-8")
    assert run("connector", "drift", code=1)["faults"]
    other.unlink()
    assert run("scan", code=1)["kinds"][0]["doubts"]
    printed.change_store("DROP TRIGGER busy")
    assert run("--as", "ada", "connector", "accept", "matters", "--reason", "free text")["kinds"][0]["changes"]
    scan_with_a_row_without_a_name(printed)


def scan_with_a_row_without_a_name(printed: Printed) -> None:
    """Scan beside the others a kind of record one of whose rows has no key."""
    printed.change_store("CREATE TABLE slip (slip_no INTEGER UNIQUE, ended_on DATE)")
    printed.change_store("INSERT INTO slip VALUES (1, '2999-04-01'), (NULL, '2999-04-01')")
    other = printed.installation.folder / "connectors" / "slips.yaml"
    other.write_text(SLIPS, encoding="utf-8")
    assert printed.run("scan")["kinds"][1]["remarks"]
    other.unlink()
    printed.run("scan")


def look_ahead(printed: Printed, folder: Path) -> None:
    """See what another schedule would do, what falls due when, and why a record is due."""
    other = folder / "other.yaml"
    other.write_text(SCHEDULE.replace(RULE, RULE.replace("6 years", "8 years")), encoding="utf-8")
    written = ("--csv", str(folder / "diff.csv"))
    assert printed.run("schedule", "diff", "in-force", str(other), *written)["records"]["moved"]
    found = printed.under(WITH_ALL, "forecast", "--csv", str(folder / "forecast.csv"))
    assert found["lines"][1]["step"]
    assert found["not_adopted"]
    printed.run("explain", "matters/matter/1")
    assert printed.under(WITH_ALL, "explain", "matters/matter/1")["asked"]


def walk_adoptions(printed: Printed) -> None:
    """Put later versions in force while a list is in review, so that it loses a record and is then out of reach."""
    run, change = printed.run, printed.installation.change_schedule
    printed.change_store("UPDATE matter SET ended_on = '2020-04-01' WHERE matter_id = 8")
    change(("title: Closed", "title: A closed"), version="1.1")
    assert run("--as", "ann", "schedule", "adopt")["lists"][0]["taken_off"]
    change(("for: 6 years", "for: 7 years"), version="1.2")
    assert run("--as", "ann", "schedule", "adopt", "--with", "sam", "--reason", "why")["lists"][0]["dated_anew"]
    change(("for: 7 years", "for: 6 years"), version="1.3")
    printed.change_store("ALTER TABLE note RENAME TO memo")
    assert run("--as", "ann", "schedule", "adopt", "--all", code=1)["lists"][0]["failure"]
    printed.change_store("ALTER TABLE memo RENAME TO note")
    run("schedule", "versions")
    run("schedule", "show", "Matters", "--version", "1.2")


def walk_events(printed: Printed) -> None:
    """Have the class wait for an event that people enter, and enter it, again and wrongly."""
    run = printed.run
    printed.installation.wait_for_an_event(version="2")
    run("--as", "ann", "schedule", "adopt")
    said = ("--record", "matters/matter/1", "--reason", "a letter")
    number = run("--as", "ann", "event", "record", "project-concluded", "--on", "2012-05-01", *said)["event"]["number"]
    run("--as", "sam", "event", "correct", number, "--on", "2012-06-01", "--reason", "a slip")
    run("--as", "sam", "event", "revoke", number, "--reason", "it did not happen")
    run("event", "list")


def test_what_is_printed_is_what_the_page_says(tmp_path: Path) -> None:
    """Every key that any command prints with --json is documented, and every documented key is printed."""
    printed = Printed(make(tmp_path / "installation", due=8))
    walk(printed, tmp_path)
    assert {name: keys - documented("") for name, keys in printed.keys.items()} == {
        name: documented(name) for name in sections() if name and name not in NOT_WALKED
    }


def test_every_command_has_its_section() -> None:
    """The page has a section for each command, for errors and for the shared objects, and none besides."""
    context = click.Context(retentiond)
    commands = set()
    for name in COMMANDS:
        command = retentiond.get_command(context, name)
        inner = [f"{name} {one}" for one in command.commands] if isinstance(command, click.Group) else [name]
        commands.update(inner)
    assert set(sections()) - {"", "errors"} - SHARED == commands


def test_a_certificate_can_be_had_where_the_store_fell_silent(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for a sight is told the way out, and what it prints is what the page says."""
    number = installation.approved()

    def silent(*_: object) -> None:
        raise StoreUnavailable.about("matters", "it does not answer")

    for module in ("through", "unseen"):
        monkeypatch.setattr(f"retentiond.lifecycle.{module}.verify", silent)
    assert "it does not answer" in installation.run("--as", "ann", "dispose", number, code=None).stderr
    monkeypatch.setattr("retentiond.lifecycle.through.verify", lambda *_: None)
    waiting = installation.run("--as", "ann", "dispose", number, code=None).stderr
    assert "if it stays so, 'retentiond certificate issue' counts it as failed" in waiting
    issue = ("certificate", "issue", number, "--reason", "The server was switched off.")
    assert "only a records manager" in installation.run("--as", "sam", *issue, code=77).stderr
    found = installation.json("--as", "ann", *issue)
    assert set(keys_of(found)) == documented("") | documented("certificate issue")
    assert found["statement"]["predicate"]["totals"]["failed"] == 4


def test_a_disposal_that_cannot_go_on_is_ended(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that stopped half-way says how it is ended, and what ending it prints is what the page says."""
    number = installation.approved()

    def silent(*_: object) -> None:
        raise StoreUnavailable.about("matters", "it does not answer")

    monkeypatch.setattr("retentiond.lifecycle.dispose.dispose_of_records", silent)
    assert "it does not answer" in installation.run("--as", "ann", "dispose", number, code=None).stderr
    assert f"'retentiond list end {number}'" in installation.run("list", "show", number).output
    found = installation.json("--as", "ann", "list", "end", number, "--reason", "The server was sold.")
    assert set(keys_of(found)) <= documented("") | documented("list end")
    assert (found["list"]["state"], found["list"]["counts"]) == (
        "disposed",
        [{"standing": "failed", "records": 4}],
    )
    monkeypatch.undo()
    said = installation.run("--as", "ann", "dispose", number).output
    assert f"{number} was verified and certified in part: what failed stands on the certificate." in said


def test_documents_left_behind_are_printed_as_the_page_says(installation: Installation) -> None:
    """Whoever disposes of a list learns that documents stayed whose record somebody else took away, and which."""
    folder = installation.folder
    matters, papers = folder / "connectors" / "matters.yaml", folder / "papers"
    part = "      - {table: note, on: matter_id}\n"
    matters.write_text(
        matters.read_text("utf-8").replace(part, f"{part}      - {{objects: papers, key-from: note.body}}\n")
    )
    kept = "connector: papers\nkind: filesystem\nroot: ../papers\nlocation: GB\nrecords: [{name: paper}]\n"
    (folder / "connectors" / "papers.yaml").write_text(kept, encoding="utf-8")
    papers.mkdir()
    (papers / "letter.txt").write_text("Dear Ms Example", encoding="utf-8")
    with sqlite3.connect(folder / "store.db") as store:
        store.execute("UPDATE note SET body = 'letter.txt' WHERE matter_id = 1")
    number = installation.approved()
    with sqlite3.connect(folder / "store.db") as store:
        store.execute("DELETE FROM note WHERE matter_id = 1")
        store.execute("DELETE FROM matter WHERE matter_id = 1")
    store.close()
    said = installation.run("--as", "ann", "dispose", number).output
    assert "Documents of records that are gone stayed: 'retentiond list left-behind' names them." in said
    found = installation.json("list", "left-behind")
    assert set(keys_of(found)) == documented("") | documented("list left-behind")
    (one,) = found["documents"]
    assert (one["document"], one["of"], one["list"]) == ("papers/object/letter.txt", "matters/matter/1", number)
    assert (
        f"papers/object/letter.txt  matters/matter/1  {number}  left behind"
        in installation.run("list", "left-behind").output
    )
    assert (papers / "letter.txt").exists()


def test_the_demonstration_prints_its_object_and_no_story(tmp_path: Path) -> None:
    """With --json the demonstration, on its own servers, prints what the page says; the folder is kept where asked."""
    printed = tmp_path / "printed"
    demonstration = forked(command_line, "--json", "demo", "--keep", str(tmp_path / "demo"), outputs={1: printed})
    assert end_of(demonstration) == 0
    found = json.loads(printed.read_text())
    assert set(keys_of(found)) == documented("") | documented("demo")
    assert found["ok"]
    assert (tmp_path / "demo" / "retentiond.yaml").is_file()
