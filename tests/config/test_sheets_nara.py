from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from retentiond.config.schedules import read_schedule
from retentiond.config.sheets.reading import Imported, read_content
from retentiond.config.written import schedule_text
from retentiond.domain.clauses import For, Permanently, Until
from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.periods import Period
from retentiond.domain.schedule import Action, Basis, Event, PeriodKind
from tests.config.made_sheets import csv_bytes, workbook

HERE = Path(__file__).parent


def rows_of(name: str) -> list[tuple[str, ...]]:
    """Return the rows of a file: headings, and rows of every kind as in the file published with Transmittal 36.

    Numbers, dates and authorities are those of August 2024; titles are shortened.
    """
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


HEADINGS, *CLEAR = rows_of("grs-clear.csv")
_, *UNCLEAR = rows_of("grs-unclear.csv")
REMEDY = "complete it, or leave such rows out with --skip-unclear"


def published(*rows: Sequence[Any], headings: Sequence[str] = HEADINGS) -> bytes:
    """Return rows as they are published: a mark at the start, headings without a name, blank rows at the end."""
    tail = [""] * 14
    whole = [[*headings, *tail], *([*row, *tail] for row in rows), *([[""] * (len(headings) + 14)] * 20)]
    return csv_bytes(whole, encoding="utf-8-sig")


def imported(content: bytes, *, skip_unclear: bool = False, ending: str = ".csv") -> Imported:
    """Read NARA's layout from a file called ``grs``."""
    return read_content(content, f"grs{ending}", ending, skip_unclear=skip_unclear)


def changed(row: Sequence[Any], **cells: Any) -> tuple[Any, ...]:
    """Return a row with cells changed, by their heading with ``_`` for a blank."""
    by_heading = dict(zip(HEADINGS, row, strict=True)) | {key.replace("_", " "): cell for key, cell in cells.items()}
    return tuple(by_heading.values())


def faults(content: bytes) -> list[str]:
    """Return the faults of the file, without its name."""
    with pytest.raises(ConfigurationRefused) as refused:
        imported(content)
    return [str(one).removeprefix("grs.csv: ") for one in refused.value.faults]


def test_the_published_layout_is_known_by_its_headings_and_needs_no_mapping() -> None:
    """Every row whose rule is clear becomes a class with its figures, and nothing else is asked for."""
    whole = imported(published(*CLEAR))
    assert (whole.layout, whole.left_out) == ("nara-grs", ())
    schedule = whole.schedule
    assert (schedule.name, schedule.version) == ("General Records Schedules", "2024-07")
    assert (schedule.adopted, schedule.review_by) == (date(2024, 7, 1), date(2025, 7, 1))
    assert schedule.time_zone == "America/New_York"
    kept = {one.code: (one.retain, one.then, one.period_kind) for one in schedule.classes}
    years, needed = Period.of_years, Until("no-longer-needed")
    assert kept == {
        "GRS-1.1.001": (For(years(3), "creation"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-1.1.010": (For(years(6), "final-action"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-1.1.011": (needed, Action.DESTROY, PeriodKind.FIXED),
        "GRS-1.3.020": (For(years(6), "end-of-fy"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-2.1.010": (For(years(2), "superseded-or-obsolete"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-2.1.060": (For(years(1), "creation"), Action.DESTROY, PeriodKind.FIXED),
        "GRS-2.4.080": (For(years(7), "survey-completion"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-3.1.050": (Permanently(), Action.RETAIN_PERMANENTLY, PeriodKind.FIXED),
        "GRS-3.2.035": (For(Period(days=3), "creation"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-3.2.036": (For(Period(months=30), "creation"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-4.2.010": (needed, Action.DESTROY, PeriodKind.FIXED),
        "GRS-4.2.032": (For(Period(days=90), "final-action"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-5.2.010": (needed, Action.DESTROY, PeriodKind.FIXED),
        "GRS-6.1.012": (For(years(3), "creation"), Action.DESTROY, PeriodKind.MINIMUM),
        "GRS-6.2.010": (For(years(15), "creation"), Action.TRANSFER, PeriodKind.FIXED),
    }


def test_a_class_says_where_it_comes_from() -> None:
    """Authority and citation are the mandate, grouping and comments the description, row and month the source."""
    classes = imported(published(*CLEAR)).schedule.by_code()
    first, cited = classes["GRS-1.1.001"], classes["GRS-1.1.010"]
    assert first.description == "Financial Management. 6/2023: Corrected GRS ID"
    assert first.source == "NARA, GRS 1.1.001, last updated 6/2023"
    assert first.basis is Basis.PUBLISHED_PRACTICE
    assert cited.mandate == ("DAA-GRS-2013-0003-0001", "28 U.S. Code 2401(a)")
    (strict,) = imported(published(changed(CLEAR[0], **{"Deviations_Allowed?": "No"}))).schedule.classes
    assert strict.description == "Financial Management. No deviation is allowed. 6/2023: Corrected GRS ID"
    assert classes["GRS-4.2.032"].title == "Controlled document containers"


def test_an_item_that_another_supersedes_follows_it_and_is_retired() -> None:
    """Records that are there keep a rule; new ones belong to the successor, since the month of the row."""
    one = imported(published(*CLEAR)).schedule.by_code()["GRS-4.2.010"]
    assert (one.as_class, one.successor, one.retired) == ("GRS-5.2.010", "GRS-5.2.010", date(2023, 6, 1))
    assert one.mandate == ("DAA-GRS-2022-0009-0001",)


def test_events_are_called_what_people_call_them() -> None:
    """Each event that a rule counts from is named once; what only a person can decide is entered by hand."""
    events = imported(published(*CLEAR)).schedule.events
    assert events["survey-completion"] == Event("survey-completion", "the day of survey completion")
    assert events["end-of-fy"].called == "the last day of the fiscal year the record belongs to"
    assert [name for name, one in events.items() if one.by_hand] == ["no-longer-needed"]
    assert len(events) == 6


def test_rows_whose_rule_is_not_clear_are_faults_at_their_cells() -> None:
    """Nothing is guessed: each such row is named with what its cell says, and the whole is refused."""
    assert faults(published(*CLEAR[:2], *UNCLEAR)) == [
        f"row 4, column Retention (Years): GRS 2.2.080: no period is stated here; {REMEDY}",
        f"row 5, column Retention (Years): GRS 2.3.060: '4-7' is not one period; {REMEDY}",
        f"row 6, column Superseded by: GRS 4.1.050: GRS 4.5.021 supersedes it, and is not clear itself; {REMEDY}",
        f"row 7, column Retention (Years): GRS 4.5.021: no period is stated here; {REMEDY}",
        f"row 8, column Event Type (General): GRS 6.1.010: it counts from an event, and none is stated here; {REMEDY}",
    ]


def test_rows_whose_rule_is_not_clear_can_be_left_out_by_name() -> None:
    """Where asked, the others are read, and what was left out is told with the same words."""
    whole = imported(published(*CLEAR, *UNCLEAR), skip_unclear=True)
    assert len(whole.schedule.classes) == len(CLEAR)
    assert [one.message.partition(": ")[0] for one in whole.left_out] == [row[0] for row in UNCLEAR]
    assert whole.left_out[0].place == "grs.csv: row 17, column Retention (Years)"


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"Retention_(Years)": "30h"}, "Retention (Years)", "'30h' is no number of whole days"),
        ({"Retention_(Years)": "six"}, "Retention (Years)", "'six' is not one period"),
        ({"Retention_Type": "Age"}, "Retention Type", "'Age' is neither Creation_Age nor Event_Age"),
        ({"Retention_Type": "N/A"}, "Retention (Years)", "no period is stated here"),
        ({"Event_Type_(General)": "NA"}, "Event Type (General)", "it counts from an event, and none is stated here"),
        ({"Event_Type_(General)": "1 year"}, "Event Type (General)", "'1 year' cannot be the name of an event"),
        ({"Disposition": "Gone"}, "Disposition", "it is neither Temporary nor Permanent, and nothing supersedes it"),
        ({"Longer_Retention_Authorized?": "Maybe"}, "Longer Retention Authorized?", "'maybe' is neither Yes nor No"),
        ({"Superseded_by": "DAA-1"}, "Superseded by", "no item has the disposition authority 'DAA-1'"),
        (
            {"Superseded_by": "DAA-GRS-2016-0013-0001", "Last_Updated": "soon"},
            "Last Updated",
            "it is superseded, and nothing says since when",
        ),
    ],
)
def test_no_rule_is_read_from_a_row_that_does_not_say_it(cells: Mapping[str, str], column: str, said: str) -> None:
    """Each way for a row to be unclear has its sentence at the cell that is unclear."""
    expected = f"row 3, column {column}: GRS 1.1.010: {said}; {REMEDY}"
    assert faults(published(CLEAR[0], changed(CLEAR[1], **cells))) == [expected]


def test_two_items_with_one_authority_supersede_nothing() -> None:
    """Which of them an older item follows would be a guess."""
    twin = changed(CLEAR[12], GRS_ID="GRS 5.2.011")
    said = "several items have the disposition authority 'DAA-GRS-2022-0009-0001'"
    expected = f"row 2, column Superseded by: GRS 4.2.010: {said}; {REMEDY}"
    assert faults(published(CLEAR[10], CLEAR[12], twin)) == [expected]


def test_what_is_wrong_with_the_file_itself_is_told_by_row_and_column() -> None:
    """A column that is gone, a column twice, a code twice, a title that is blank, a cell that failed: all at once."""
    assert faults(published(CLEAR[0], headings=[*HEADINGS[:5], "Years", *HEADINGS[6:13], "GRS ID"])) == [
        "row 1: there is no column 'Retention (Years)'; take the file as NARA publishes it",
        "row 1, column GRS ID: the column 'GRS ID' is there twice; take one out",
    ]
    failed = changed(CLEAR[1], Disposition_Authority="N/A", Comments="#REF!")
    assert faults(published(changed(CLEAR[0], Record_Title=""), CLEAR[0], failed)) == [
        "row 2, column Record Title: nothing is written here; write for example 'Early help case file'",
        "row 3, column GRS ID: the class code 'GRS-1.1.001' is given twice; give each its own",
        "row 4, column Comments: this cell holds the error '#REF!'; write the value itself",
    ]


def test_a_file_without_a_clear_row_is_refused() -> None:
    """A schedule without classes is none, whether the unclear rows are left out or there are no rows at all."""
    assert faults(published(UNCLEAR[0])) == [
        f"row 2, column Retention (Years): GRS 2.2.080: no period is stated here; {REMEDY}"
    ]
    assert faults(published()) == [
        "there is no row whose rule is clear; complete the rows, or take the file as NARA publishes it"
    ]
    assert faults(published(changed(CLEAR[0], Last_Updated=""))) == [
        "no row says when it was last updated; write for example 6/2023 under Last Updated"
    ]
    with pytest.raises(ConfigurationRefused, match="there is no row whose rule is clear"):
        imported(published(UNCLEAR[0]), skip_unclear=True)


def test_columns_that_later_transmittals_add_are_kept_in_the_description() -> None:
    """A new column is no fault and nothing of it is lost: NARA has announced one for the whole instruction."""
    row = (*CLEAR[1], "Destroy 6 years after final payment or cancellation.")
    content = csv_bytes([[*HEADINGS, "Disposition Instruction"], row])
    one = imported(content).schedule.classes[0]
    assert one.description == (
        "Financial Management. Disposition Instruction: Destroy 6 years after final payment or cancellation"
    )


def test_the_layout_is_known_in_a_workbook_too() -> None:
    """Saved as a workbook, with months made into dates and years into numbers, it reads as the same schedule."""
    updated, years = HEADINGS.index("Last Updated"), HEADINGS.index("Retention (Years)")
    typed: list[list[Any]] = [list(row) for row in CLEAR]
    for row in typed:
        row[updated] = date(int(row[updated][-4:]), int(row[updated][:-5]), 1)
        row[years] = int(row[years]) if row[years].isdigit() else row[years]
    book = workbook({"About": [["From NARA"]], "GRS": [HEADINGS, *typed]})
    from_book = imported(book, ending=".xlsx")
    from_csv = imported(published(*CLEAR))
    assert from_book.layout == "nara-grs"
    assert [(one.code, one.retain, one.then) for one in from_book.schedule.classes] == [
        (one.code, one.retain, one.then) for one in from_csv.schedule.classes
    ]
    assert from_book.schedule.adopted == from_csv.schedule.adopted


def test_names_of_columns_as_nara_describes_them_are_known() -> None:
    """NARA's own description calls two columns Retention and Event Type, and writes Event_age: both are the same."""
    headings = [
        {"Retention (Years)": "Retention", "Event Type (General)": "Event Type"}.get(one, one) for one in HEADINGS
    ]
    content = published(changed(CLEAR[1], Retention_Type="Event_age"), headings=headings)
    assert imported(content).schedule.classes[0].retain == For(Period.of_years(6), "final-action")


def test_an_imported_schedule_is_a_schedule_like_any_other(tmp_path: Path) -> None:
    """What was imported, written as YAML, reads as the same values."""
    schedule = imported(published(*CLEAR)).schedule
    path = tmp_path / "grs.yaml"
    path.write_text(schedule_text(schedule), encoding="utf-8")
    assert replace(read_schedule(path), digest=schedule.digest) == schedule
