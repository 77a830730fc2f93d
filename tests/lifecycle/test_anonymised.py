from __future__ import annotations

import json
from dataclasses import replace

from retentiond.cli.certificates import certificate_lines
from retentiond.domain.anonymity import LINKED, Groups, groups_told, suppressed
from retentiond.domain.definitions import ColumnPlan
from retentiond.lifecycle.anonymised import Anonymised, anonymisation
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.totals import predicate
from tests.lifecycle.workplace import CASES, Workplace

PLANS = {
    "person": ColumnPlan(keep=("dob", "sex"), quasi_identifiers=("dob", "sex")),
    "episode": ColumnPlan(shift={"started_on": 180, "ended_on": 180}),
}


def test_groups_are_read_back_as_they_were_told() -> None:
    """What stands among other counts under names of its own comes out table by table, whatever a table is called."""
    told = [Groups("person of note", 6, 3, 7, 1), Groups("k", 10, 0, 0, 4)]
    counts = {"table person": 0} | told[0].told() | told[1].told()
    assert groups_told(counts) == tuple(told)


def test_a_certificate_states_the_smallest_group_any_read_found(workplace: Workplace) -> None:
    """Counts are told by table and k; rows blanked and links to people still named add up over the records."""
    (cases, documents) = workplace.tools.definitions
    kinds = tuple(replace(one, anonymise=PLANS) for one in cases.records if one.name == "episode")
    tools = replace(workplace.tools, definitions=(replace(cases, records=kinds), documents))
    found = Anonymised()
    for smallest, k, rows in ((6, 6, 1), (4, 6, 2), (6, 6, 0), (6, 10, 5)):
        seen = Groups("person", k, 2, smallest, 1).told() | {LINKED: 1}
        found.take(seen, {suppressed("person"): rows})
    group = {"table": "person", "quasi_identifiers": ["dob", "sex"], "groups": 2, "blank_rows": 1}
    assert list(anonymisation(tools, {(CASES, "episode"): found})) == [
        {
            "store": CASES,
            "kind": "episode",
            "linked_rows_still_named": 4,
            "read_back_only": ["episode.started_on", "episode.ended_on"],
            "groups": [
                group | {"k": 6, "smallest_group": 4, "suppressed_rows": 3},
                group | {"k": 10, "smallest_group": 6, "suppressed_rows": 5},
            ],
        }
    ]


def test_people_read_what_a_certificate_says_of_anonymised_records(workplace: Workplace) -> None:
    """Groups, columns that were read back only and people still named are said in words, where there are any."""
    workplace.file("1", code="EH-02")
    certificate = carry_through(workplace.tools, workplace.approved())
    assert "anonymisation" not in predicate(certificate)
    group = {"table": "person", "quasi_identifiers": ["dob", "sex"], "k": 6, "groups": 2, "smallest_group": 7}
    rows = {"store": CASES, "kind": "episode", "linked_rows_still_named": 1, "read_back_only": ["episode.started_on"]}
    none = group | {"table": "home", "groups": 0, "smallest_group": 0, "blank_rows": 3, "suppressed_rows": 3}
    told = [rows | {"groups": [group | {"blank_rows": 1, "suppressed_rows": 1}, none]}]
    payload = json.dumps({"predicate": predicate(certificate) | {"anonymisation": told}}).encode()
    said = [str(line) for line in certificate_lines(replace(certificate, payload=payload))]
    assert (
        f"  k-anonymity        person of {CASES}: 2 groups by dob and sex,"
        " the smallest of 7 records where 6 were asked for;" in (line.partition(" 1 row")[0] for line in said)
    )
    left = "no group by dob and sex is left; 6 were asked for; 3 rows blanked for that"
    assert f"  k-anonymity        home of {CASES}: {left}" in said
    why = "in the transaction only: no later read can see how far its dates were shifted"
    assert f"  read back          episode.started_on, {why}" in said
    assert "  still named        1 shared row that 'episode' leads to and something else needs" in said
