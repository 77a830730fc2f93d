"""The least that anybody can write who promises what we do: lock, read, compare, leave a receipt, act, count, commit.

It knows its tables by heart. It asks nobody whether a hold was placed meanwhile, follows no reference, and cannot go on
where one row is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

from tests.benchmarks.engines import among, begin, connected, kind_of, mark, run, settled
from tests.benchmarks.measuring import Measured, timed

AT_ONCE = 1000
_RECEIPTS = (
    "CREATE TABLE IF NOT EXISTS by_hand_receipt (order_id CHAR(32) PRIMARY KEY, outcome VARCHAR(16) NOT NULL,"
    " disposed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
)


def kept_promises(
    url: str, keys: Sequence[int], tables: Sequence[str], act: Callable[[Any, list[int]], int], server: int
) -> Measured:
    """Act on cases a thousand at a time, each thousand in a transaction.

    Args:
        url: the store.
        keys: the cases.
        tables: those whose rows belong to a case, by ``case_id``.
        act: deletes or changes the rows of some cases and returns how many cases that were.
        server: process id of the server whose CPU time counts; 0: none.
    """
    with connected(url) as connection:
        reviewed = {key: one for some in _cut(keys) for key, one in _digests(url, connection, tables, some, "").items()}
    lock = "" if kind_of(url) == "sqlite" else " FOR UPDATE"
    receipt = f"INSERT INTO by_hand_receipt (order_id, outcome) VALUES ({mark(url)}, {mark(url)})"  # noqa: S608 - marks
    with timed(server, settled(url)) as found, connected(url) as connection:
        run(connection, _RECEIPTS)
        done = 0
        for some in _cut(keys):
            run(connection, begin(url))
            now = _digests(url, connection, tables, some, lock)
            going = [key for key in some if now.get(key) == reviewed[key]]
            orders = [(sha256(b"%d" % key).hexdigest()[:32], "done") for key in going]
            connection.cursor().executemany(receipt, orders)
            done += act(connection, going)
            run(connection, "COMMIT")
    found.counts.update(n=done)
    return found


def _digests(url: str, connection: Any, tables: Sequence[str], keys: list[int], lock: str) -> dict[int, bytes]:
    """Return a digest of all rows of each case."""
    rows: dict[int, list[tuple[Any, ...]]] = {}
    for table in reversed(tables):
        condition, given = among(url, "case_id", keys)
        at = 0 if table == tables[-1] else 1
        for row in run(connection, f"SELECT * FROM {table} WHERE {condition}{lock}", given):  # noqa: S608 - names of ours
            rows.setdefault(row[at], []).append(row)
    return {key: sha256(repr(found).encode()).digest() for key, found in rows.items()}


def _cut(keys: Sequence[int]) -> Iterator[list[int]]:
    left = iter(keys)
    while some := list(islice(left, AT_ONCE)):
        yield some
