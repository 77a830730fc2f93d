from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.small_installation import Installation

SOURCE = "schedules/matters.yaml"


def words_of(installation: Installation, *words: str) -> list[str]:
    """Return the lines a command prints, without the advice."""
    return installation.run("--quiet", *words).output.splitlines()


def test_nothing_is_scanned_before_a_schedule_was_adopted(installation: Installation) -> None:
    """A new version is refused by scan in one sentence, warned of by check, and in force once it was adopted."""
    installation.change_schedule(("for: 6 years", "for: 9 years"), version="2")
    result = installation.run("scan", code=77)
    assert result.stderr.replace(str(installation.folder), "@") == (
        f"@/{SOURCE}: version 2 of 'Matters' is not adopted; see what it would change with 'retentiond schedule diff', "
        "then 'retentiond schedule adopt'\n"
    )
    checked = installation.run("check").output
    assert "warning: " in checked
    assert "version 2 of 'Matters' is not adopted" in checked
    assert "Next: 'retentiond schedule adopt'." in checked
    assert installation.json("check")["warnings"][-1]["message"] == "version 2 of 'Matters' is not adopted"
    assert "version 2 of" not in installation.run("check", "--offline").output
    said = words_of(installation, "schedule", "adopt", "--as", "ann", "--with", "sam", "--reason", "Cabinet, 12 March")
    assert said[0].startswith("Version 2 of 'Matters' is in force: adopted by Ann Archer and Sam Smith on ")
    assert said[1:] == ["It takes the place of version 1.", f"Its digest is {digest_of(installation)}."]
    installation.run("scan")
    assert "not adopted" not in installation.run("check").output


def digest_of(installation: Installation) -> str:
    """Return the digest of the schedule's file."""
    return sha256((installation.folder / SOURCE).read_bytes()).hexdigest()


def test_an_open_list_is_named_with_what_it_lost(installation: Installation) -> None:
    """Adoption says which lists it changed, how many records came off, and why; the list is withdrawn when empty."""
    number = installation.listed()
    installation.change_schedule(("for: 6 years", "for: 90 years"), version="2")
    said = words_of(installation, "schedule", "adopt", "--as", "ann")
    assert said[3:] == [
        f"Disposal list {number} had to change: it is withdrawn now.",
        "  4 records taken off: it is no longer due under version 2 of 'Matters'",
    ]
    assert installation.json("list", "show", number)["list"]["state"] == "withdrawn"


def test_versions_say_who_and_which_is_in_force(installation: Installation) -> None:
    """Every adoption is listed with its people; a replaced version is called so, and one without a file as well."""
    first = digest_of(installation)
    installation.change_schedule(version="2")
    installation.run("schedule", "adopt", "Matters", "--as", "ben", "--with", "sam")
    rows = [line.split("  ") for line in words_of(installation, "schedule", "versions")]
    found = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert [(row[0], row[1], row[2], row[3], row[5]) for row in found[1:]] == [
        ("Matters", "1", first[:16], "Ann Archer", "replaced"),
        ("Matters", "2", digest_of(installation)[:16], "Ben Baker and Sam Smith", "in force"),
    ]
    installation.change_schedule(("schedule: Matters", "schedule: Affairs"), version="3")
    states = [one["state"] for one in installation.json("schedule", "versions")["versions"]]
    assert states == ["replaced", "no-file"]


def test_an_adopted_version_is_printed_byte_for_byte(installation: Installation) -> None:
    """What was adopted comes from the ledger exactly, its SHA-256 is its digest, and a changed file changes nothing."""
    path = installation.folder / SOURCE
    path.write_bytes(path.read_bytes().replace(b"Closed matter", "Closed matter \u2013 caf\u00e9".encode()) + b"# end")
    installation.change_schedule(version="2")
    second = path.read_bytes()
    installation.run("schedule", "adopt", "--as", "ann")
    installation.change_schedule(version="3")
    command = [sys.executable, "-m", "retentiond", "schedule", "show", "Matters"]
    done = subprocess.run(command, capture_output=True, env=installation.process_environment, check=True)
    assert done.stdout == second
    shown = installation.json("schedule", "show", "Matters", "--version", "2")
    assert shown["text"].encode() == second
    assert shown["adoption"]["digest"] == sha256(second).hexdigest()
    assert b'version: "1"' in installation.run("schedule", "show", "Matters", "--version", "1").stdout_bytes


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("schedule", "adopt", "--as", "sam"), 77, "Sam Smith is not a records manager"),
        (("schedule", "adopt", "--as", "ada"), 77, "Ada Admin is administrator"),
        (("schedule", "adopt", "--as", "ann", "--with", "ada"), 77, "Ada Admin is administrator"),
        (("schedule", "adopt", "--as", "ann", "--with", "zoe"), 66, "ada, ann, ben, sam"),
        (("schedule", "adopt", "Mattres", "--as", "ann"), 66, "did you mean 'Matters'?"),
        (("schedule", "adopt", "Matters", "--all", "--as", "ann"), 2, "leave out the name, or --all"),
        (("schedule", "show", "Mattres"), 66, "adopted were Matters"),
        (("schedule", "show", "Matters", "--version", "9"), 66, "version 9 of it was never adopted; adopted were 1"),
    ],
)
def test_refusals_are_said_plainly(installation: Installation, words: tuple[str, ...], code: int, said: str) -> None:
    """Who may not adopt, and what was never adopted, is said in one line."""
    installation.change_schedule(version="2")
    (line,) = installation.run(*words, code=code).stderr.splitlines()
    assert said in line


def test_of_several_schedules_one_is_named(installation: Installation) -> None:
    """With more than one schedule the name cannot be left out; --all adopts those that need it and names the others."""
    other = (installation.folder / SOURCE).read_text().replace("schedule: Matters", "schedule: Affairs")
    (installation.folder / "schedules" / "affairs.yaml").write_text(other.replace("M-0", "A-0"))
    assert "there are 'Affairs' and 'Matters'" in installation.run("schedule", "adopt", "--as", "ann", code=2).stderr
    adopted = installation.json("schedule", "adopt", "--all", "--as", "ann")
    assert [one["schedule"] for one in adopted["adopted"]] == ["Affairs"]
    assert adopted["unchanged"] == ["Matters"]


def test_before_anything_was_adopted_versions_say_so(tmp_path: Path) -> None:
    """On a new installation there is no version, and its first check and scan lead to the adoption."""
    made = Installation(tmp_path / "new")
    made.run("init", str(made.folder))
    assert "No schedule was adopted yet" in made.run("schedule", "versions").output
    assert (
        "and no version of it ever was; read it, then 'retentiond schedule adopt'" in made.run("scan", code=77).stderr
    )


def test_what_is_due_says_when_it_was_judged_under_an_earlier_version(installation: Installation) -> None:
    """Findings of before an adoption are shown as that, until the next scan; those of a store that left as that."""
    installation.scanned()
    assert installation.json("due")["scans"][0]["outdated"] is False
    installation.change_schedule(("for: 6 years", "for: 90 years"), version="2")
    installation.run("schedule", "adopt", "--as", "ann")
    assert installation.json("due")["scans"][0]["outdated"] is True
    assert (
        "OUTDATED matters/matter was judged under a schedule or a definition that has changed"
        in installation.run("due").output
    )
    assert installation.scanned().json("due")["scans"][0]["outdated"] is False
    assert installation.json("due")["total"] == 0
    definition = installation.folder / "connectors" / "matters.yaml"
    definition.write_text(definition.read_text("utf-8").replace("connector: matters", "connector: others"), "utf-8")
    assert "NOT CONNECTED matters: it has no definition any more" in installation.run("due").output
