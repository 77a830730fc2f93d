"""Objects and versions deleted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

from tests.benchmarks.bench import LOADED, VERSIONED, Bench
from tests.benchmarks.buckets import served
from tests.benchmarks.deleting import SLICE, by_minio, by_s5cmd
from tests.benchmarks.listing_server import PER_MONTH
from tests.benchmarks.measuring import Measured, compared, in_child, whole_child
from tests.benchmarks.peers import MINIO, S5CMD, present
from tests.benchmarks.table import Section

OBJECTS = 100_000
SOME = 10_000
"""Objects that are deleted one at a time."""

S5_VERSIONS = "`s5cmd rm --all-versions`, which lists them first"
S5 = "`s5cmd rm`, which lists them first"
SDK = "the SDK's requests, a thousand each, quiet (boto3)"
MINIO_PY = "minio-py"
OURS = "`Bucket.delete`, a thousand each"
OURS_WHOLE = "`Bucket.delete`, whole process with its start"
ONE_BY_ONE = "ours: one at a time, only if the ETag is as reviewed"
_TEXT = "s5cmd and minio-py are measured as whole processes. "
_CAREFUL = (
    "Where no versions are kept, ours never names a bare key: it deletes one object at a time, on the condition that "
    "its ETag is as reviewed. The others delete whatever has that name now. "
)


def versions(_bench: Bench) -> Section:
    """Delete versions on a server that says yes to everything."""
    with served(OBJECTS) as where:
        what = {"first": 0, "objects": OBJECTS}
        ways = {
            S5_VERSIONS: S5CMD.doing(partial(by_s5cmd, where, **what, versions=True)),
            SDK: partial(in_child, "deleting:by_sdk", **what, versions=True, **where.given),
            MINIO_PY: MINIO.doing(partial(by_minio, where, **what, versions=True)),
            OURS: partial(in_child, "deleting:by_us", **what, **where.given),
            OURS_WHOLE: partial(whole_child, "deleting:by_us", **what, **where.given),
        }
        return _deleted(
            f"Deleting {OBJECTS:,} versions by their ids", "The server says that all is done. " + _TEXT, ways
        )


def bare(_bench: Bench) -> Section:
    """Delete objects of a bucket without versions on a server that says yes to everything."""
    with served(OBJECTS) as where:
        what = {"first": 0, "objects": OBJECTS}
        ways = {
            S5: S5CMD.doing(partial(by_s5cmd, where, **what, versions=False)),
            SDK: partial(in_child, "deleting:by_sdk", **what, versions=False, **where.given),
            MINIO_PY: MINIO.doing(partial(by_minio, where, **what, versions=False)),
            ONE_BY_ONE: partial(in_child, "deleting:unchanged_by_us", first=0, objects=SOME, **where.given),
        }
        text = (
            f"The server says that all is done. {_CAREFUL}{_TEXT}Ours deletes {SOME:,} of them; its ratios are those "
            "of one object."
        )
        return _deleted(f"Deleting {OBJECTS:,} objects without versions", text, ways, once=[S5, ONE_BY_ONE])


def real(bench: Bench) -> Section:
    """Delete objects of SeaweedFS, which keeps no versions of them."""
    where, fresh = bench.bucket, _slices(SLICE, LOADED)
    given = {**where.given, "objects": SLICE}
    ways = {
        S5: S5CMD.doing(fresh(lambda first: by_s5cmd(where, first, SLICE, versions=False))),
        SDK: fresh(lambda first: in_child("deleting:by_sdk", first=first, versions=False, **given)),
        MINIO_PY: MINIO.doing(fresh(lambda first: by_minio(where, first, SLICE, versions=False))),
        ONE_BY_ONE: fresh(lambda first: in_child("deleting:unchanged_by_us", first=first, **given)),
    }
    text = f"A real server, whose own CPU time counts. {_CAREFUL}{_TEXT}"
    return _deleted(f"Deleting {SLICE:,} objects of SeaweedFS", text, ways)


def real_versions(bench: Bench) -> Section:
    """Delete versions of SeaweedFS by their ids."""
    where, fresh = bench.versioned, _slices(PER_MONTH, VERSIONED)
    given = {**where.given, "objects": PER_MONTH}
    ways = {
        S5_VERSIONS: S5CMD.doing(fresh(lambda first: by_s5cmd(where, first, PER_MONTH, versions=True))),
        SDK: fresh(lambda first: in_child("deleting:by_sdk", first=first, versions=True, **given)),
        MINIO_PY: MINIO.doing(fresh(lambda first: by_minio(where, first, PER_MONTH, versions=True))),
        OURS: fresh(lambda first: in_child("deleting:by_us", first=first, **given)),
    }
    text = f"A real server, whose own CPU time counts. {_TEXT}"
    return _deleted(f"Deleting {PER_MONTH:,} versions of SeaweedFS by their ids", text, ways)


def _slices(size: int, loaded: int) -> Callable[[Callable[[int], Measured]], Callable[[], Measured]]:
    """Return what gives each piece of work objects of its own, by the number of the first of them."""
    firsts = count(step=size)

    def fresh(work: Callable[[int], Measured]) -> Callable[[], Measured]:
        def done() -> Measured:
            first = next(firsts)
            if first + size > loaded:
                raise AssertionError("the bucket has no objects left to delete")
            return work(first)

        return done

    return fresh


def _deleted(
    title: str, text: str, ways: dict[str, Callable[[], Measured] | str], once: list[str] | None = None
) -> Section:
    here, missing = present(ways)
    rows = compared(here, once=once or [])
    wanted = {ONE_BY_ONE: SOME} if once else {}
    most = max(one.middle.counts["n"] for one in rows)
    whole = all(one.middle.counts["n"] == wanted.get(one.way, most) for one in rows)
    return Section(title, text, rows, [("every way accounts for all it was given", whole)], missing)
