"""What lint must not say: a rule that cries wolf is switched off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from retentiond.config.lint.linting import lint_files

Write = Callable[[str, str], Path]
ON = date(2026, 11, 25)
HEAD = """\
schedule: A schedule
version: "1"
jurisdiction: England
time-zone: Europe/London
adopted: 2026-04-01
review-by: 2027-03-31
owner: Information Governance
classes:
"""
CLASS = {
    "code": "A-01",
    "title": "A file",
    "mandate": "Limitation Act 1980 s.5",
    "rationale": "Claims may be brought for six years.",
    "basis": "illustrative",
    "retain": "{for: 6 years, after: case-closed}",
    "then": "destroy",
}


@pytest.fixture
def rules(write: Write) -> Callable[..., list[str]]:
    """Return a function that gives the rules that speak up about one class with some keys changed."""

    def of(**changed: str) -> list[str]:
        keys = CLASS | changed
        (first, code), *rest = keys.items()
        text = HEAD + f"  - {first}: {code}\n" + "".join(f"    {key}: {value}\n" for key, value in rest)
        return [one.rule for one in lint_files([write("s.yaml", text)], None, lambda _: ON).told]

    return of


@pytest.mark.parametrize(
    "title",
    [
        "Children under 5 years",
        "Pupils aged 16 years and over",
        "Section 47 enquiry",
        "Five-year plan, 2014 to 2020 programme",
        "Order made before 30 December 2005",
        "Record under reg 32 (1)",
        "Year 11 options",
        "First 2 years of life",
        "10 year strategy",
        "Looked after to 25 years",
        "Child of 3 years old",
        "Complaint, 6 years",
        "CASE+6",
        "Claims (6 years after closure)",
    ],
)
def test_a_number_in_a_title_is_not_always_a_period(rules: Callable[..., list[str]], title: str) -> None:
    """Ages, sections, years of the calendar and plans are no labels; a label that agrees is none to speak of."""
    assert rules(title=f"'{title}'") == []


@pytest.mark.parametrize(
    ("title", "retain"),
    [
        ("DOB+25", "{until-age: 25, of: birth}"),
        ("DOB+25", "{for: 7 years, after: {age: 18, of: birth}}"),
        ("DOB + 21", "{for: 3 years, after: {latest-of: [{age: 18, of: birth}, last-activity]}}"),
        ("Claim, 21 years", "{until-age: 21 years 4 months, of: birth}"),
        ("CY+6", "{current-year-plus: 6, year: financial-year, after: created}"),
        ("DOB+75", "{until-anniversary: 75, of: birth}"),
    ],
)
def test_a_label_may_say_the_same_in_another_way(rules: Callable[..., list[str]], title: str, retain: str) -> None:
    """25 from the birth is also seven years after eighteen; the label is held against every way of counting."""
    assert rules(title=title, retain=retain) == []


@pytest.mark.parametrize(
    "description",
    [
        "Blackpool keeps its papers for the current academic year plus one; adopt one way.",
        "Others keep 25 years or 30 years.",
        "The published words are 3 years or 6 years.",
        "Kept for 6 years after closure or 10 years, whichever is longer.",
        "Six years; 6 years or, where a claim was made, 10 years.",
        "Minutes of the current year.",
        "Young people supported to their 18th birthday.",
        "Kept for 6 years after the last meeting.",
        "Kept for 6 years after the hearing.",
        "Kept for 6 years after the end of the financial year.",
        "Kept for 6 years after the decision was made.",
        "Letters about a birthday.",
        "Everything made after the birth of the second child.",
        "Orders of the last 3 years or so.",
    ],
)
def test_a_description_may_speak_of_others_and_of_people(rules: Callable[..., list[str]], description: str) -> None:
    """How another council does it, whom a class is about, and what cannot be told for certain are left alone."""
    assert rules(description=f'"{description}"') == []


@pytest.mark.parametrize(
    "mandate",
    [
        "UK GDPR Art 5(1)(e)",
        "Local business need",
        "professional decision",
        "Department for Education guidance 2024",
        "IICSA, final report 2022",
        "Council decision, December 2014",
        "Under the Children Act 1989 s.17",
        "section 17 of the Children Act 1989",
        "Children Acts 1989 and 2004",
        "Limitation Act 1980; Education Act 2002",
        "Limitation Act 1980 and Education Act 2002",
        "Care Planning, Placement and Case Review Regulations 2010",
        "Children\u2019s Homes (England) Regulations 2015, for staff",
        "Adoption Agencies Regulations (Northern Ireland) 1989",
        "Adoption and Children Act (Northern Ireland) 2022",
        "Health and Safety at Work etc. Act 1974",
        "Reporting of Injuries, Diseases and Dangerous Occurrences Regulations 2013",
        "Children (Northern Ireland) Order 1995",
        "School Admission Appeals Code 2022",
        "Data Protection Act 2018 Sch 1 para 39",
        "General Data Protection Regulation (EU) 2016/679",
    ],
)
def test_known_law_and_what_is_no_law_are_left_alone(rules: Callable[..., list[str]], mandate: str) -> None:
    """Only an Act or regulations with a year can be a wrong one; decisions, guidance and needs are no law."""
    assert [one for one in rules(mandate=f'"{mandate}"') if one == "authority"] == []


@pytest.mark.parametrize(
    "unless",
    [
        (
            "[{when: {ever: adopted}, retain: {for: 100 years, after: adoption-order}},"
            " {when: {ever: looked-after}, retain: {until-age: 75, of: birth}},"
            " {when: {died-before-age: 18}, retain: {for: 6 years, after: death}}]"
        ),
        (
            "[{when: {all-of: [{ever: looked-after}, {died-before-age: 18}]}, retain: {for: 15 years, after: death}},"
            " {when: {ever: looked-after}, retain: {until-age: 75, of: birth}}]"
        ),
        (
            "[{when: {before: 2005-12-30, event: adoption-order}, retain: {for: 75 years, after: adoption-order}},"
            " {when: {ever: looked-after}, retain: {until-age: 75, of: birth}}]"
        ),
        "[{when: {ever: looked-after}, retain: permanently}, {when: {ever: adopted}, retain: permanently}]",
    ],
)
def test_exceptions_in_a_good_order_are_left_alone(rules: Callable[..., list[str]], unless: str) -> None:
    """The longest first, and a part of a later exception before it, is the order that a schedule should have."""
    assert rules(unless=unless) == []


@pytest.mark.parametrize(
    "retain",
    [
        "{longest-of: [{for: 6 years, after: case-closed}, {for: 3 years, after: last-contact}]}",
        "{longest-of: [{for: 6 years, after: case-closed}, {for: 5 years, after: case-closed, cut-off: tax-year}]}",
        "{longest-of: [{for: 1 month, after: case-closed}, {for: 30 days, after: case-closed}]}",
        "{longest-of: [{until-age: 21, of: birth}, {for: 3 years, after: {age: 18, of: birth}}]}",
        "{shortest-of: [{until-age: 25, of: birth}, {until-date: 2040-12-31}]}",
    ],
)
def test_a_limb_that_may_win_is_left_alone(rules: Callable[..., list[str]], retain: str) -> None:
    """Only a limb that another provably beats on every date is told."""
    assert [one for one in rules(retain=retain) if one == "never-wins"] == []
