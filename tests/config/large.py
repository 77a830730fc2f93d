"""A schedule of as many classes as wanted, with the texts that published ones have."""

from __future__ import annotations

HEAD = """\
schedule: Corporate schedule
version: "2026.1"
jurisdiction: England
time-zone: Europe/London
adopted: 2026-04-01
review-by: 2027-03-31
owner: Information Governance
events:
  case-closed: the day the case was closed
  project-concluded: {called: the day the project was concluded, by-hand: true}
classes:
"""
_CLASS = """\

  # The comment a records manager would leave above a class, to say to whoever comes next what it was taken from.
  - code: F-{n:04}
    title: Records of function {n}, its cases and its correspondence
    description: >-
      Applications, assessments, decisions and letters about function {n} of the council, whether they are kept on
      paper, in a case system or on a share; not its contracts, which have a class of their own.
    mandate: [Local Government Act 1972 s.{n}, "Limitation Act 1980 s.5", UK GDPR Art 5(1)(e)]
    rationale: >-
      Claims may be brought for six years after the matter was closed, and the financial year is added because the
      invoices are archived by it. What else could be asked for?
    basis: published-practice
    source: "Another council's published schedule of 2024, row {n}"
    special-category: {flag}
    {rule}
    then: {then}
    review: [service-manager, records-manager]
"""
_RULES = (
    "retain: {for: 6 years, after: case-closed, cut-off: financial-year}",
    """retain: {until-age: 25, of: birth}
    unless:
      - {when: {died-before-age: 18}, retain: {for: 15 years, after: death}}""",
    """retain:
      longest-of:
        - {for: 6 years, after: case-closed, cut-off: financial-year}
        - {until-age: 25, of: youngest-birth}""",
    "retain: {current-year-plus: 6, year: financial-year, after: created}",
    """retain: {for: 3 years, after: {latest-of: [{age: 18, of: birth}, last-activity]}}
    steps:
      - {step: basic-only, what: All but the name, retain: {for: 1 year, after: case-closed}, then: minimise}""",
    "retain: {until: superseded}",
)


def large_schedule(classes: int) -> str:
    """Return the text of a schedule of this many classes."""
    made = (
        _CLASS.format(
            n=number,
            flag="true" if number % 3 else "false",
            rule=_RULES[number % len(_RULES)],
            then="destroy" if number % 2 else "review",
        )
        for number in range(1, classes + 1)
    )
    return HEAD + "".join(made)
