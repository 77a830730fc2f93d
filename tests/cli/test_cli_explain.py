from __future__ import annotations

import re
from pathlib import Path

from tests.cli.small_installation import Installation

RULE = "    retain: {for: 6 years, after: case-closed}\n"
# North Somerset: 30; where the child died under 18, six years from death. Darlington: minimised before the end.
FULL = """\
    retain:
      longest-of:
        - {for: 6 years, after: case-closed, cut-off: financial-year}
        - {until-date: 2021-12-31}
    unless: [{when: {died-before-age: 18}, retain: {for: 15 years, after: death, counting: beginning-with}}]
    steps:
      - step: names-only
        what: Everything but the name
        retain: {for: 1 year, after: case-closed}
        then: minimise
"""
EVENTS = "events:\n  case-closed: the day the matter was closed\nclasses:"
CODE = re.compile(r"case-closed|names-only|financial-year|died-before|\d{4}-\d{2}-\d{2}|\bP\d")


def under_full_rule(installation: Installation) -> Installation:
    """Give the installation a class that has everything a class can have."""
    path = Path(installation.folder) / "schedules" / "matters.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(RULE, FULL).replace("classes:", EVENTS), encoding="utf-8")
    return installation


def test_an_explanation_reads_from_top_to_bottom(installation: Installation) -> None:
    """Class and why, exceptions asked about, rule, dates and their places, the sum, steps, holds, verdict; in words."""
    inquiry = ("--title", "Inquiry", "--authority", "a notice", "--review-on", "2999-01-01")
    placed = ("--as", "ann", "hold", "place", "--record", "matters/matter/7", *inquiry)
    hold = under_full_rule(installation).json(*placed)["hold"]["number"]
    said = installation.run("explain", "matters/matter/7").output
    today = said.rpartition("(today is ")[2]
    assert said.splitlines() == [
        "Record     matters/matter/7, known as M/blocked",
        "Class      M-01 Closed matter",
        "           because its definition puts every matter there",
        "Mandate    UK GDPR Art 5(1)(e)",
        "Schedule   Matters, version 1, England",
        "Exceptions whether the person died before the age of 18: no, because the date of death is not recorded",
        "           none applies, so the class's own rule holds",
        (
            "Rule       kept the longest of: (1) 6 years after the day the matter was closed, counted from the end of "
            "that financial year (31 March); (2) until 31 December 2021"
        ),
        "           then destroyed",
        "Dates      the day the matter was closed: 1 May 2011 (from matter.ended_on)",
        "Because    The longest of two:",
        "           (1) The matter was closed on 1 May 2011 (from matter.ended_on).",
        "               Carried to the end of that financial year: 31 March 2012.",
        "               6 years later: 31 March 2018.",
        "           (2) The schedule names the day: 31 December 2021.",
        "           The second decides: 31 December 2021, the last day it is kept.",
        "           Due on 1 January 2022.",
        (
            "Before     names only, not done yet: Everything but the name: kept 1 year after the day the matter was "
            "closed, then minimised"
        ),
        "               The matter was closed on 1 May 2011 (from matter.ended_on).",
        "               1 year later: 1 May 2012, the last day it is kept.",
        f"Holds      {hold} Inquiry",
        "Not now    open request",
        f"Verdict    blocked, its period being over since 1 January 2022 (today is {today.strip()}",
    ]
    assert not CODE.search(said)


def test_the_same_is_there_for_programs(installation: Installation) -> None:
    """The JSON has the sum as the lines that are read, and every part of it apart."""
    found = under_full_rule(installation).json("explain", "matters/matter/7")
    assert found["arithmetic"][-1] == "Due on 1 January 2022."
    assert found["period_over_on"] == "2022-01-01"
    assert found["exception"] is None
    assert [one["holds"] for one in found["asked"]] == [False]
    assert found["dates"][0]["origin"] == "from matter.ended_on"
    assert found["schedule"]["jurisdiction"] == "England"
    assert found["steps"][0]["done_on"] is None
    assert found["blockers"] == ["open-request"]
