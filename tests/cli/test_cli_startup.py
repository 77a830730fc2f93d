from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from retentiond.cli.reference import front_page
from retentiond.cli.root import COMMANDS, retentiond
from tests.cli.small_installation import ROOT

HEAVY = ("sqlalchemy", "alembic", "boto3", "pydantic", "yaml", "rich", "cryptography", "loguru", "apscheduler")
ENVIRONMENT = {name: text for name, text in os.environ.items() if name != "COLUMNS"} | {"PYTHONPATH": str(ROOT)}
REPORT = """
import sys
sys.argv = ["retentiond", *{words!r}]
from retentiond.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("LOADED", *[name for name in {heavy!r} if name in sys.modules])
"""


def every_command() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command and family of commands."""
    yield ()
    context = click.Context(retentiond)
    for name in COMMANDS:
        yield (name,)
        command = retentiond.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, inner) for inner in command.commands)


@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("scan", "--help"), ("list", "--help"), ("list", "create", "--help")]
)
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    """Help and version are printed without importing a database, cloud, validation or drawing library."""
    program = REPORT.format(words=words, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED"


@pytest.mark.parametrize(
    ("words", "made"),
    [("--help", front_page), ("--version", lambda: CliRunner().invoke(retentiond, ["--version"]).output)],
    ids=["help", "version"],
)
def test_what_is_kept_as_text_is_what_the_commands_say(words: str, made: Callable[[], str]) -> None:
    """The front page and the version are what click prints: ``python -m retentiond.cli.reference front-page``."""
    done = subprocess.run(
        [sys.executable, "-m", "retentiond", words],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=True,
    )
    assert done.stdout == made()


def test_no_line_of_the_front_page_is_cut() -> None:
    """What every command does stands there whole, on 80 columns."""
    assert "..." not in front_page().replace("[ARGS]...", "")


def test_the_front_page_fits_a_narrow_terminal() -> None:
    """Where the kept page is too wide it is made anew."""
    done = subprocess.run(
        [sys.executable, "-m", "retentiond", "--help"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"COLUMNS": "60"},
        check=True,
    )
    assert done.stdout.startswith("Usage: retentiond [OPTIONS] COMMAND")
    assert max(len(line) for line in done.stdout.splitlines()) < 60


def test_a_front_page_that_cannot_be_written_is_told_in_one_line() -> None:
    """Where the device is full the program says so, without a traceback, and ends with 1."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "retentiond", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "retentiond: No space left on device\n")


def test_the_front_page_needs_no_library() -> None:
    """What people type first waits for no command-line library, and not even for regular expressions."""
    heavy = ("click", "re", "dataclasses", "typing", "retentiond.cli.root")
    done = subprocess.run(
        [sys.executable, "-S", "-c", REPORT.format(words=("--help",), heavy=heavy)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "LOADED"


@pytest.mark.parametrize("words", [*every_command()], ids=" ".join)
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    """Every command explains itself, lists the shared options, and its first sentence fits the list of commands."""
    result = CliRunner().invoke(retentiond, [*words, "--help"])
    assert result.exit_code == 0
    assert "--config PATH" in result.output
    assert "..." not in result.output.replace("[ARGS]...", "")
    explained = result.output.split("\n\n")[1].strip()
    assert explained.endswith("."), explained


def test_a_command_is_loaded_only_when_it_is_used() -> None:
    """Running one command leaves the modules of the others unloaded."""
    program = REPORT.format(
        words=("due", "--help"),
        heavy=tuple(f"retentiond.cli.commands.{module}" for module in COMMANDS.values()),
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED retentiond.cli.commands.due"


def test_shared_options_stand_before_and_after_the_command() -> None:
    """A shared option means the same on either side of the command's name, and the later one wins."""
    for words in (["--config", "a.yaml", "scan"], ["scan", "--config", "a.yaml"]):
        result = CliRunner().invoke(retentiond, words)
        assert result.exit_code == 78
        assert result.stderr.startswith("a.yaml: there is no such settings file, or you may not look there")
    both = CliRunner().invoke(retentiond, ["--config", "a.yaml", "list", "--config", "b.yaml", "show"])
    assert both.stderr.startswith("b.yaml: ")
