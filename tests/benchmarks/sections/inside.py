"""What the program does by itself: judging, committing, writing, linting, starting, idling."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from retentiond.lifecycle.scan import scan
from tests.benchmarks.bench import Bench
from tests.benchmarks.case_store import installed
from tests.benchmarks.drafting import TABLES
from tests.benchmarks.linting import CLASSES, RULES_LIMIT
from tests.benchmarks.linting import LIMIT as LINT_LIMIT
from tests.benchmarks.measuring import Measured, compared, in_child
from tests.benchmarks.peers import PT_ARCHIVER, RCLONE, present
from tests.benchmarks.sections.scans import FLAT
from tests.benchmarks.starting import LIMIT, PYTHON, RETENTIOND, started
from tests.benchmarks.table import Section

RECORDS = 100_000
ENTRIES = 10_000
FOUND = 100_000
CASES = 1_000

HASHES = "the hashes alone"
COMMITMENTS = "commitments, manifest and Merkle root"
LEAVES = "leaves alone: canonical text, as ours writes it, and its hash"
LEAVES_PACKAGE = "leaves alone: canonical text, by the rfc8785 package, and its hash"
FEWER = f"commitments, manifest and Merkle root of {RECORDS // 10:,} records"
FILE = "a manifest's file read line by line, its root computed anew"
FEWER_READ = f"a manifest's file of {RECORDS // 10:,} records read so"
LIST = "`lists.create` in one transaction"
MAPPER = "the same rows, SQLAlchemy's mapper, `add_all`"
INSIDE = "the same rows, `INSERT … SELECT` inside the database"
FINDINGS = "`findings.add` of a first scan"
FINDINGS_MAPPER = "the same rows, SQLAlchemy's mapper, `add_all`"
BARE = "`python -c pass`"
HELP = "`retentiond --help`"
HELP_OF_SCAN = "`retentiond scan --help`, written anew by click"
DUE = "`retentiond due`: one store, files and ledger checked, findings told"
ARCHIVER = "`pt-archiver --version`"
RC = "`rclone version`"
IDLE = "the daemon, one store, nothing to do"
TURN = "one turn of it: the store scanned by a process of its own, which then ends"


def rules(_bench: Bench) -> Section:
    """Judge records in memory."""
    ways = {
        "two dates compared by hand": "by_hand",
        "`assess()`, six years after closing": "one_clause",
        "`assess()`, the longest of two clauses": "longest_of",
        "the same as a scan does, whose dates come again": "remembered",
    }
    text = (
        "Records judged in memory, on one core; ours also says why, in words. A scan remembers what it worked out for "
        "the same dates; here a thousand pairs of dates come a hundred times."
    )
    return _in_children("Judging one record", text, "rules", ways, times=100)


def windows(_bench: Bench) -> Section:
    """Compute what a scan hands to a store."""
    ways = {
        "`assess()`, the longest of two clauses": "longest_of",
        "`windows()`, a class of the shipped schedule": "shipped_windows",
    }
    text = (
        "The latest dates that are due today, found once a scan for each class. A ratio is that of one class beside "
        "one record."
    )
    return _in_children("Windows", text, "rules", ways, times=10)


def evidence(_bench: Bench) -> Section:
    """Commit to a long list."""
    ways = {
        HASHES: "hashes_alone",
        LEAVES: "leaves",
        LEAVES_PACKAGE: "leaves_by_package",
        COMMITMENTS: "commitments",
        "a manifest read and its root computed anew": "manifest_read",
    }
    works = {way: partial(in_child, f"proving:{work}", records=RECORDS) for way, work in ways.items()}
    works[FEWER] = partial(in_child, "proving:commitments", records=RECORDS // 10)
    works[FILE] = partial(in_child, "proving:manifest_file_read", records=RECORDS)
    works[FEWER_READ] = partial(in_child, "proving:manifest_file_read", records=RECORDS // 10)
    rows = compared(works)
    fewer, more = rows[-1].middle.peak, rows[-2].middle.peak
    said = f"to check a manifest's file, {fewer:.0f} MiB for {RECORDS // 10:,} records, {more:.0f} MiB for {RECORDS:,}"
    return Section(
        f"Commitments to {RECORDS:,} records",
        "Three keyed hashes a record, its disclosure, its leaf, a node of the tree. A ratio is that of one record. The "
        "list is in memory before its commitments are made, as it is when a list is frozen.",
        rows,
        [(f"memory is flat: {said} (limit {FLAT})", more / fewer < FLAT)],
    )


def ledger(_bench: Bench) -> Section:
    """Write a long list."""
    ways = {"the same rows, `sqlite3.executemany`": "driver_alone", LIST: "list_created", MAPPER: "by_mapper"}
    text = "SQLite, same tables, same settings; opening included."
    return _in_children(
        f"A list of {ENTRIES:,} entries written to the ledger", text, "remembering", ways, entries=ENTRIES
    )


def findings(_bench: Bench) -> Section:
    """Write what a first scan found."""
    ways = {
        INSIDE: "findings_inside",
        "the same rows, `sqlite3.executemany`": "findings_by_driver",
        FINDINGS: "findings_added",
        FINDINGS_MAPPER: "findings_by_mapper",
    }
    text = "SQLite, same tables, same settings; opening included. Ours waits for the disk for every ten thousand."
    return _in_children(f"{FOUND:,} findings written to the ledger", text, "remembering", ways, findings=FOUND)


def lint(_bench: Bench) -> Section:
    """Lint a large schedule."""
    ways = {
        "read, and nothing more": "read_alone",
        "every rule, once it is read": "rules_alone",
        "`retentiond schedule lint`: read, and every rule": "whole_lint",
    }
    rows = compared({way: partial(in_child, f"linting:{work}", classes=CLASSES) for way, work in ways.items()})
    of_rules, whole = rows[1].middle, rows[2].middle
    return Section(
        f"Linting a schedule of {CLASSES:,} classes",
        "One class in sixteen cites a regulation with a floor and is compared with it on some hundred occasions.",
        rows,
        [
            (f"read and linted in {whole.wall:.2f} s (limit {LINT_LIMIT} s)", whole.wall < LINT_LIMIT),
            (f"the rules take {of_rules.cpu:.2f} s of it (limit {RULES_LIMIT} s)", of_rules.cpu < RULES_LIMIT),
            ("nothing is found in a sound schedule", of_rules.counts["told"] == whole.counts["told"] == 0),
        ],
    )


def draft(_bench: Bench) -> Section:
    """Draft a definition of a large database."""
    ways = {
        "its catalogue read, and nothing more": "catalogue_alone",
        "`retentiond connector draft`: read, counted, written": "whole_draft",
    }
    text = "SQLite; a third of the tables hang on one record, up to four deep."
    return _in_children(f"A definition drafted of a database of {TABLES} tables", text, "drafting", ways, tables=TABLES)


def start(bench: Bench) -> Section:
    """Ask for help, and ask what is due."""
    url = bench.store("sqlite", CASES)
    with tempfile.TemporaryDirectory(dir=bench.folder) as name, installed(Path(name), url) as tools:
        scan(tools)
        asked = (*RETENTIOND, "due", "--config", str(Path(name) / "retentiond.yaml"))
        started(*RETENTIOND, "--help")
        started(*asked)
        ways: dict[str, Callable[[], Measured] | str] = {
            BARE: partial(started, *PYTHON, "-c", "pass"),
            HELP: partial(started, *RETENTIOND, "--help"),
            HELP_OF_SCAN: partial(started, *RETENTIOND, "scan", "--help"),
            DUE: partial(started, *asked),
            ARCHIVER: PT_ARCHIVER.doing(lambda: started(str(PT_ARCHIVER.path), "--version")),
            RC: RCLONE.doing(lambda: started(str(RCLONE.path), "version")),
        }
        here, missing = present(ways)
        rows = compared(here, rounds=9)
    wall = rows[1].middle.wall
    said = f"`retentiond --help` answers in {wall:.2f} s (limit {LIMIT} s)"
    text = "Whole processes. The page of `--help` is kept as text; every other command loads what it needs."
    return Section("Start", text, rows, [(said, wall < LIMIT)], missing)


def idle(_bench: Bench) -> Section:
    """Let the daemon run with nothing to do."""
    rows = compared({IDLE: partial(in_child, "idling:idle"), TURN: partial(in_child, "idling:turn")}, rounds=1)
    return Section(
        "The idle daemon",
        "What the daemon holds in memory once its first scan is over, not its peak; of a turn, its peak.",
        rows,
    )


def _in_children(title: str, text: str, module: str, ways: Mapping[str, str], **given: int) -> Section:
    rows = compared({way: partial(in_child, f"{module}:{work}", **given) for way, work in ways.items()})
    return Section(title, text, rows)
