"""The case store that is disposed of: a case file with personal columns, and a row in each of five child tables."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from retentiond.connectors.interface import CHUNK, Role
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.wholes import batches
from tests.benchmarks.case_store import SCHEDULE as DESTROYING
from tests.benchmarks.case_store import installed
from tests.benchmarks.engines import connected, filled, kind_of, run, settled
from tests.benchmarks.measuring import Measured, timed

ROOT_TABLE = "case_file"
CHILDREN = ("note", "visit", "contact", "plan", "letter")
TABLES = (*CHILDREN, ROOT_TABLE)
"""Children first."""
ANONYMISED = ("forename", "surname", "nhs_no", "postcode", "born_on")
_ROOT_COLUMNS = ("case_id", "case_ref", "closed_on", *ANONYMISED)
_ROOT = (
    "CREATE TABLE case_file (case_id INTEGER PRIMARY KEY, case_ref VARCHAR(20), closed_on DATE, forename VARCHAR(40),"
    " surname VARCHAR(40), nhs_no VARCHAR(10), postcode VARCHAR(10), born_on DATE)"
)
_CHILD = (
    "CREATE TABLE {0} ({0}_id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, made_on DATE, body VARCHAR(400),"
    " FOREIGN KEY (case_id) REFERENCES case_file (case_id) ON DELETE CASCADE)"
)
_HEAD = """\
connector: cases
kind: sql
url: URL
location: GB
records:
  - name: case
    table: case_file
    key: case_id
    reference: case_ref
    classify:
      - {class: EH-01}
    triggers:
      case-closed: closed_on
"""
DEFINITION = _HEAD + "    parts:\n" + "".join(f"      - {{table: {one}, on: case_id}}\n" for one in CHILDREN)
ANONYMISING_DEFINITION = (
    _HEAD
    + """\
    anonymise:
      case_file:
        keep: [case_id, case_ref, closed_on]
        blank: [forename, surname, nhs_no]
        generalise: {postcode: outward-code, born_on: year}
"""
)
ANONYMISING_SCHEDULE = DESTROYING.replace("then: destroy", "then: anonymise")


def fill(url: str, cases: int, *, children: bool = True) -> Measured:
    """Make the store in an empty database.

    Args:
        url: ``sqlite:///FILE``, ``postgresql://…`` or ``mariadb://…``.
        cases: how many.
        children: each has a row in each of the five child tables; otherwise there are none.
    """
    tables: dict[str, Any] = {ROOT_TABLE: (_ROOT_COLUMNS, _cases(cases))}
    if children:
        tables |= {one: ((f"{one}_id", "case_id", "made_on", "body"), _children(one, cases)) for one in CHILDREN}
    schema = [_ROOT, *(_CHILD.format(one) for one in tables if one != ROOT_TABLE)]
    # MariaDB makes the index of a foreign key by itself.
    indexed = [] if kind_of(url) == "mariadb" else [one for one in tables if one != ROOT_TABLE]
    with timed() as found:
        filled(url, schema, tables, [f"CREATE INDEX {one}_of ON {one} (case_id)" for one in indexed])
    return found


def _cases(cases: int) -> Iterator[tuple[Any, ...]]:
    for one in range(1, cases + 1):
        closed, born = (date(2010, 1, 1) + timedelta(days=one % 3000), date(1995, 1, 1) + timedelta(days=one % 6000))
        outward, inward = f"QX{one % 90 + 1}", f"{one % 9 + 1}AB"
        dates = closed.isoformat(), born.isoformat()
        yield one, f"EH-{one}", dates[0], f"Fore{one}", f"Sur{one}", f"{one:010}", f"{outward} {inward}", dates[1]


def _children(table: str, cases: int) -> Iterator[tuple[Any, ...]]:
    body = f"{table} " * 20
    return ((one, one, "2015-05-05", f"{body}{one}") for one in range(1, cases + 1))


def approved(cases: int) -> range:
    """Return the keys of the approved half."""
    return range(2, cases + 1, 2)


def own_copy(url: str, folder: Path) -> str:
    """Copy a SQLite store; a database of a server was copied by whoever gave it."""
    if kind_of(url) != "sqlite":
        return url
    shutil.copy(url.removeprefix("sqlite:///"), folder / "copy.db")
    return f"sqlite:///{folder / 'copy.db'}"


def orders(tools: Tools, cases: int, action: Action) -> list[DisposalOrder]:
    """Return an order for each of the approved half, in the state a reviewer would see now."""
    refs = [RecordRef("cases", "case", str(key)) for key in approved(cases)]
    made = []
    with tools.open_store(tools.definition("cases"), Role.SCAN) as connector:
        for batch in batches(refs, CHUNK):
            for ref, record in connector.fetch(batch).items():
                order = sha256(str(ref).encode()).hexdigest()[:32]
                made.append(DisposalOrder(order, ref, action, record.state, 1))
    return made


def carried_out(
    url: str,
    cases: int,
    action: Action,
    wanted: Outcome,
    counted: Callable[[str], dict[str, int]],
    *,
    definition: str,
    schedule: str = DESTROYING,
    server: int = 0,
) -> Measured:
    """Carry out an action on the approved cases through the connector, a batch of orders at a time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = own_copy(url, folder)
        with installed(folder, url, definition=definition, schedule=schedule) as tools:
            going = orders(tools, cases, action)
            store = tools.definition("cases")
            outcomes: Counter[Outcome] = Counter()
            with timed(server, settled(url)) as found, tools.open_store(store, Role.DISPOSE) as connector:
                for batch in batches(going, CHUNK):
                    receipts = connector.dispose(batch, lambda asked: {one.id for one in asked})
                    outcomes.update(one.outcome for one in receipts)
        if outcomes != {wanted: len(going)}:
            raise AssertionError(f"not every case was {wanted}: {outcomes}")
        found.counts.update(n=len(going), **counted(url))
    return found


def left(url: str) -> dict[str, int]:
    """Count what is left of each table, by another connection."""
    with connected(url) as connection:
        return {one: run(connection, f"SELECT count(*) FROM {one}").fetchone()[0] for one in TABLES}  # noqa: S608 - names from above


def anonymised(url: str) -> dict[str, int]:
    """Count which columns are in anonymised form, by another connection."""
    first_of_year = {
        "sqlite": "substr(born_on, 6) = '01-01'",
        "postgresql": "to_char(born_on, 'MM-DD') = '01-01'",
        "mariadb": "dayofyear(born_on) = 1",
    }
    asked = {
        **{one: f"{one} IS NULL" for one in ANONYMISED[:3]},
        "postcode": "postcode NOT LIKE '% %'",
        "born_on": first_of_year[kind_of(url)],
    }
    with connected(url) as connection:
        return {
            name: run(connection, f"SELECT count(*) FROM case_file WHERE {one}").fetchone()[0]  # noqa: S608 - conditions from above
            for name, one in asked.items()
        }
