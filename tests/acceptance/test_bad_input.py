from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from retentiond.cli.root import retentiond
from retentiond.demo.object_store import ObjectStore
from retentiond.domain import errors
from tests.acceptance.bad_input import (
    BUCKET,
    DEFINITION,
    SCHEDULE,
    SETTINGS,
    Bad,
    Spoil,
    Variables,
    closed_bucket,
    closed_postgresql,
    cut_ledger,
    damage_ledger,
    edit,
    everything_in,
    fill,
    folder_for,
    kill_switch,
    missing_bucket,
    newer_ledger,
    no_credential,
    open_to_all,
    remove,
    wrong_secret,
)
from tests.cli.small_installation import Installation, make

LIST = f"DL-{datetime.now(UTC).year}-0001"
CERTIFICATE = f"DC-{datetime.now(UTC).year}-0001"
NO_LIST = "there is no such disposal list"
SIGNING, LOG, OPENING = "keys/signing.pem", "keys/log.pem", "keys/opening.key"

USAGE = 2
CONFIGURATION = errors.ConfigurationRefused.exit_code
EVIDENCE = errors.EvidenceRefused.exit_code
LEDGER = errors.LedgerRefused.exit_code
MISSING = errors.NotFound.exit_code
NOT_ALLOWED = errors.DecisionRefused.exit_code
NO_ANSWER = errors.StoreUnavailable.exit_code
STOPPED = errors.DisposalStopped.exit_code
TURNED_DOWN = errors.StoreRefused.exit_code

ONE = "explain matters/matter/1"
LETTER = "explain letters/letter/one"
ZEROS = "0" * 64

FILES = [
    Bad("syntax", "scan", CONFIGURATION, f"@/{SCHEDULE}:8:11", "':'", edit(SCHEDULE, "classes:", "classes: a: b")),
    Bad(
        "key twice", "scan", CONFIGURATION, f"@/{SCHEDULE}:4:1", "twice", edit(SCHEDULE, "time-", "version: '2'\ntime-")
    ),
    Bad("period", "scan", CONFIGURATION, f"@/{SCHEDULE}:13:19", "not a period", edit(SCHEDULE, "6 years,", "six yrs,")),
    Bad("no schedule", "scan", CONFIGURATION, "@/schedules", "no *.yaml file", remove(SCHEDULE)),
    Bad("no schedules", "scan", CONFIGURATION, "@/schedules", "cannot be read", remove("schedules")),
    Bad(
        "no file", "scan", CONFIGURATION, "@/gone.yaml", "cannot be read", edit(SETTINGS, ": schedules", ": gone.yaml")
    ),
    Bad("class", "scan", CONFIGURATION, f"@/{DEFINITION}:6:5", "in no schedule", edit(DEFINITION, "M-01", "M-77")),
    Bad("country", "scan", CONFIGURATION, f"@/{DEFINITION}", "lies in US", edit(DEFINITION, ": GB", ": US")),
    Bad("no country", "scan", CONFIGURATION, f"@/{DEFINITION}:4:11", "write GB", edit(DEFINITION, ": GB", ": UK")),
    Bad("no settings", "scan --config @/gone.yaml", CONFIGURATION, "@/gone.yaml", "no such settings file"),
    Bad("init twice", "init @", CONFIGURATION, f"@/{SETTINGS}", "is not overwritten"),
]
STORES = [
    Bad(
        "table",
        ONE,
        TURNED_DOWN,
        "matters: table notes",
        "does not exist",
        edit(DEFINITION, "table: note", "table: notes"),
    ),
    Bad("column", ONE, TURNED_DOWN, "matters: table matter", "'closed'", edit(DEFINITION, "ended_on", "closed")),
    Bad("no store", ONE, NO_ANSWER, "matters", "its file is not there", remove("store.db")),
    Bad("no database", ONE, TURNED_DOWN, "matters", "not an SQLite database", fill("store.db", b"garbage" * 999)),
    Bad("database away", ONE, NO_ANSWER, "matters", "did not answer", closed_postgresql),
    Bad("no credential", ONE, CONFIGURATION, "credential store", "RETENTIOND_CREDENTIAL_STORE", no_credential),
    Bad("bucket away", LETTER, NO_ANSWER, "letters", "did not answer", closed_bucket),
]
KEYS = [
    Bad(f"{what} {name}", "scan", CONFIGURATION, f"@/{name}", said, spoil(name))
    for name, none in ((SIGNING, "private key"), (LOG, "private key"), (OPENING, "opening key"))
    for what, said, spoil in (
        ("no", "cannot be read", remove),
        ("a folder for", "cannot be read", folder_for),
        (
            "garbage for",
            f"not an {'unencrypted ' if name != OPENING else ''}{none}",
            partial(fill, content=b"\0\xff" * 50),
        ),
        ("open", "others can read", open_to_all),
    )
]
LEDGERS = [
    Bad(f"{what} ledger, {words}", words, LEDGER, "ledger @/ledger.db", said, spoil, "listed")
    for words in ("scan", f"dispose {LIST} --as ann", "verify")
    for what, said, spoil in (
        ("no", "there is no ledger here", remove("ledger.db")),
        ("damaged", "damaged", damage_ledger),
        ("cut", "damaged", cut_ledger),
        ("empty", "is no ledger", fill("ledger.db", b"")),
        ("newer", "newer version", newer_ledger),
        ("open", "mode 0644", open_to_all("ledger.db")),
    )
]
NAMES = [
    Bad("list", "list show DL-1999-0001", MISSING, "list DL-1999-0001", NO_LIST),
    Bad("list to dispose of", "dispose DL-1999-0001 --as ann", MISSING, "list DL-1999-0001", NO_LIST),
    Bad("record", "explain matters/matter/99", MISSING, "matters/matter/99", "no such record"),
    Bad("reference", "explain M/99", MISSING, "M/99", "no scan found"),
    Bad("hold", "hold show H-1999-0001", MISSING, "hold H-1999-0001", "no such hold"),
    Bad("hold to lift", "hold lift H-1999-0001 --authority x --as ann", MISSING, "hold H-1999-0001", "no such hold"),
    Bad("certificate", "certificate show DC-1999-0001", MISSING, "certificate DC-1999-0001", "no such certificate"),
    Bad("export", "certificate export DC-1999-0001 --to @/out", MISSING, "certificate DC-1999-0001", "no such"),
    Bad("person", "list create --as zoe", MISSING, "zoe", "ada, ann, ben, sam"),
    Bad("store", "due --store payroll", MISSING, "payroll", "the connected stores are matters"),
    Bad("due class", "due --class M-99", MISSING, "M-99", "no schedule in force"),
    Bad("list class", "list create --as ann --class M-99", MISSING, "M-99", "no schedule in force"),
]
DECISIONS = [
    Bad(
        "unapproved",
        f"dispose {LIST} --as ann",
        NOT_ALLOWED,
        LIST,
        "only an approved list",
        state="listed",
        has_remedy=False,
    ),
    Bad("digest", f"list approve {LIST} --digest {ZEROS} --as sam", NOT_ALLOWED, LIST, "the digest", state="listed"),
    Bad("short digest", f"list approve {LIST} --digest 0 --as sam", NOT_ALLOWED, LIST, "the digest", state="listed"),
    Bad("gatherer", f"list approve {LIST} --digest {ZEROS} --as ann", NOT_ALLOWED, LIST, "", state="listed"),
    Bad("kill switch", f"dispose {LIST} --as ann", STOPPED, "@/stop", "kill switch", kill_switch, "approved"),
    Bad("cooling off", f"dispose {LIST} --as ann", STOPPED, LIST, "cool", state="cooling"),
    Bad(
        "withdraw late",
        f"list withdraw {LIST} --reason x --as ann",
        NOT_ALLOWED,
        f"list {LIST}",
        "certified",
        state="certified",
    ),
]
EVERY = [*FILES, *STORES, *KEYS, *LEDGERS, *NAMES, *DECISIONS]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Installation]:
    """Return one installation in each state; they are copied, never used."""
    names = ("new", "listed", "approved", "cooling", "certified")
    with pytest.MonkeyPatch.context() as environment:
        for name in list(os.environ):
            if name.startswith("RETENTIOND_") or name == "CREDENTIALS_DIRECTORY":
                environment.delenv(name)
        made = {name: make(tmp_path_factory.mktemp(name) / "installation") for name in names}
        edit(SETTINGS, "cooling-off: 1 second", "cooling-off: 24 hours")(made["cooling"])
        made["listed"].listed()
        made["approved"].approved()
        made["cooling"].approved()
        made["certified"].certified()
    return made


@pytest.fixture
def copy_of(states: dict[str, Installation], tmp_path: Path) -> Callable[[str], Installation]:
    """Return what copies an installation in a state."""
    return lambda state: Installation(Path(shutil.copytree(states[state].folder, tmp_path / "installation")))


@pytest.fixture
def bucket(seaweed: ObjectStore) -> ObjectStore:
    """Return a running object store that has the bucket of the definitions here."""
    client = seaweed.client()
    if BUCKET not in [one.get("Name") for one in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=BUCKET)
    client.close()
    return seaweed


def run(installation: Installation, *words: str, variables: Variables | None = None) -> Result:
    """Run a command line with only the variables that the installation needs."""
    own = {name: None for name in os.environ if name.startswith("RETENTIOND_") or name == "CREDENTIALS_DIRECTORY"}
    given: Variables = {**own, **installation.environment, **(variables or {})}
    return CliRunner().invoke(retentiond, [*words], env=given, prog_name="retentiond")


def refuses_plainly(bad: Bad, installation: Installation, spoil: Spoil) -> None:
    """Assert what has to hold of every bad input."""
    folder = installation.folder
    variables = spoil(installation)
    before = everything_in(folder)
    result = run(installation, "--json", *bad.words.replace("@", str(folder)).split(), variables=variables)
    assert everything_in(folder) == before
    assert result.exit_code == bad.code, result.output
    lines = result.stderr.replace(str(folder), "@").splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{bad.place}: "), lines
    assert bad.said in lines[0]
    faults = json.loads(result.stdout)["error"]["faults"]
    assert len(faults) == 1
    assert faults[0]["remedy"] or not bad.has_remedy, lines
    assert "secret" not in lines[0].replace("secret key", "")


@pytest.mark.parametrize("bad", EVERY, ids=lambda bad: bad.name)
def test_bad_input_is_refused_in_one_sentence_and_changes_nothing(
    bad: Bad, copy_of: Callable[[str], Installation]
) -> None:
    """A fault is one line with place and remedy and its exit code; ledger, store and files stay byte for byte."""
    refuses_plainly(bad, copy_of(bad.state), bad.spoil)


@pytest.mark.parametrize(
    ("said", "spoil"),
    [("there is no such bucket", missing_bucket), ("the store refuses the credential", wrong_secret)],
    ids=["missing bucket", "wrong secret"],
)
def test_a_bucket_that_says_no_is_refused_the_same_way(
    said: str,
    spoil: Callable[[Installation, ObjectStore], Variables],
    copy_of: Callable[[str], Installation],
    bucket: ObjectStore,
) -> None:
    """What a real S3 server refuses is said in plain words, without the server's own."""
    bad = Bad(said, LETTER, TURNED_DOWN, "letters", said)
    refuses_plainly(bad, copy_of(bad.state), lambda installation: spoil(installation, bucket))


@pytest.mark.parametrize("bad", [*STORES[:2], *STORES[3:5], STORES[6]], ids=lambda bad: bad.name)
def test_a_store_that_cannot_be_scanned_is_named_and_has_nothing_due(
    bad: Bad, copy_of: Callable[[str], Installation]
) -> None:
    """Scan says which store failed and why, ends with 1, and changes neither the store nor any file but the ledger."""
    installation = copy_of("listed")
    variables = bad.spoil(installation)
    before = everything_in(installation.folder)
    result = run(installation, "scan", variables=variables)
    after = everything_in(installation.folder)
    assert result.exit_code == 1
    assert "FAILED" in result.stdout
    assert bad.said in result.stdout
    assert {name for name, content in after.items() if before.get(name) != content} <= {"ledger.db"}
    store = bad.place.partition(":")[0]
    due = run(installation, "due", "--store", store, variables=variables)
    assert due.stdout.splitlines()[-1].startswith("0 records due")


@pytest.mark.parametrize("state", ["listed", "certified"])
def test_every_file_of_the_configuration_is_read_before_anything_is_refused(
    state: str, copy_of: Callable[[str], Installation]
) -> None:
    """Faults in several files are all said at once, a line each."""
    installation = copy_of(state)
    for spoil in (FILES[1].spoil, edit(DEFINITION, ": GB", ": UK")):
        spoil(installation)
    lines = run(installation, "scan").stderr.splitlines()
    assert [line.split(":")[0].rpartition("/")[2] for line in lines] == ["matters.yaml", "matters.yaml"]
    assert {Path(line.split(":")[0]).parent.name for line in lines} == {"schedules", "connectors"}


@pytest.mark.parametrize(
    "content",
    [b"", bytes(range(256)) * 20, b'{"a": 1}', b"[]", b"[" * 100_000, None],
    ids=["empty", "random", "other JSON", "a list", "deep", "an empty folder"],
)
@pytest.mark.parametrize("pinned", [False, True], ids=["nothing pinned", "keys pinned"])
def test_what_is_no_certificate_is_not_relied_on(
    content: bytes | None, *, pinned: bool, copy_of: Callable[[str], Installation], tmp_path: Path
) -> None:
    """Anything but a certificate fails its checks, ends with 65, and is left as it is."""
    installation = copy_of("certified")
    assert run(installation, "certificate", "export", CERTIFICATE, "--to", str(tmp_path)).exit_code == 0
    given = tmp_path / "given"
    if content is None:
        given.mkdir()
    else:
        given.write_bytes(content)
    trust = ("--trust", str(tmp_path / CERTIFICATE / "trust.json")) if pinned else ()
    before = everything_in(tmp_path)
    result = run(installation, "verify", str(given), *trust)
    assert everything_in(tmp_path) == before
    assert result.exit_code == EVIDENCE
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[-1].startswith("FAILED: ")
    assert lines[-1].endswith("Do not rely on this certificate.")
    assert max(map(len, lines)) < 200


@pytest.mark.parametrize("content", [b"", b"\xff" * 99, b'{"a": 1}', b"[]"])
def test_pinned_keys_that_are_none_are_refused_by_their_file(
    content: bytes, copy_of: Callable[[str], Installation], tmp_path: Path
) -> None:
    """A trust file that is none is named as it was given, with what to do."""
    installation = copy_of("certified")
    assert run(installation, "certificate", "export", CERTIFICATE, "--to", str(tmp_path)).exit_code == 0
    keys = tmp_path / "mine.json"
    keys.write_bytes(content)
    result = run(installation, "verify", str(tmp_path / CERTIFICATE), "--trust", str(keys))
    assert result.exit_code == EVIDENCE
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{keys}: ")
    assert "; " in line


def test_a_file_that_is_not_there_cannot_be_verified(copy_of: Callable[[str], Installation]) -> None:
    """A path that leads nowhere is wrong usage, said in one line."""
    result = run(copy_of("new"), "verify", "nowhere")
    assert result.exit_code == USAGE
    (line,) = result.stderr.splitlines()
    assert "'nowhere' does not exist" in line
