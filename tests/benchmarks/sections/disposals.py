"""Records destroyed and anonymised in a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tests.benchmarks import anonymising, disposing
from tests.benchmarks.bench import NAMES, Bench
from tests.benchmarks.measuring import Measured, compared, in_child
from tests.benchmarks.peers import PGANONYMIZE, PT_ARCHIVER, present
from tests.benchmarks.row_by_row import SAMPLE
from tests.benchmarks.table import Section, beside_by_hand

CASES = 40_000

GIANT_DELETE = "one giant DELETE a table, one transaction"
GIANT_UPDATE = "one giant UPDATE, one transaction"
HAND = "the same promises, by hand, 1,000 a transaction"
OURS = "`SqlConnector.dispose`, 1,000 orders a transaction"
MAPPER = f"SQLAlchemy's mapper, row by row ({SAMPLE} of them)"
ARCHIVER = "`pt-archiver --bulk-delete --commit-each`, 5,000 at a time"
PGA = "`pganonymize`, whole process"
MOST = {GIANT_DELETE: 2.5, GIANT_UPDATE: 4.0}
"""By what is beside it, how many times the CPU time of the same promises, kept by hand, ours may take."""
_PROMISES = (
    "Ours, and what is written by hand, lock and read every row, compare it with what was reviewed, write a receipt, "
    "act, count and commit; ours also asks whether each order still stands, looks for what else refers to the rows, "
    "and can go on where one row is refused. The others look at nothing and leave no receipt."
)


def destroyed(bench: Bench, kind: str) -> Section:
    """Dispose of half of the cases, each with a row in five child tables."""
    store = bench.parted(kind, CASES)
    ways: dict[str, Callable[[], Measured] | str] = {
        way: _child(bench, kind, store, work)
        for way, work in {
            GIANT_DELETE: "disposing:giant_delete",
            HAND: "disposing:by_hand",
            OURS: "disposing:through_connector",
            MAPPER: "row_by_row:deleted",
        }.items()
    }
    if kind == "mariadb":
        ways[ARCHIVER] = PT_ARCHIVER.doing(lambda: disposing.by_pt_archiver(bench.copy(store), CASES, bench.pid(kind)))
    text = f"A case has a row in each of five child tables: {CASES * 3:,} rows go. {_PROMISES}"
    if kind == "mariadb":
        text += " CPU includes the purge that MariaDB does afterwards; wall time does not."
    return _section(f"Disposal of {CASES // 2:,} of {CASES:,} cases on {NAMES[kind]}", text, ways)


def anonymised(bench: Bench, kind: str) -> Section:
    """Anonymise five columns of half of the cases."""
    store = bench.parted(kind, CASES, children=False)
    ways: dict[str, Callable[[], Measured] | str] = {
        way: _child(bench, kind, store, work)
        for way, work in {
            GIANT_UPDATE: "anonymising:giant_update",
            HAND: "anonymising:by_hand",
            OURS: "anonymising:through_connector",
            MAPPER: "row_by_row:changed",
        }.items()
    }
    if kind == "postgresql":
        ways[PGA] = PGANONYMIZE.doing(lambda: anonymising.by_pganonymize(bench.copy(store), CASES, bench.pid(kind)))
    text = f"Three columns become NULL, a postcode its outward code, a day its year. {_PROMISES}"
    return _section(f"Anonymising five columns of {CASES // 2:,} of {CASES:,} cases on {NAMES[kind]}", text, ways)


def _child(bench: Bench, kind: str, store: str, work: str) -> Callable[[], Measured]:
    return lambda: in_child(work, url=bench.copy(store), cases=CASES, server=bench.pid(kind))


def _section(title: str, text: str, ways: Mapping[str, Callable[[], Measured] | str]) -> Section:
    here, missing = present(ways)
    rows = compared(here)
    most = MOST[rows[0].way]
    all_of_it = [one for one in rows if one.way != MAPPER]
    same = all(one.middle.counts == rows[0].middle.counts for one in all_of_it)
    checks = [("every way that does all of it leaves the same behind", same), beside_by_hand(rows, OURS, HAND, most)]
    return Section(title, text, rows, checks, missing)


DESTROYED = {f"dispose-{kind}": partial(destroyed, kind=kind) for kind in NAMES}
ANONYMISED = {f"anonymise-{kind}": partial(anonymised, kind=kind) for kind in NAMES}
