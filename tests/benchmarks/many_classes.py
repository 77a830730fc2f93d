"""A retention schedule of any number of classes, as varied as a large council's."""

from __future__ import annotations

HEAD = """\
schedule: A large council
version: "1"
jurisdiction: England
time-zone: Europe/London
adopted: 2026-04-01
review-by: 2029-03-31
owner: Information Governance
events:
  case-closed: the day the case was closed
  last-contact: the day of the last contact
  adoption-order: the day the adoption order was made
  approval-ended: the day the approval ended
classes:
"""
RULES = (
    "    retain: {{for: {years} years, after: case-closed}}\n",
    "    retain: {{for: {years} years, after: last-contact, cut-off: financial-year}}\n",
    "    retain: {{current-year-plus: {years}, year: academic-year, after: case-closed}}\n",
    "    retain: {{until-age: {age}, of: birth}}\n",
    (
        "    retain:\n      longest-of:\n"
        "        - {{for: {years} years, after: case-closed, cut-off: financial-year}}\n"
        "        - {{until-age: {age}, of: youngest-birth}}\n"
    ),
    "    retain:\n      for: {years} years\n      after: {{latest-of: [{{age: 18, of: birth}}, last-contact]}}\n",
    (
        "    retain: {{until-age: {age}, of: birth}}\n    unless:\n"
        "      - when: {{ever: looked-after}}\n        retain: {{until-anniversary: 75, of: birth}}\n"
        "      - when: {{ever: known-to-have-special-needs}}\n        retain: {{until-age: 45, of: birth}}\n"
    ),
    (
        "    retain: {{for: {years} years, after: case-closed}}\n    unless:\n"
        "      - when: {{ever: adopted}}\n        retain: {{for: 100 years, after: adoption-order}}\n"
        "      - when: {{died-before-age: 18}}\n        retain: {{for: 15 years, after: death}}\n"
    ),
)
MANDATES = (
    "[Children Act 1989 s.{section}, UK GDPR Art 5(1)(e)]",
    "[Limitation Act 1980 s.5]",
    '["Education (Pupil Information) (England) Regulations 2005 (SI 2005/1437)", Education Act 1996 s.{section}]',
    "[Local Government Act 1972 s.{section}, professional decision]",
)
FLOORS = (
    (
        '["Care Planning, Placement and Case Review (England) Regulations 2010 (SI 2010/959) reg 50"]',
        (
            "    retain: {{until-anniversary: {more}, of: birth}}\n    unless:\n"
            "      - when: {{died-before-age: 18}}\n        retain: {{for: {years} years, after: death}}\n"
        ),
    ),
    (
        '["Fostering Services (England) Regulations 2011 (SI 2011/581) reg 32(1)"]',
        "    retain: {{for: {years} years, after: approval-ended}}\n",
    ),
)
ONE_IN = 16
"""One class in so many cites a regulation with a floor."""
CLASS = """\
  - code: C-{number:04}
    title: Kind of record {number} of a service, case papers
    description: >-
      Everything the service holds about matter {number}: assessments, plans, notes and letters, on paper or not. What
      belongs to a child's own record goes there.
    mandate: {mandate}
    rationale: >-
      A claim about matter {number} may be brought for some years after it ended, and questions about what was decided
      then come up again when a like matter is decided.
    basis: {basis}
    source: An authority that publishes the same, entry {number}
{rule}    then: destroy
    review: [service-manager, records-manager]
"""


def schedule_of(classes: int) -> str:
    """Return the text of a schedule that lints clean."""
    return HEAD + "".join(_class(number) for number in range(classes))


def _class(number: int) -> str:
    years, age = 15 + number % 40, 20 + number % 25
    if number % ONE_IN == 0:
        mandate, rule = FLOORS[number // ONE_IN % len(FLOORS)]
        basis = "statutory-floor"
    else:
        mandate, rule = MANDATES[number % len(MANDATES)], RULES[number % len(RULES)]
        basis = "published-practice"
    return CLASS.format(
        number=number,
        mandate=mandate.format(section=number % 100 + 1) if "{section}" in mandate else mandate,
        basis=basis,
        rule=rule.format(years=years, age=age, more=75 + number % 50),
    )
