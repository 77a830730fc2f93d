"""Buckets listed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.benchmarks.bench import LOADED, Bench
from tests.benchmarks.buckets import Served, served
from tests.benchmarks.listing import by_minio, by_rclone, by_s5cmd
from tests.benchmarks.measuring import Measured, compared, in_child, whole_child
from tests.benchmarks.peers import MINIO, RCLONE, S5CMD, present
from tests.benchmarks.sections.scans import FLAT
from tests.benchmarks.table import Section

NEAR, FAR, PAUSE = 500_000, 600_000, 60
COMPLETE = 200_000
SMALL, SOME, LARGE = 100_000, 300_000, 1_000_000
STREAMS = (1, 2, 4, 8, 16, 32, 64)

S5 = "`s5cmd ls`"
RC = "`rclone lsf -R --fast-list`"
SDK = "the SDK's paginator (boto3)"
MINIO_PY = "minio-py"
ONE, DEFAULT, MOST = "ours, one stream", "ours, 32 streams, as a scan does", "ours, 64 streams"
ONE_WHOLE = "ours, one stream, whole process with its start"
UNREAD = "one stream whose answers are not read"
_TEXT = (
    "Ours counts every object and makes those written long ago, one in a hundred. s5cmd, rclone and minio-py are "
    "measured as whole processes, the other ways without the start of theirs unless they say so."
)


def near(_bench: Bench) -> Section:
    """List a bucket that answers from memory at once."""
    with served(NEAR) as where:
        ways: dict[str, Callable[[], Measured] | str] = {
            S5: S5CMD.doing(partial(by_s5cmd, where)),
            ONE_WHOLE: partial(whole_child, "listing:in_streams", streams=1, **where.given),
            **_ours(where),
            UNREAD: partial(in_child, "listing:unread", **where.given),
            RC: RCLONE.doing(partial(by_rclone, where)),
            SDK: partial(whole_child, "listing:through_sdk", **where.given),
            MINIO_PY: MINIO.doing(partial(by_minio, where)),
        }
        text = (
            f"The server answers from memory. {_TEXT} The SDK's process is measured whole. rclone, boto3 and minio-py "
            "ran once."
        )
        return _listed(f"Listing {NEAR:,} objects, answers at once", text, ways, once=[RC, SDK, MINIO_PY])


def far(_bench: Bench) -> Section:
    """List a bucket as far away as a real one."""
    with served(FAR, PAUSE) as where:
        ways = {
            S5: S5CMD.doing(partial(by_s5cmd, where)),
            DEFAULT: partial(in_child, "listing:in_streams", streams=32, **where.given),
            MOST: partial(in_child, "listing:in_streams", streams=64, **where.given),
        }
        text = (
            f"Each answer comes after {PAUSE} ms, and nobody knows how the keys are laid out. {_TEXT} s5cmd, whose one "
            "stream waits most of the time, ran once."
        )
        return _listed(f"Listing {FAR:,} objects, {PAUSE} ms an answer", text, ways, once=[S5])


def real(bench: Bench) -> Section:
    """List a bucket of SeaweedFS."""
    where = bench.bucket
    ways: dict[str, Callable[[], Measured] | str] = {
        S5: S5CMD.doing(partial(by_s5cmd, where)),
        **_ours(where),
        UNREAD: partial(in_child, "listing:unread", **where.given),
        RC: RCLONE.doing(partial(by_rclone, where)),
        SDK: partial(in_child, "listing:through_sdk", **where.given),
        MINIO_PY: MINIO.doing(partial(by_minio, where)),
    }
    text = f"A real server, whose own CPU time counts and is most of it. {_TEXT} rclone, boto3 and minio-py ran once."
    return _listed(f"Listing {LOADED:,} objects of SeaweedFS", text, ways, once=[RC, SDK, MINIO_PY])


def large(_bench: Bench) -> Section:
    """Look at the memory of a listing of a million objects."""
    rows = []
    for objects in (SMALL, SOME, LARGE):
        with served(objects) as where:
            work = partial(in_child, "listing:in_streams", streams=32, **where.given)
            rows += compared({f"ours, 32 streams, {objects:,} objects": work}, rounds=1)
    ratio = rows[2].middle.peak / rows[1].middle.peak
    return Section(
        f"Memory of listing {LARGE:,} objects",
        "The server answers from memory. Done once. Up to 64 pages of a thousand wait for their turn or are on their "
        f"way: {SMALL:,} objects never fill them.",
        rows,
        [
            (f"all {LARGE:,} are examined", rows[2].middle.counts["examined"] == LARGE),
            (f"memory is flat: {ratio:.2f} times as much as for {SOME:,} (limit {FLAT})", ratio < FLAT),
        ],
    )


def complete(bench: Bench, where: str) -> Section:
    """Compare the keys that any number of streams give with those of the SDK's paginator."""
    if where == "SeaweedFS":
        return _complete(bench.bucket, LOADED, where)
    with served(COMPLETE) as memory:
        return _complete(memory, COMPLETE, where)


def _complete(where: Served, objects: int, name: str) -> Section:
    paginated = "the SDK's paginator, page after page"
    rows = compared(
        {
            paginated: partial(in_child, "listing:keys_by_sdk", **where.given),
            **{
                f"ours, streams: {streams}": partial(
                    in_child, "listing:keys_in_streams", streams=streams, **where.given
                )
                for streams in STREAMS
            },
        },
        rounds=1,
    )
    same = [one.middle.counts == rows[0].middle.counts for one in rows[1:]]
    return Section(
        f"The same {objects:,} keys from any number of streams, {name}",
        "Every key is wanted; a digest of all keys in their order is compared. Done once.",
        rows,
        [
            (f"{sum(same)} of {len(same)} give the paginator's keys, in its order", all(same)),
            (f"they are all {objects:,}", rows[0].middle.counts["examined"] == objects),
        ],
    )


def _ours(where: Served) -> dict[str, Callable[[], Measured]]:
    work = partial(in_child, "listing:in_streams", **where.given)
    return {ONE: partial(work, streams=1), DEFAULT: partial(work, streams=32)}


def _listed(title: str, text: str, ways: dict[str, Callable[[], Measured] | str], once: list[str]) -> Section:
    here, missing = present(ways)
    rows = compared(here, once=once)
    counts = [one.middle.counts for one in rows if one.way != UNREAD]
    return Section(
        title, text, rows, [("every way finds every object", all(one == counts[0] for one in counts))], missing
    )
