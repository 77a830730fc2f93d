"""Records found: scans of stores with and without an index, of very many records, and forecasts."""

from __future__ import annotations

from functools import partial

from tests.benchmarks.bench import NAMES, Bench
from tests.benchmarks.case_store import due_of
from tests.benchmarks.measuring import compared, in_child
from tests.benchmarks.table import Section, beside_by_hand

SMALL, LARGE = 100_000, 1_000_000
FLAT = 1.25
"""Ten times the records may take at most so many times the memory."""
COUNTED = 5_000_000
MOST_BY_HAND = 8.0
"""How many times the CPU time of the same promises, kept by hand, a whole scan may take."""
SOME = 500_000
"""Rows that are fetched and judged one by one: all of them would take minutes."""
MOST = 10_000_000
DATED = 100_000

COUNT = "`SELECT count(*)` of the same predicate"
PLAIN = "plain query, driver, all rows fetched"
PAGES = "pages of `SqlConnector.scan`, kept nowhere"
HAND = "the same promises, by hand, findings kept"
WHOLE = "`retentiond scan`: both passes, judged, kept in the ledger"
EVERY = f"every row fetched and judged in Python (the first {SOME:,})"


def indexed(bench: Bench, kind: str) -> Section:
    """Scan a million cases of which one in a hundred is due, and look at memory at a tenth of that."""
    pid = bench.pid(kind)
    small, large = (bench.store(kind, cases) for cases in (SMALL, LARGE))
    ways = {PLAIN: "plain_query", PAGES: "connector_pages", WHOLE: "whole_scan"}
    rows = compared({way: partial(in_child, f"scanning:{work}", url=large, server=pid) for way, work in ways.items()})
    before = in_child("scanning:whole_scan", url=small, server=pid)
    after, due = rows[2].middle, due_of(LARGE)
    ratio = after.peak / before.peak
    memory = (
        f"memory is flat: {before.peak:.0f} MiB for {SMALL:,} records and {after.peak:.0f} MiB for {LARGE:,}, "
        f"{ratio:.2f} times as much (limit {FLAT})"
    )
    return Section(
        f"Scan of {LARGE:,} cases on {NAMES[kind]}, dates indexed",
        f"{due:,} are due, {after.counts['undated']:,} have no date of closing.",
        rows,
        [
            (f"every way finds the {due:,} that are due", all(one.middle.counts["due"] == due for one in rows)),
            (f"{after.counts['examined']:,} records examined", after.counts["examined"] == LARGE),
            (memory, ratio < FLAT),
        ],
    )


def counted(bench: Bench, kind: str) -> Section:
    """Scan millions of cases whose dates nobody indexed, beside counting those that are due."""
    pid, url = bench.pid(kind), bench.store(kind, COUNTED, indexed=False)
    ways = {
        COUNT: "scanning:count_alone",
        PLAIN: "scanning:plain_query",
        PAGES: "scanning:connector_pages",
        HAND: "scan_by_hand:scan_by_hand",
        WHOLE: "scanning:whole_scan",
    }
    rows = compared(
        {
            **{way: partial(in_child, work, url=url, server=pid, cases=COUNTED) for way, work in ways.items()},
            EVERY: partial(in_child, "scanning:every_row", url=url, server=pid, first=SOME),
        },
        once=[EVERY],
    )
    due = due_of(COUNTED)
    return Section(
        f"Scan of {COUNTED:,} cases on {NAMES[kind]}, no index of dates",
        f"{due:,} are due. The database reads every row in every way; ours also counts all records, and those without "
        "a date. What is written by hand counts, judges with a reason in words and keeps what it finds as ours does; "
        "ours also asks for holds, events entered by hand and blockers, and whether the tables are as accepted. "
        "The last way was taken once, for some of the cases; its ratio is that of one case.",
        rows,
        [
            (f"every way finds the {due:,} that are due", all(one.middle.counts["due"] == due for one in rows[:-1])),
            beside_by_hand(rows, WHOLE, HAND, MOST_BY_HAND),
        ],
    )


def largest(bench: Bench) -> Section:
    """Scan ten million cases, each a row of SQLite."""
    small = bench.store("sqlite", LARGE)
    large = bench.store("sqlite", MOST)
    rows = compared(
        {
            f"`retentiond scan` of {cases:,}": partial(in_child, "scanning:whole_scan", url=url, cases=cases)
            for cases, url in ((LARGE, small), (MOST, large))
        },
        rounds=1,
    )
    bench.forget(large)
    ratio = rows[1].middle.peak / rows[0].middle.peak
    return Section(
        f"Scan of {MOST:,} cases on SQLite, dates indexed",
        f"{due_of(MOST):,} are due. Done once; a ratio is that of one case.",
        rows,
        [
            (f"the {due_of(MOST):,} that are due are found", rows[1].middle.counts["due"] == due_of(MOST)),
            (f"memory is flat: {ratio:.2f} times as much for ten times the records (limit {FLAT})", ratio < FLAT),
        ],
    )


def dated(bench: Bench, kind: str) -> Section:
    """Date every one of many cases, and look at memory at a tenth of that."""
    pid = bench.pid(kind)
    small, large = (bench.store(kind, cases) for cases in (DATED // 10, DATED))
    ways = {
        "every row fetched and judged in Python": "scanning:every_row",
        "`retentiond forecast`: twelve months": "dating:forecasted",
        "`retentiond schedule diff`: dated under both schedules": "dating:compared",
    }
    rows = compared({way: partial(in_child, work, url=large, server=pid) for way, work in ways.items()})
    checks = [("each looks at every record", all(one.middle.counts["examined"] == DATED for one in rows))]
    for row, work in zip(rows[1:], ("dating:forecasted", "dating:compared"), strict=True):
        before = in_child(work, url=small, server=pid).peak
        said = f"{before:.0f} MiB for {DATED // 10:,} records, {row.middle.peak:.0f} MiB for {DATED:,}"
        checks.append((f"{row.way}: memory is flat, {said} (limit {FLAT})", row.middle.peak / before < FLAT))
    return Section(
        f"Every one of {DATED:,} cases dated, {NAMES[kind]}",
        "Pages of a thousand, counted and forgotten. What reviewers keep and what was anonymised before is looked up "
        "in the ledger, a page at a time.",
        rows,
        checks,
    )
