from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from retentiond.config.document import read_document
from retentiond.config.lint.authorities import cited_in
from retentiond.config.lint.citing import citations
from retentiond.config.lint.floors import known_floors
from retentiond.config.lint.implied import implies
from retentiond.config.lint.linting import lint
from retentiond.config.lint.remarks import RULES
from retentiond.config.schedules import read_with_places
from retentiond.domain.conditions import Condition, is_met
from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.schedule import Basis, PeriodKind, RecordClass, Schedule
from tests.domain.rules import CLASSES, CONDITIONS, FULL_DATES, KNOWN

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
LAWS = [floor.citation for floor in known_floors()]
WORDS = [
    *("DOB+25", "ACTION + 100", "75", "(6)", "6 years", "current year plus six", "or", "10 years after closure"),
    *("18th birthday", "3 years of inactivity", "until further notice", "Kept until", ".", ";", "date of birth", "é"),
    *("Children Act 1999", "Acts 1989 and 2005", "Regulations 2010", "Act", "SI 2010/959", "reg 50", "()", "reg 32(1)"),
]
TEXT = st.lists(st.sampled_from(WORDS + LAWS), min_size=1, max_size=6).map(" ".join)
ANY_CLASS = st.builds(
    replace,
    CLASSES,
    code=st.sampled_from(["A-01", "DOB-25", "ACTION100", "A"]),
    title=TEXT,
    description=TEXT | st.just(""),
    rationale=TEXT | st.just(""),
    mandate=st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    basis=st.sampled_from([None, *Basis]),
    source=TEXT | st.just(""),
    period_kind=st.sampled_from(PeriodKind),
    retired=st.none() | st.just(date(2026, 4, 1)),
    successor=st.sampled_from(["", "A-01", "A", "B"]),
)


def document() -> Path:
    """Return a document in which ways lead nowhere in particular."""
    return Path(__file__).parent / "bad" / "or.yaml"


@given(st.lists(ANY_CLASS, min_size=1, max_size=3), st.sampled_from(["England", "Scotland", "UK", "Mars"]))
def test_no_schedule_makes_lint_fail(classes: list[RecordClass], jurisdiction: str) -> None:
    """Whatever a schedule says, every rule answers with remarks of its own names, in one sentence each."""
    day = date(2026, 4, 1)
    schedule = Schedule("S", "1", jurisdiction, "Europe/London", day, day, "IG", tuple(classes), "0" * 64)
    for told in lint([(read_document(document()), schedule)], None, lambda _: ON):
        assert told.rule in RULES
        assert told.fault.place.startswith(str(document()))
        assert told.fault.message
        assert told.fault.remedy
        assert "\n" not in str(told.fault)
        assert not told.fault.message.endswith(".")


CLAUSE_WORDS = [
    *(
        "for: 6 years",
        "after: case-closed",
        "until-age: 25",
        "of: birth",
        "cut-off: tax-year",
        "after: {age: 18, of: x}",
    ),
    *("until: superseded", "until-date: 2033-12-31", "current-year-plus: 6", "year: academic-year", "to-end-of: month"),
    *("until-anniversary: 75", "counting: beginning-with", "after: {latest-of: [birth, {age: 18, of: birth}]}"),
]
CONDITION_WORDS = ["ever: adopted", "died-before-age: 18", "before: 2005-12-30, event: birth", "birth: y"]
FLOW = st.lists(st.sampled_from(CLAUSE_WORDS), min_size=1, max_size=3, unique=True).map(
    lambda words: f"{{{', '.join(words)}}}"
)
SEVERAL = st.tuples(st.sampled_from(["longest-of", "shortest-of"]), FLOW, FLOW).map(
    lambda parts: f"{{{parts[0]}: [{parts[1]}, {parts[2]}]}}"
)
EXCEPTION = st.tuples(st.sampled_from(CONDITION_WORDS), FLOW).map(
    lambda parts: f"{{when: {{{parts[0]}}}, retain: {parts[1]}}}"
)


@given(TEXT, TEXT, FLOW | SEVERAL, st.lists(EXCEPTION, max_size=3))
def test_no_file_of_known_words_makes_lint_fail(title: str, mandate: str, retain: str, unless: list[str]) -> None:
    """A file built from known words is refused on reading, or linted with every remark at a line and a column of it."""
    exceptions = f"    unless: [{', '.join(unless)}]\n" if unless else ""
    lines = (
        f"  - code: A-01\n    title: {json.dumps(title)}\n    mandate: {json.dumps(mandate)}\n    retain: {retain}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.yaml"
        path.write_text(f"{HEAD}{lines}{exceptions}    then: destroy\n", encoding="utf-8")
        with suppress(ConfigurationRefused):
            for told in lint([read_with_places(path)], None, lambda _: ON):
                line, column = told.fault.place.removeprefix(f"{path}:").split(":")
                assert int(line) >= 1
                assert int(column) >= 1


@given(CONDITIONS, CONDITIONS, FULL_DATES, KNOWN)
def test_what_is_said_to_be_implied_is(
    one: Condition, other: Condition, dates: dict[str, date], statuses: dict[str, bool]
) -> None:
    """Where a condition is said to hold whenever another does, no record is known of which only the other holds."""
    if implies(one, other) and is_met(one, dates, statuses) is True:
        assert is_met(other, dates, statuses) is True
    assert implies(one, one)


@given(
    st.lists(st.sampled_from([*WORDS, *LAWS, "the", "Of", "and", "1989", "(England)", ","]), max_size=12).map(" ".join)
)
def test_any_mandate_is_read(text: str) -> None:
    """No text of a mandate makes the search for laws fail, and each law found has a title and a year in it."""
    for cited in cited_in(text):
        assert cited.year in text
        assert cited.title.strip()
    citations(text)
