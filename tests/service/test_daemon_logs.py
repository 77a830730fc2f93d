from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SECRET = "hunter2-Zerlina"

SAYING = """\
import logging, os, sys, threading, warnings
from loguru import logger
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.service.logs import kind_and_place, refuse, set_up_logs

set_up_logs(os.environ, sys.stderr)
secret = os.environ["TEST_SECRET"]
"""


def said(code: str, *, journal: bool = False, **environment: str) -> str:
    """Run a few lines after the logs were set up, and return what came to standard error."""
    read, write = os.pipe()
    status = os.fstat(write)
    stream = f"{status.st_dev}:{status.st_ino}" if journal else "1:2"
    subprocess.run(
        [sys.executable, "-c", SAYING + code],
        env=os.environ | {"TEST_SECRET": SECRET, "JOURNAL_STREAM": stream} | environment,
        stderr=write,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        return pipe.read()


def test_journal_lines_carry_their_level() -> None:
    """On the journal's own stream each line begins with its level as sd-daemon(3) has it, and with nothing else."""
    code = "".join(f'logger.log("{name}", "said")\n' for name in ("INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"))
    assert said(code, journal=True).splitlines() == ["<6>said", "<5>said", "<4>said", "<3>said", "<2>said"]


def test_an_inherited_journal_is_not_taken_for_ours() -> None:
    """Where the variable names another stream, lines are for people: time in UTC, level, message."""
    line = said('logger.warning("said")', TZ="America/New_York")
    assert line.rstrip().endswith("warning  said")
    assert not line.startswith("<")


def test_json_lines_are_objects() -> None:
    """With RETENTIOND_LOG=json each line is one object with time, level, message and what was bound to it."""
    event = json.loads(said('logger.bind(list="DL-2026-0001").info("said")', RETENTIOND_LOG="json"))
    assert {name: event[name] for name in ("level", "message", "list")} == {
        "level": "info",
        "message": "said",
        "list": "DL-2026-0001",
    }
    assert event["time"].endswith("Z")


@pytest.mark.parametrize("journal", [True, False])
def test_one_event_is_one_line(journal: bool) -> None:  # noqa: FBT001 - a parameter
    """No text can begin a line of its own, give it a level, or steer a terminal."""
    code = 'logger.info("{}", "first\\n<0>second\\r\\x1b[2Jthird\\u2028fourth")'
    lines = said(code, journal=journal).splitlines()
    assert len(lines) == 1
    assert lines[0].isprintable()


def test_each_fault_is_a_line() -> None:
    """A refusal of many faults is logged as one line each, braces in them included."""
    code = 'refuse(StoreUnavailable(Fault("a", "one {secret}", "do"), Fault("b", "two {}")))'
    assert said(code, journal=True).splitlines() == ["<3>a: one {secret}; do", "<3>b: two {}"]


@pytest.mark.parametrize(
    "code",
    [
        "raise RuntimeError(secret)",
        "threading.Thread(target=lambda: int(secret)).start()",
        "warnings.warn(secret)",
        'logging.getLogger("botocore").warning("key %s", secret)',
        'logging.getLogger("apscheduler.executors").error("%s", secret)',
        "try:\n    int(secret)\nexcept ValueError:\n    logger.exception('broken off')",
        "try:\n    int(secret)\nexcept ValueError as error:\n    logger.error('{}', kind_and_place(error))",
    ],
)
def test_no_value_comes_out(code: str) -> None:
    """Neither an unexpected error, nor a thread's, nor a library's log or warning brings a value to the log."""
    assert SECRET not in said(code)


def test_an_unexpected_error_says_what_and_where() -> None:
    """Of an unexpected error its class and the last line of ours are logged."""
    code = """
from retentiond.service.timetable import timetable
try:
    timetable(None)
except AttributeError as error:
    logger.error("{}", kind_and_place(error))
"""
    assert said(code, journal=True).startswith("<3>AttributeError at retentiond/service/timetable.py:")
