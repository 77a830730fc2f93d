from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from retentiond.cli.commands.connector_draft import _name
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.errors import Fault
from tests.cli.small_installation import DEFINITION, Installation


def change(installation: Installation, statement: str) -> None:
    """Change the store behind retentiond's back."""
    with sqlite3.connect(installation.folder / "store.db") as store:
        store.execute(statement)
    store.close()


def test_a_changed_table_stops_its_kind_until_somebody_accepts(installation: Installation) -> None:
    """Scan, check and drift name a new column and what to do; nothing is due until somebody accepts it, saying why."""
    assert installation.scanned().json("due")["total"] == 4
    change(installation, "ALTER TABLE note ADD COLUMN about TEXT")
    new = "table note: it has a new column 'about' that nobody has classed"
    scanned = installation.run("scan", code=1).output
    assert "NOT DUE matters/matter: no record of it is due until this is settled" in scanned
    assert new in scanned
    assert new in installation.run("check", code=1).output
    assert installation.json("due")["total"] == 0
    drift = installation.run("connector", "drift", "matters", code=1).output
    assert new in drift
    assert "'retentiond connector accept matters'" in drift
    installation.run("--as", "sam", "connector", "accept", "matters", "--reason", "why", code=77)
    installation.run("--as", "ada", "connector", "accept", "matters", code=2)
    accepted = installation.run("--as", "ada", "connector", "accept", "matters", "--reason", "free text").output
    assert "Accepted for matter: the table note has a new column 'about' that nobody has classed." in accepted
    assert "as they were accepted" in installation.run("connector", "drift").output
    assert installation.scanned().json("due")["total"] == 4
    installation.run("check")


def test_a_store_that_cannot_be_looked_at_keeps_no_other_from_it(installation: Installation) -> None:
    """A missing credential and a missing file are each told, and the drift of the third store as well."""
    installation.scanned()
    for name, url in (("again", "${credential:nobody}"), ("before", "sqlite:///gone.db")):
        text = DEFINITION.replace("connector: matters", f"connector: {name}").replace("${credential:store}", url)
        (installation.folder / "connectors" / f"{name}.yaml").write_text(text, encoding="utf-8")
    change(installation, "ALTER TABLE note ADD COLUMN about TEXT")
    said = installation.run("connector", "drift", code=1).output
    assert "credential nobody: this credential is not set" in said
    assert "before: its file is not there" in said
    assert "table note: it has a new column 'about' that nobody has classed" in said


def test_an_approved_list_leaves_a_changed_table_alone(installation: Installation) -> None:
    """Records approved before a column came are left alone when their turn comes."""
    number = installation.approved()
    change(installation, "ALTER TABLE note ADD COLUMN about TEXT")
    installation.run("--as", "ann", "dispose", number)
    with sqlite3.connect(installation.folder / "store.db") as store:
        assert store.execute("SELECT count(*) FROM matter").fetchone() == (7,)
    store.close()


def test_what_is_unsafe_is_not_accepted_away(installation: Installation) -> None:
    """A trigger on a mapped table makes nothing due, and accepting the store's tables says that it still does."""
    installation.scanned()
    change(installation, "CREATE TRIGGER busy AFTER DELETE ON note BEGIN SELECT 1; END")
    assert "the trigger or rule 'busy'" in installation.run("scan", code=1).output
    accept = ("--as", "ann", "connector", "accept", "matters", "--reason", "harmless")
    assert "as they were accepted last" in installation.run(*accept, code=77).output
    change(installation, "ALTER TABLE note ADD COLUMN about TEXT")
    assert "Still to be settled: matters: table note: the trigger or rule 'busy'" in installation.run(*accept).output
    installation.run("scan", code=1)


def test_a_store_is_checked_without_a_schedule(installation: Installation) -> None:
    """To check a store takes neither ledger nor schedule; what does not fit or answer is named."""
    for file in (installation.folder / "schedules").iterdir():
        file.unlink()
    (installation.folder / "ledger.db").unlink()
    assert "matters fits its definition" in installation.run("connector", "check", "matters").output
    change(installation, "ALTER TABLE note RENAME TO memo")
    assert "the table does not exist" in installation.run("connector", "check", code=1).output
    (installation.folder / "store.db").unlink()
    assert "its file is not there" in installation.run("connector", "check", code=1).output
    assert "the stores are matters" in installation.run("connector", "check", "other", code=66).output
    assert "matters  sql   GB        matter" in installation.run("connector", "list").output


def test_a_draft_goes_to_the_screen_or_to_a_new_file(installation: Installation, tmp_path: Path) -> None:
    """A draft is printed whole, or written to a file that is not there yet; no file is ever overwritten."""
    url = f"sqlite:///{installation.folder / 'store.db'}"
    printed = installation.run("connector", "draft", url, "--location", "GB").output
    file = tmp_path / "drafted.yaml"
    said = installation.run("connector", "draft", url, "--location", "GB", "--output", str(file)).output
    assert file.read_text(encoding="utf-8") == printed
    assert "matter (table matter)" in said
    assert "is not overwritten" in installation.run("connector", "draft", url, "--output", str(file), code=2).output
    assert file.read_text(encoding="utf-8") == printed
    installation.run("connector", "draft", url, "--output", str(tmp_path / "no" / "where.yaml"), code=2)
    (installation.folder / "connectors" / "store.yaml").write_text(printed, encoding="utf-8")
    assert "store fits its definition" in installation.run("connector", "check", "store").output
    assert "'CONFIRM', which is in no schedule" in installation.run("check", code=78).output


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["${credential:store}"], "store"),
        (["${credential:store}", "--name", "case-notes"], "case-notes"),
        (["sqlite:///{folder}/store.db?a=b"], "store"),
    ],
)
def test_a_draft_is_named_and_its_login_is_not(installation: Installation, words: list[str], name: str) -> None:
    """The store is called after the credential or the database, or as said; its URL is a credential of that name."""
    given = [one.replace("{folder}", str(installation.folder)) for one in words]
    drafted = installation.json("connector", "draft", *given)
    assert drafted["connector"] == name
    assert f"url: ${{credential:{name}}}" in drafted["definition"]
    assert str(installation.folder) not in drafted["definition"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://reader:pass-word@db.example.gov.uk/Early_Help?sslmode=require", "early-help"),
        ("postgresql://reader:pass?word@db/cases", "cases"),
        ("postgresql://reader:pass/word@db", "db"),
        ("sqlite:////srv/a b/cases.sqlite3", "cases"),
        ("sqlite://", "case-store"),
    ],
)
def test_a_name_holds_nothing_of_a_login(url: str, name: str) -> None:
    """A store whose name was not given is called after its database, whatever stands in the password."""
    assert _name(url) == name


def test_a_remark_about_a_store_is_a_warning(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is worth a look and stands in nobody's way is told by both commands, and neither fails because of it."""
    remark = Fault("matters", "2 unfinished uploads under keys that are no records", "abort them", is_remark=True)
    monkeypatch.setattr(SqlConnector, "check", lambda _store: [remark])
    for words in (("check",), ("connector", "check")):
        assert f"warning: {remark}" in installation.run(*words).output
        said = installation.json(*words)
        assert (said["ok"], said["faults"]) == (True, [])
        assert said["warnings"][-1]["message"] == remark.message
