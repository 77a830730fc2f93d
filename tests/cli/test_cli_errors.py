from __future__ import annotations

import json
import os
import pwd
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from retentiond.cli.endings import ending
from retentiond.cli.options import Options
from retentiond.cli.root import retentiond
from retentiond.domain.errors import DecisionRefused, Fault
from tests.cli.small_installation import ROOT, Installation, make

VALUE = "Jane Doe, born 1 April 2001"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return an installation for refusals, which change nothing."""
    return make(tmp_path_factory.mktemp("untouched") / "installation")


def test_a_missing_configuration_says_where_it_looked_and_what_to_do() -> None:
    """Without settings a command names the places it looked in, and how to name or make one."""
    result = CliRunner().invoke(retentiond, ["scan"])
    assert result.exit_code == 78
    assert (
        "retentiond.yaml or /etc/retentiond/retentiond.yaml: there is no settings file that you may look at"
        in result.stderr
    )
    assert "--config" in result.stderr
    assert "retentiond init" in result.stderr


def test_an_unknown_person_is_told_who_there_is(installation: Installation) -> None:
    """Somebody the settings do not name is refused with the ids of those they do."""
    result = installation.scanned().run("--as", "zoe", "list", "create", code=66)
    assert result.stderr == "zoe: the settings name nobody so; they name ada, ann, ben, sam\n"


def test_a_login_that_nobody_has_is_told_to_name_a_person(installation: Installation) -> None:
    """Without --as, the process's own login counts, and one the settings do not name is refused."""
    result = installation.scanned().run("list", "create", code=66)
    assert "--as: nobody was named who decides" in result.stderr
    assert "ada, ann, ben, sam" in result.stderr


def test_the_login_is_the_process_own_and_not_the_environments(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person whose id is the login name decides without --as; variables that claim another login change nothing."""
    login = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setenv("LOGNAME", "ann")
    installation.scanned().run("list", "create", code=66)
    settings = installation.folder / "retentiond.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("id: ann,", f"id: {login},"), encoding="utf-8")
    assert installation.json("list", "create")["list"]["gathered_by"] == login


def test_the_person_may_stand_in_the_environment(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """RETENTIOND_PERSON says who decides, and --as overrules it."""
    monkeypatch.setenv("RETENTIOND_PERSON", "ben")
    number = installation.listed()
    assert installation.json("list", "show", number)["list"]["gathered_by"] == "ann"
    withdrawn = installation.json("list", "withdraw", number, "--reason", "made to be withdrawn")
    assert withdrawn["list"]["state"] == "withdrawn"
    assert installation.json("list", "create")["list"]["gathered_by"] == "ben"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("list", "show", "DL-1999-0001"), 66, "no such"),
        (("list", "approve", "DL-1999-0001", "--digest", "0" * 16, "--as", "sam"), 66, "no such"),
        (("dispose", "DL-1999-0001", "--as", "ann"), 66, "no such"),
        (("certificate", "show", "DC-1999-0001"), 66, "no such"),
        (("certificate", "export", "DC-1999-0001", "--to", "out"), 66, "no such"),
        (("hold", "lift", "H-1999-0001", "--authority", "x", "--as", "ann"), 66, "no such"),
        (("explain", "matters/matter/99"), 66, "no such record"),
        (("explain", "matters/person/1"), 66, "no kind of record"),
        (("scan", "--store", "payroll"), 66, "the connected stores are matters"),
        (("due", "--store", "payroll"), 66, "the connected stores are matters"),
        (("list", "create", "--as", "ann"), 77, "nothing is due"),
        (("list", "create", "--as", "sam"), 77, "not a records manager"),
        (("hold", "place", "--title", "t", "--authority", "a", "--review-on", "2999-01-01"), 2, "--everything"),
        (
            ("hold", "place", "--title", "t", "--authority", "a", "--review-on", "2999-01-01", "--class", "XX-9"),
            66,
            "no schedule in force has this class",
        ),
        (("hold", "place", "--title", "t", "--authority", "a", "--review-on", "soon", "--everything"), 2, "2026-04-01"),
        (("verify", "--trust", "nowhere.json"), 2, "does not exist"),
        (("scan", "--stor", "matters"), 2, "--stor"),
        (("skan",), 2, "skan"),
        (("list", "approve", "DL-1999-0001"), 2, "--digest"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_every_refusal_is_said_plainly(untouched: Installation, words: tuple[str, ...], code: int, said: str) -> None:
    """A refusal ends with its exit code, its words on standard error, nothing else printed and no traceback."""
    result = untouched.run(*words, code=code)
    assert said in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output
    object_ = untouched.json(*words, code=code)
    assert object_["error"]["exit_code"] == code
    assert said in " ".join(str(fault) for fault in object_["error"]["faults"])


def test_all_faults_are_said_at_once_a_line_each(installation: Installation) -> None:
    """Every fault of every file is named in one go, each on its own line with its place."""
    for name in ("schedules/matters.yaml", "connectors/matters.yaml"):
        path = installation.folder / name
        path.write_text(path.read_text(encoding="utf-8") + "surprise: 1\n", encoding="utf-8")
    for words in (("scan",), ("check", "--offline")):
        lines = installation.run(*words, code=78).output.splitlines()
        assert [line for line in lines if "schedules/matters.yaml:" in line and "surprise" in line]
        assert [line for line in lines if "connectors/matters.yaml:" in line and "surprise" in line]


def test_a_damaged_ledger_is_refused_by_name(installation: Installation) -> None:
    """A ledger that is none ends with the ledger's own exit code, also in a check that goes on to the stores."""
    (installation.folder / "ledger.db").write_bytes(b"not a database at all" * 100)
    assert "ledger" in installation.run("scan", code=74).stderr
    assert installation.json("check", code=1)["faults"]


def test_a_store_that_fails_is_named_and_the_exit_code_is_1(installation: Installation) -> None:
    """A store that cannot be scanned is named with the reason, and nothing of it counts as due."""
    installation.scanned()
    with sqlite3.connect(installation.folder / "store.db") as store:
        store.execute("DROP TABLE note")
    store.close()
    result = installation.run("scan", code=1)
    assert "FAILED matters/matter" in result.output
    assert "note" in result.output
    assert installation.json("scan", code=1)["kinds"][0]["failure"]
    due = installation.run("due")
    assert "FAILED the latest scan of matters/matter" in due.output
    assert installation.json("due")["findings"] == []


@pytest.mark.parametrize("words", [(), ("list",)], ids=" ".join)
def test_a_family_without_a_command_shows_its_help(words: tuple[str, ...]) -> None:
    """Without a command's name the help is shown as it is, on standard error, with the exit code of wrong usage."""
    result = CliRunner().invoke(retentiond, words)
    helped = CliRunner().invoke(retentiond, [*words, "--help"])
    assert result.exit_code == 2
    assert result.stderr == helped.stdout
    assert result.stdout == ""
    fault = json.loads(CliRunner().invoke(retentiond, ["--json", *words]).stdout)["error"]["faults"][0]
    assert fault["message"] == "missing command"


def test_an_unexpected_error_says_nothing_of_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    """An error nobody foresaw is named by its class alone: its text may hold personal data."""
    assert ending(ValueError(VALUE), Options()) == 70
    said = capsys.readouterr()
    assert said.err == "unexpected: ValueError; please report; nothing further was done\n"
    assert said.out == ""


def test_an_unexpected_error_can_be_looked_into(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With RETENTIOND_DEBUG=1 the traceback is shown as well."""
    monkeypatch.setenv("RETENTIOND_DEBUG", "1")
    assert ending(ValueError("where"), Options()) == 70
    assert "ValueError: where" in capsys.readouterr().err


def test_faults_are_an_object_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the faults stand in an object on standard output and as lines on standard error."""
    refusal = DecisionRefused(Fault("DL-1", "no", "ask"), Fault("DL-2", "never"))
    assert ending(refusal, Options(json=True, command="list show")) == 77
    said = capsys.readouterr()
    assert said.err == "DL-1: no; ask\nDL-2: never\n"
    assert json.loads(said.out) == {
        "version": 1,
        "command": "list show",
        "error": {
            "exit_code": 77,
            "faults": [
                {"place": "DL-1", "message": "no", "remedy": "ask"},
                {"place": "DL-2", "message": "never", "remedy": ""},
            ],
        },
    }


def test_an_interrupt_ends_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl+C ends with 130 and says that the work goes on with the same command."""
    assert ending(click.Abort(), Options()) == 130
    assert "goes on with the same command" in capsys.readouterr().err


def test_a_real_interrupt_leaves_no_traceback(tmp_path: Path) -> None:
    """SIGINT in the middle of a command ends the process with 130 and one line."""
    program = (
        "import os, signal, sys\n"
        "import retentiond.cli.installed as installed\n"
        "installed.settings_path = lambda options: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['retentiond', 'due']\n"
        "from retentiond.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_a_reader_who_leaves_ends_it_quietly(installation: Installation) -> None:
    """When nobody reads on, the command ends without a word on standard error."""
    installation.scanned()
    command = f"{sys.executable} -m retentiond due --all | true"
    environment = installation.process_environment
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=environment, check=False)
    assert done.stderr == ""


def test_a_stopped_daemon_ends_with_0_and_its_object(installation: Installation) -> None:
    """SIGTERM ends the daemon; with --json its object is all that standard output holds."""
    environment = installation.process_environment
    with subprocess.Popen(
        [sys.executable, "-m", "retentiond", "run", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as daemon:
        assert daemon.stderr is not None
        assert daemon.stderr.readline()
        daemon.send_signal(signal.SIGTERM)
        out, _ = daemon.communicate(timeout=60)
    assert daemon.returncode == 0
    assert json.loads(out) == {"version": 1, "command": "run", "exit_code": 0}
