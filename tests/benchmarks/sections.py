"""The sections of the report, each a few ways of doing one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.benchmarks.case_store import due_of
from tests.benchmarks.drafting import TABLES
from tests.benchmarks.linting import CLASSES, RULES_LIMIT
from tests.benchmarks.linting import LIMIT as LINT_LIMIT
from tests.benchmarks.listing import S5CMD, served
from tests.benchmarks.measuring import Measured, compared, in_child
from tests.benchmarks.servers import PostgreSQL
from tests.benchmarks.starting import LIMIT, started
from tests.benchmarks.table import Section

SMALL, LARGE = 100_000, 1_000_000
FLAT = 1.25
"""Ten times the records may take at most so many times the memory."""
CASES = 20_000
OBJECTS = 200_000
VERSIONS = 100_000


@dataclass(frozen=True)
class Bench:
    """Where a run keeps its case stores, and its PostgreSQL server."""

    folder: Path
    server: Callable[[], PostgreSQL]
    small: int = SMALL
    large: int = LARGE
    made: dict[str, str] = field(default_factory=dict)

    def store(self, kind: str, cases: int, *, every: bool = False) -> str:
        """Return the URL of a case store of a size, made when it is first asked for."""
        name = f"{kind}-{cases}-{every}"
        if name not in self.made:
            url = f"sqlite:///{self.folder / name}.db" if kind == "sqlite" else self.server().database()
            in_child("case_store:fill", url=url, cases=cases, every=every)
            self.made[name] = url
        return self.made[name]

    def pid(self, kind: str) -> int:
        """Return whose CPU time counts beside our own."""
        return 0 if kind == "sqlite" else self.server().pid


def scan_section(bench: Bench, kind: str, title: str) -> Section:
    """Scan a million cases of which one in a hundred is due, and look at memory at a tenth of that."""
    pid = bench.pid(kind)
    small, large = (bench.store(kind, cases) for cases in (bench.small, bench.large))
    ways = {
        "plain query, driver, all rows fetched": "plain_query",
        "pages of `SqlConnector.scan`, kept nowhere": "connector_pages",
        "`retentiond scan`: both passes, judged, kept in the ledger": "whole_scan",
        "every row fetched and judged in Python": "every_row",
    }
    rows = compared({way: partial(in_child, f"scanning:{work}", url=large, server=pid) for way, work in ways.items()})
    before = in_child("scanning:whole_scan", url=small, server=pid)
    ratio = rows[2].middle.peak / before.peak
    due = due_of(bench.large)
    found = rows[2].middle.counts
    memory = (
        f"memory is flat: {before.peak:.0f} MiB for {bench.small:,} records and {rows[2].middle.peak:.0f} MiB for "
        f"{bench.large:,}, {ratio:.2f} times as much (limit {FLAT})"
    )
    return Section(
        f"Scan of {bench.large:,} cases on {title}",
        f"{due:,} are due, {found['undated']:,} have no date of closing. Date and status columns are indexed.",
        rows,
        [
            (f"every way finds the {due:,} that are due", all(one.middle.counts["due"] == due for one in rows)),
            (f"{found['examined']:,} records examined", found["examined"] == bench.large),
            (memory, ratio < FLAT),
        ],
    )


def dating_section(bench: Bench, kind: str, title: str) -> Section:
    """Date every one of a million cases, and look at memory at a tenth of that."""
    pid = bench.pid(kind)
    small, large = (bench.store(kind, cases) for cases in (bench.small, bench.large))
    ways = {
        "every row fetched and judged in Python": "scanning:every_row",
        "`retentiond forecast`: twelve months": "dating:forecasted",
        "`retentiond schedule diff`: dated under both schedules": "dating:compared",
    }
    rows = compared({way: partial(in_child, work, url=large, server=pid) for way, work in ways.items()})
    checks = [("each looks at every record", all(one.middle.counts["examined"] == bench.large for one in rows))]
    for row, work in zip(rows[1:], ("dating:forecasted", "dating:compared"), strict=True):
        before = in_child(work, url=small, server=pid).peak
        said = f"{before:.0f} MiB for {bench.small:,} records, {row.middle.peak:.0f} MiB for {bench.large:,}"
        checks.append((f"{row.way}: memory is flat, {said} (limit {FLAT})", row.middle.peak / before < FLAT))
    return Section(
        f"Every one of {bench.large:,} cases dated, {title}",
        "Pages of a thousand, counted and forgotten. What reviewers keep and what was anonymised before is looked up "
        "in the ledger, a page at a time.",
        rows,
        checks,
    )


def dispose_section(bench: Bench, kind: str, title: str) -> Section:
    """Dispose of half of the cases."""
    store = bench.store(kind, CASES, every=True)
    ways = {
        "one giant DELETE a table, one transaction": "giant_delete",
        "`SqlConnector.dispose`, 1,000 orders a transaction": "through_connector",
    }

    def done(work: str) -> Measured:
        url = store if kind == "sqlite" else bench.server().database(store)
        return in_child(f"disposing:{work}", url=url, cases=CASES, server=bench.pid(kind))

    rows = compared({way: partial(done, work) for way, work in ways.items()})
    return Section(
        f"Disposal of {CASES // 2:,} of {CASES:,} cases on {title}",
        "Each case has two notes and a plan. Ours reads and locks every row, compares it with what was reviewed, asks "
        "whether the order still stands, writes a receipt, deletes and counts; the other only deletes.",
        rows,
        [("both leave exactly the same rows", rows[0].middle.counts == rows[1].middle.counts)],
    )


def rules_section(_bench: Bench) -> Section:
    """Judge records in memory."""
    ways = {
        "two dates compared by hand": "by_hand",
        "`assess()`, six years after closing": "one_clause",
        "`assess()`, the longest of two clauses": "longest_of",
    }
    return _in_children(
        "Judging one record",
        "Records judged in memory, on one core; `assess()` also says why, in words.",
        "rules",
        ways,
        times=100,
    )


def windows_section(_bench: Bench) -> Section:
    """Compute what a scan hands to a store."""
    ways = {
        "`assess()`, the longest of two clauses": "longest_of",
        "`windows()`, a class of the shipped schedule": "shipped_windows",
    }
    return _in_children(
        "Windows",
        "The latest dates that are due today, found once a scan for each class. Only the last column compares: "
        "records judged, classes computed.",
        "rules",
        ways,
        times=10,
    )


def evidence_section(_bench: Bench) -> Section:
    """Commit to a long list."""
    ways = {
        "the hashes alone": "hashes_alone",
        "commitments, manifest and Merkle root": "commitments",
        "a manifest read and its root computed anew": "manifest_read",
    }
    return _in_children(
        "Commitments to 100,000 records",
        "Three keyed hashes a record, its disclosure, its leaf, a node of the tree.",
        "proving",
        ways,
        records=100_000,
    )


def ledger_section(_bench: Bench) -> Section:
    """Write a long list."""
    ways = {
        "the same rows, `sqlite3.executemany`": "driver_alone",
        "`lists.create` in one transaction": "list_created",
    }
    return _in_children(
        "A list of 10,000 entries written to the ledger",
        "SQLite, same tables, same settings; opening included.",
        "remembering",
        ways,
        entries=10_000,
    )


def lint_section(_bench: Bench) -> Section:
    """Lint a large schedule."""
    ways = {
        "read, and nothing more": "read_alone",
        "every rule, once it is read": "rules_alone",
        "`retentiond schedule lint`: read, and every rule": "whole_lint",
    }
    rows = compared({way: partial(in_child, f"linting:{work}", classes=CLASSES) for way, work in ways.items()})
    rules, whole = rows[1].middle, rows[2].middle
    return Section(
        f"Linting a schedule of {CLASSES:,} classes",
        "One class in sixteen cites a regulation with a floor and is compared with it on some hundred occasions.",
        rows,
        [
            (f"read and linted in {whole.wall:.2f} s (limit {LINT_LIMIT} s)", whole.wall < LINT_LIMIT),
            (f"the rules take {rules.cpu:.2f} s of it (limit {RULES_LIMIT} s)", rules.cpu < RULES_LIMIT),
            ("nothing is found in a sound schedule", rules.counts["told"] == whole.counts["told"] == 0),
        ],
    )


def draft_section(_bench: Bench) -> Section:
    """Draft a definition of a large database."""
    ways = {
        "its catalogue read, and nothing more": "catalogue_alone",
        "`retentiond connector draft`: read, counted, written": "whole_draft",
    }
    return _in_children(
        f"A definition drafted of a database of {TABLES} tables",
        "SQLite; a third of the tables hang on one record, up to four deep.",
        "drafting",
        ways,
        tables=TABLES,
    )


def listing_section(_bench: Bench, pause: int) -> Section:
    """List a bucket that answers from memory, at once or as late as a store far away."""
    ways = {"one stream, read as bytes": partial(_streams, streams=1), "32 streams": partial(_streams, streams=32)}
    if not pause:
        ways = {"the SDK's paginator": partial(_listing, "through_sdk"), **ways}
    if S5CMD:
        ways = {"`s5cmd ls`": partial(_listing, "by_s5cmd"), **ways}
    with served(OBJECTS, pause) as server:
        rows = compared({way: partial(work, port=server.port) for way, work in ways.items()})
    return Section(
        f"Listing {OBJECTS:,} objects, {f'{pause} ms an answer' if pause else 'answers at once'}",
        "The server answers from memory. Ours counts every object and makes those written long ago, one in a hundred."
        + ("" if S5CMD else " s5cmd is not here: that row is left out."),
        rows,
        [("every way finds every object", all(one.middle.counts == rows[0].middle.counts for one in rows))],
    )


def _listing(work: str, port: int) -> Measured:
    return in_child(f"listing:{work}", port=port)


def _streams(port: int, streams: int) -> Measured:
    return in_child("listing:in_streams", port=port, streams=streams)


def deletion_section(_bench: Bench) -> Section:
    """Delete versions on a server that says yes to everything."""
    ways = {"the SDK's requests, quiet": "deleted_by_sdk", "`Bucket.delete`": "deleted_by_us"}
    with served(1) as server:
        rows = compared(
            {
                way: partial(in_child, f"listing:{work}", port=server.port, versions=VERSIONS)
                for way, work in ways.items()
            }
        )
    return Section(
        f"Requests to delete {VERSIONS:,} versions",
        "A thousand a request; the server says that all is done.",
        rows,
        [("both account for every version", all(one.middle.counts["n"] == VERSIONS for one in rows))],
    )


def start_section(_bench: Bench) -> Section:
    """Ask for help."""
    help_words = ("-m", "retentiond", "--help")
    started(*help_words)
    rows = compared(
        {"`python -c pass`": partial(started, "-c", "pass"), "`retentiond --help`": partial(started, *help_words)},
        rounds=9,
    )
    wall = rows[1].middle.wall
    return Section(
        "Start",
        "",
        rows,
        [(f"`retentiond --help` answers in {wall:.2f} s (limit {LIMIT} s)", wall < LIMIT)],
    )


def _in_children(title: str, text: str, module: str, ways: Mapping[str, str], **given: int) -> Section:
    rows = compared({way: partial(in_child, f"{module}:{work}", **given) for way, work in ways.items()})
    return Section(title, text, rows)


SECTIONS: Mapping[str, Callable[[Bench], Section]] = {
    "scan-sqlite": partial(scan_section, kind="sqlite", title="SQLite"),
    "scan-postgresql": partial(scan_section, kind="postgresql", title="PostgreSQL"),
    "dating-sqlite": partial(dating_section, kind="sqlite", title="SQLite"),
    "dating-postgresql": partial(dating_section, kind="postgresql", title="PostgreSQL"),
    "dispose-sqlite": partial(dispose_section, kind="sqlite", title="SQLite"),
    "dispose-postgresql": partial(dispose_section, kind="postgresql", title="PostgreSQL"),
    "rules": rules_section,
    "windows": windows_section,
    "evidence": evidence_section,
    "ledger": ledger_section,
    "listing": partial(listing_section, pause=0),
    "listing-far": partial(listing_section, pause=60),
    "deletion": deletion_section,
    "lint": lint_section,
    "draft": draft_section,
    "start": start_section,
}
