"""All sections, in the order in which they are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tests.benchmarks.bench import Bench
from tests.benchmarks.sections import deletions, disposals, inside, objects, scans
from tests.benchmarks.table import Section

SECTIONS: Mapping[str, Callable[[Bench], Section]] = {
    "listing": objects.near,
    "listing-far": objects.far,
    "listing-memory": objects.large,
    "listing-complete": partial(objects.complete, where="the server in memory"),
    "seaweed-listing": objects.real,
    "seaweed-complete": partial(objects.complete, where="SeaweedFS"),
    # Behind what lists the same objects.
    "seaweed-deletion": deletions.real,
    "seaweed-versions": deletions.real_versions,
    "deletion": deletions.versions,
    "deletion-bare": deletions.bare,
    "scan-sqlite": partial(scans.indexed, kind="sqlite"),
    "scan-postgresql": partial(scans.indexed, kind="postgresql"),
    "scan-largest": scans.largest,
    "count-sqlite": partial(scans.counted, kind="sqlite"),
    "count-postgresql": partial(scans.counted, kind="postgresql"),
    "count-mariadb": partial(scans.counted, kind="mariadb"),
    "dating-sqlite": partial(scans.dated, kind="sqlite"),
    "dating-postgresql": partial(scans.dated, kind="postgresql"),
    **disposals.DESTROYED,
    **disposals.ANONYMISED,
    "rules": inside.rules,
    "windows": inside.windows,
    "evidence": inside.evidence,
    "ledger": inside.ledger,
    "findings": inside.findings,
    "lint": inside.lint,
    "draft": inside.draft,
    "start": inside.start,
    "idle": inside.idle,
}
