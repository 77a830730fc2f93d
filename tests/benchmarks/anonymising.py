"""Five columns of half of the cases anonymised: ours, by hand with the same promises, and the mere change."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from retentiond.domain.orders import Outcome
from retentiond.domain.schedule import Action
from tests.benchmarks.by_hand import kept_promises
from tests.benchmarks.engines import among, begin, connected, kind_of, run, settled
from tests.benchmarks.measuring import Measured, ran, timed
from tests.benchmarks.parted_store import (
    ANONYMISING_DEFINITION,
    ANONYMISING_SCHEDULE,
    ROOT_TABLE,
    anonymised,
    approved,
    carried_out,
    own_copy,
)
from tests.benchmarks.peers import PGANONYMIZE

_CHANGED = {
    "sqlite": ("substr(postcode, 1, instr(postcode, ' ') - 1)", "substr(born_on, 1, 4) || '-01-01'"),
    "postgresql": ("split_part(postcode, ' ', 1)", "date_trunc('year', born_on)::date"),
    "mariadb": ("substring_index(postcode, ' ', 1)", "makedate(year(born_on), 1)"),
}
SCHEMA = """\
tables:
  - case_file:
      primary_key: case_id
      search: case_id % 2 = 0
      fields:
        - forename: {provider: {name: clear}}
        - surname: {provider: {name: clear}}
        - nhs_no: {provider: {name: clear}}
        - postcode: {provider: {name: set, value: QX1}}
        - born_on: {provider: {name: set, value: 1990-01-01}}
"""


def through_connector(url: str, cases: int, server: int = 0) -> Measured:
    """Anonymise the approved cases through the connector, a batch of orders at a time."""
    return carried_out(
        url,
        cases,
        Action.ANONYMISE,
        Outcome.ANONYMISED,
        anonymised,
        definition=ANONYMISING_DEFINITION,
        schedule=ANONYMISING_SCHEDULE,
        server=server,
    )


def giant_update(url: str, cases: int, server: int = 0) -> Measured:
    """Change the approved cases with one statement, and nothing else."""
    keys = list(approved(cases))
    with tempfile.TemporaryDirectory() as name:
        url = own_copy(url, Path(name))
        condition, given = among(url, "case_id", keys)
        with timed(server, settled(url)) as found, connected(url) as connection:
            run(connection, begin(url))
            run(connection, f"{_update(url)} WHERE {condition}", given)
            run(connection, "COMMIT")
        found.counts.update(n=len(keys), **anonymised(url))
    return found


def by_hand(url: str, cases: int, server: int = 0) -> Measured:
    """Change in a loop written by hand that keeps the same promises in the least way one can think of."""

    def changed(connection: object, keys: list[int]) -> int:
        condition, given = among(url, "case_id", keys)
        done = run(connection, f"{_update(url)} WHERE {condition}", given).rowcount
        if done != len(keys):
            raise AssertionError(f"{done} rows were changed")
        return len(keys)

    with tempfile.TemporaryDirectory() as name:
        url = own_copy(url, Path(name))
        found = kept_promises(url, list(approved(cases)), (ROOT_TABLE,), changed, server)
        found.counts.update(anonymised(url))
    return found


def by_pganonymize(url: str, cases: int, server: int = 0) -> Measured:
    """Change with pganonymize: it can cut no postcode and no date, and sets both to a constant."""
    at = urlsplit(url)
    with tempfile.TemporaryDirectory() as name:
        schema = Path(name) / "schema.yaml"
        schema.write_text(SCHEMA)
        words = ["--schema", str(schema), "--dbname", at.path.strip("/"), "--user", str(at.username)]
        host = parse_qs(at.query)["host"][0]
        found, _ = ran([str(PGANONYMIZE.path), *words, "--password", "", "--host", host], server=server)
    found.counts.update(n=len(approved(cases)), **anonymised(url))
    return found


def _update(url: str) -> str:
    postcode, born = _CHANGED[kind_of(url)]
    nulls = "forename = NULL, surname = NULL, nhs_no = NULL"
    return f"UPDATE {ROOT_TABLE} SET {nulls}, postcode = {postcode}, born_on = {born}"  # noqa: S608 - names of ours
