"""The goals of this program, and their table."""

from __future__ import annotations

from functools import partial

from tests.benchmarks.bench import NAMES
from tests.benchmarks.goals import Goal, Sections, cpu, of, peaks, same_keys, times
from tests.benchmarks.measuring import Compared
from tests.benchmarks.sections import deletions, disposals, inside, objects, scans
from tests.benchmarks.table import filled

_HEAD = "| goal | what | wanted | measured | |\n|---|---|--:|--:|---|"
_ABOUT = (
    "What is wanted was measured of a prototype or of the best program of others, with some room for what a product "
    "has to do besides. What ours disposes of it has locked, read, compared, receipted and counted; its peers have "
    "not. A goal that is not reached fails nothing; a check that says FAILED further down does. 'Not measured': its "
    "section was not run, or a program of others is not installed."
)
_AtLeast = partial(Goal, at_least=True)


def _peak(row: Compared) -> float:
    return row.middle.peak


def _own_share(row: Compared) -> float:
    return (row.middle.cpu - row.middle.server) / row.middle.cpu * 100


def _per_million(row: Compared) -> float:
    return row.middle.cpu / row.middle.counts["n"] * 1e6


_LARGE = f"ours, 32 streams, {objects.LARGE:,} objects"
_SMALL = f"ours, 32 streams, {objects.SMALL:,} objects"

_LISTING = (
    _AtLeast("A-1", "listing, CPU: s5cmd / ours", 12, cpu("listing", objects.S5, objects.ONE_WHOLE)),
    _AtLeast("A-1", "listing, CPU: boto3 / ours", 40, cpu("listing", objects.SDK, objects.ONE_WHOLE)),
    _AtLeast("A-2", "listing, time: s5cmd / ours", 8, times("listing", objects.S5, objects.ONE_WHOLE)),
    _AtLeast("A-2", "listing, time: boto3 / ours", 25, times("listing", objects.SDK, objects.ONE_WHOLE)),
    _AtLeast("A-3", "listing at 60 ms, time: s5cmd / ours", 12, times("listing-far", objects.S5, objects.DEFAULT)),
    _AtLeast("A-4", "listing SeaweedFS, time: s5cmd / ours", 2, times("seaweed-listing", objects.S5, objects.DEFAULT)),
    _AtLeast(
        "A-4",
        "listing SeaweedFS, time: answers not read / ours",
        0.9,
        times("seaweed-listing", objects.UNREAD, objects.DEFAULT),
    ),
    _AtLeast("A-5", "of 1 to 64 streams, so many with all keys, in memory", 7, same_keys("listing-complete")),
    _AtLeast("A-5", "of 1 to 64 streams, so many with all keys, SeaweedFS", 7, same_keys("seaweed-complete")),
    Goal("A-6", "listing 1,000,000 objects, peak", 45, of("listing-memory", _LARGE, _peak), unit=" MiB"),
    Goal("A-6", "the same, beside 100,000 objects", scans.FLAT, peaks("listing-memory", _LARGE, _SMALL)),
)
_DELETION = (
    _AtLeast("B-1", "deleting versions, CPU: s5cmd / ours", 10, cpu("deletion", deletions.S5_VERSIONS, deletions.OURS)),
    _AtLeast("B-1", "deleting versions, CPU: boto3 / ours", 5, cpu("deletion", deletions.SDK, deletions.OURS)),
    _AtLeast(
        "B-1",
        "deleting versions, time: s5cmd / ours",
        10,
        times("deletion", deletions.S5_VERSIONS, deletions.OURS_WHOLE),
    ),
    _AtLeast(
        "B-1",
        "deleting without versions, CPU: s5cmd / ours, one by one",
        10,
        cpu("deletion-bare", deletions.S5, deletions.ONE_BY_ONE),
    ),
    _AtLeast(
        "B-2",
        "deleting versions on SeaweedFS, time: s5cmd / ours",
        1.3,
        times("seaweed-versions", deletions.S5_VERSIONS, deletions.OURS),
    ),
    Goal(
        "B-2",
        "deleting versions on SeaweedFS, our share of the CPU",
        10,
        of("seaweed-versions", deletions.OURS, _own_share),
        unit=" %",
    ),
    _AtLeast(
        "B-2",
        "deleting on SeaweedFS, time: s5cmd / ours, one by one",
        1.3,
        times("seaweed-deletion", deletions.S5, deletions.ONE_BY_ONE),
    ),
    Goal(
        "B-2",
        "deleting on SeaweedFS, our share of the CPU",
        10,
        of("seaweed-deletion", deletions.ONE_BY_ONE, _own_share),
        unit=" %",
    ),
)
_SCANS = tuple(
    goal
    for kind, most in (("postgresql", 1.2), ("sqlite", 1.2), ("mariadb", 1.4))
    for goal in (
        Goal("C-1", f"{NAMES[kind]}, due records / count(*)", most, times(f"count-{kind}", scans.PAGES, scans.COUNT)),
        Goal(
            "C-1", f"{NAMES[kind]}, the whole scan / count(*)", most, times(f"count-{kind}", scans.WHOLE, scans.COUNT)
        ),
        _AtLeast(
            "C-2",
            f"{NAMES[kind]}, every row in Python / the whole scan",
            10,
            times(f"count-{kind}", scans.EVERY, scans.WHOLE),
        ),
    )
)
_LOADING = (
    _AtLeast("D-1", "a list written, time: mapper / ours", 20, times("ledger", inside.MAPPER, inside.LIST)),
    _AtLeast(
        "D-1",
        "findings written, time: mapper / ours",
        20,
        times("findings", inside.FINDINGS_MAPPER, inside.FINDINGS),
    ),
    Goal("D-1", "findings written, ours / `INSERT … SELECT`", 2, times("findings", inside.FINDINGS, inside.INSIDE)),
)
_DISPOSAL = (
    Goal(
        "E-1",
        "PostgreSQL, ours / giant DELETE",
        1.1,
        times("dispose-postgresql", disposals.OURS, disposals.GIANT_DELETE),
    ),
    Goal("E-1", "PostgreSQL, two connections / giant DELETE", 0.7, None),
    _AtLeast(
        "E-2", "MariaDB, time: pt-archiver / ours", 1.3, times("dispose-mariadb", disposals.ARCHIVER, disposals.OURS)
    ),
    _AtLeast("E-2", "MariaDB, time: pt-archiver / two connections", 1.7, None),
    Goal("E-2", "MariaDB, ours / giant DELETE", 0.8, times("dispose-mariadb", disposals.OURS, disposals.GIANT_DELETE)),
    Goal(
        "E-2",
        "MariaDB, CPU: ours / giant DELETE",
        1.1,
        cpu("dispose-mariadb", disposals.OURS, disposals.GIANT_DELETE),
    ),
    Goal("E-3", "SQLite, ours / giant DELETE", 1.15, times("dispose-sqlite", disposals.OURS, disposals.GIANT_DELETE)),
    *(
        _AtLeast(
            "E-3", f"{name}, mapper row by row / ours", 100, times(f"dispose-{kind}", disposals.MAPPER, disposals.OURS)
        )
        for kind, name in NAMES.items()
    ),
    _AtLeast(
        "E-4",
        "anonymising, time: pganonymize / ours",
        4,
        times("anonymise-postgresql", disposals.PGA, disposals.OURS),
    ),
    *(
        Goal(
            "E-4",
            f"anonymising, {NAMES[kind]}, ours / giant UPDATE",
            most,
            times(f"anonymise-{kind}", disposals.OURS, disposals.GIANT_UPDATE),
        )
        for kind, most in (("postgresql", 1.4), ("mariadb", 0.6), ("sqlite", 1.15))
    ),
    *(
        _AtLeast(
            "E-4",
            f"anonymising, {name}, mapper row by row / ours",
            70,
            times(f"anonymise-{kind}", disposals.MAPPER, disposals.OURS),
        )
        for kind, name in NAMES.items()
    ),
)
_OTHERS = (
    Goal(
        "F-1", "commitments to 1,000,000 records, CPU", 1.5, of("evidence", inside.COMMITMENTS, _per_million), unit=" s"
    ),
    Goal("F-1", "commitments, time: ours / the hashes alone", 2, times("evidence", inside.COMMITMENTS, inside.HASHES)),
    _AtLeast("F-1", "leaves, time: rfc8785 / ours", 15, times("evidence", inside.LEAVES_PACKAGE, inside.LEAVES)),
    Goal("F-1", "ten times the records, peak", scans.FLAT, peaks("evidence", inside.COMMITMENTS, inside.FEWER)),
    Goal("F-1", "the same, a manifest's file checked", scans.FLAT, peaks("evidence", inside.FILE, inside.FEWER_READ)),
    Goal("G-1", "`retentiond --help` / `python -c pass`", 3, times("start", inside.HELP, inside.BARE)),
    _AtLeast("G-1", "start, time: pt-archiver / ours", 1, times("start", inside.ARCHIVER, inside.HELP)),
    _AtLeast("G-1", "start, time: rclone / ours", 1, times("start", inside.RC, inside.HELP)),
    Goal("G-2", "the idle daemon holds", 40, of("idle", inside.IDLE, _peak), unit=" MiB"),
)
GOALS = (*_LISTING, *_DELETION, *_SCANS, *_LOADING, *_DISPOSAL, *_OTHERS)


def table(sections: Sections) -> str:
    """Return the goals beside what was measured, as Markdown."""
    lines = [one.line(sections) for one in GOALS]
    return f"## Goals\n\n{filled(_ABOUT)}\n\n" + "\n".join([_HEAD, *lines]) + "\n"
