from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.cli.small_installation import Installation
from tests.faults.dying import die, end_key

PLAN = """\
    pseudonymise:
      matter: {keep: [matter_id, ended_on], pseudonymise: {matter_ref: research-2026}}
      note: delete
      request: delete
"""
KEY = "research-2026"
END = ("--with", "sam", "--reason", "it has ended")


@pytest.fixture
def planned(installation: Installation) -> Installation:
    """An installation whose matters are pseudonymised, and nobody has made the key."""
    path = installation.folder / "connectors" / "matters.yaml"
    path.write_text(path.read_text(encoding="utf-8") + PLAN, encoding="utf-8")
    installation.change_schedule(("then: destroy", "then: pseudonymise"), version="2")
    return installation


def references(installation: Installation) -> list[str]:
    """Return what the store calls its matters."""
    with closing(sqlite3.connect(installation.folder / "store.db")) as store:
        return [row[0] for row in store.execute("SELECT matter_ref FROM matter ORDER BY matter_id")]


def prove(planned: Installation) -> None:
    """Export every certificate and the log, and have each checked as an auditor does."""
    out = planned.folder / "out"
    trust = ""
    numbers = planned.json("certificate", "show")
    ends = [one["number"] for kind in ("key_certificates", "certificates") for one in numbers[kind]]
    for one in ends:
        planned.run("certificate", "export", one, "--to", str(out))
        trust = str(out / one / "trust.json")
        planned.run("verify", str(out / one), "--trust", trust)
    planned.run("log", "export", "--to", str(out / "log"))
    replayed = planned.run("verify", str(out / "log"), "--trust", trust).output
    assert "1 made, 1 destroyed, each with every certificate under it" in replayed
    planned.run("verify")


def test_from_a_key_to_its_certificate(planned: Installation) -> None:
    """What a sysadmin, a records manager and an auditor type, and what each is told; pseudonymised is never anonymised.

    Nothing begins without the key. It cannot be destroyed by the wrong name, by one person or while a list needs it.
    """
    missing = f"make it first: 'retentiond pseudonym-key create {KEY}'"
    assert missing in planned.run("check", code=1).output
    assert f"there is no file of a pseudonym key '{KEY}'" in planned.run("connector", "check", code=1).output
    planned.run("--as", "ann", "schedule", "adopt")
    planned.run("--as", "ann", "connector", "accept", "matters", "--reason", "the plan")
    planned.run("scan")
    assert missing in planned.run("--as", "ann", "list", "create", code=76).output
    made = planned.json("--as", "ada", "pseudonym-key", "create", KEY)["key"]
    assert "fits its definition" in planned.run("connector", "check").output
    planned.run("check")
    number = planned.approved()
    plan = planned.run("dispose", "--plan", number).output
    assert "* pseudonymise  4  M-01" in plan
    assert "0 to anonymise, 4 to pseudonymise" in plan
    destroy = ("--as", "ann", "pseudonym-key", "destroy", KEY, *END, "--again")
    assert f"the open list {number} has records to pseudonymise" in planned.run(*destroy, KEY, code=77).output

    said = planned.run("--as", "ann", "dispose", number).output
    assert f"pseudonyms         key {KEY} ({made['fingerprint'][:16]}" in said
    assert "they are personal data still, for as long as a key or a copy of it exists" in said
    assert "anonymised" not in said.replace("pseudonymised", "")
    coded = references(planned)
    assert [len(one) for one in coded] == [64, 64, 64, 64, 6, 9, 9]
    assert "7 records examined, 0 due" in planned.run("scan").output
    (listed,) = planned.json("pseudonym-key", "list")["keys"]
    assert (listed["standing"], listed["records"], len(listed["used_on"])) == ("in use", 4, 1)
    assert "is personal data still" in planned.run("pseudonym-key", "list").output

    told = planned.run("explain", "matters/matter/1").output
    assert f"Done       pseudonymised with disposal list {number}, {listed['used_on'][0]}" in told
    assert f"the key {KEY} exists: it is personal data" in told
    assert "that is all its class asks for: no scan finds it due again" in told

    assert "the name given again is another one" in planned.run(*destroy, "research", code=77).output
    assert "give the key's name once more with --again" in planned.run(*destroy[:-1], code=2).output
    assert (
        "Missing option '--with'".lower()
        in planned.run(
            "--as", "ann", "pseudonym-key", "destroy", KEY, "--reason", "x", "--again", KEY, code=2
        ).output.lower()
    )
    ended = planned.run(*destroy, KEY, "--copies-gone-by", "31 January 2999").output
    assert f"The pseudonym key {KEY} was destroyed." in ended
    assert f"under it           4 records on certificate {listed['used_on'][0]}" in ended
    assert "copies left        backup: gone by 31 January 2999" in ended
    assert references(planned) == coded
    told = planned.run("explain", "matters/matter/1").output
    assert f"the key {KEY} was destroyed on" in told
    assert "copies of it in backups are to be gone by 31 January 2999" in told
    assert "destroyed" in planned.run("pseudonym-key", "list").output
    assert (
        "a key of this name was destroyed" in planned.run("--as", "ann", "pseudonym-key", "create", KEY, code=77).output
    )
    assert "its name is never used again" in planned.run("check", code=1).output
    prove(planned)


def test_a_key_whose_destruction_was_killed_ends_with_the_next_command(installation: Installation) -> None:
    """A process that dies after the decision leaves a key that nothing uses; the next command ends it and certifies."""
    installation.run("--as", "ann", "pseudonym-key", "create", KEY)
    file = installation.folder / "pseudonym-keys" / f"{KEY}.key"
    settings, environment = installation.folder / "retentiond.yaml", installation.process_environment
    assert die(end_key, settings, KEY, "key-destruction-decided", environment=environment)
    assert file.exists()
    (key,) = installation.json("pseudonym-key", "list")["keys"]
    assert (key["standing"], key["certificate"][:3]) == ("destroyed", "KD-")
    assert not file.exists()
    installation.run("verify")
