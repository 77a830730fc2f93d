from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.config.sheets import workbook as workbooks
from retentiond.config.sheets.reading import LARGEST, read_content, read_sheet
from retentiond.config.sheets.writing import schedule_workbook
from retentiond.domain.clauses import Age, For, LatestOf, UntilAge
from retentiond.domain.errors import ConfigurationRefused, Fault
from retentiond.domain.periods import CutOff, Period
from retentiond.domain.schedule import Event, RecordClass, Schedule
from tests.config.made_sheets import (
    Rows,
    class_rows,
    csv_bytes,
    csv_rows,
    good_workbook,
    ods,
    ods_table,
    schedule_rows,
    workbook,
)


def read(content: bytes, ending: str = ".xlsx") -> Schedule:
    """Return the schedule of a file called ``a``."""
    return read_content(content, f"a{ending}", ending).schedule


def refused(content: bytes, ending: str = ".xlsx") -> str:
    """Return what is said of a file called ``a``."""
    with pytest.raises(ConfigurationRefused) as refusal:
        read(content, ending)
    return str(refusal.value)


def only(content: bytes) -> RecordClass:
    """Return the one class of a workbook."""
    (one,) = read(content).classes
    return one


def test_what_a_program_made_of_cells_is_read_as_it_was_meant() -> None:
    """A date cell is a date, 101.0 is 101, TRUE is yes, 1 October of this year is a day of every year."""
    changed = {"Version": 2026.1, "Financial year starts": date(2026, 10, 1), "Adopted": "2026-04-01"}
    cells = {"Code": 101, "Special category": True, "Cut-off": "financial-year", "Retired": date(2027, 4, 1)}
    book = good_workbook(
        Schedule=schedule_rows(changed), Classes=class_rows({**cells, "Successor": "EH-02"}, {"Code": "EH-02"})
    )
    schedule = read(book)
    first = schedule.classes[0]
    assert (schedule.version, schedule.adopted) == ("2026.1", date(2026, 4, 1))
    assert (first.code, first.special_category, first.retired) == ("101", True, date(2027, 4, 1))
    assert first.retain == For(Period.of_years(6), "case-closed", CutOff("financial-year", 10))


def test_a_number_under_until_age_is_an_age() -> None:
    """Ages are the one thing that people write as a bare number."""
    row = {"Keep for": None, "After": None, "Until age": 25.0, "Of": "birth"}
    assert only(good_workbook(Classes=class_rows(row))).retain == UntilAge(Period.of_years(25), "birth")


def test_any_day_that_can_be_counted_from_may_stand_under_after() -> None:
    """What the schedule language writes in braces is read in the simple columns as well."""
    row = {"Keep for": "3 years", "After": "{latest-of: [{age: 18, of: birth}, last-activity]}"}
    start = LatestOf((Age(Period.of_years(18), "birth"), "last-activity"))
    assert only(good_workbook(Classes=class_rows(row))).retain == For(Period.of_years(3), start)


def test_headings_are_known_however_they_are_written() -> None:
    """Capitals, hyphens, blanks and the order of the columns make no difference; sheets' names the same."""
    rows = class_rows({"Special category": "Yes"})
    headings = [str(one).upper().replace(" ", "-") for one in rows[0]]
    turned = [[*headings][::-1], [*rows[1]][::-1]]
    book = workbook({"SCHEDULE": schedule_rows(), "classes": turned})
    assert only(book) == only(good_workbook(Classes=rows))


def test_several_mandates_stand_in_one_cell() -> None:
    """They are parted by semicolons or new lines; in brackets they may hold either."""
    parted = only(good_workbook(Classes=class_rows({"Mandate": "A 1989 s.17;\nB 2004\r\nC; "}))).mandate
    assert parted == ("A 1989 s.17", "B 2004", "C")
    assert only(good_workbook(Classes=class_rows({"Mandate": '["A; B", C]'}))).mandate == ("A; B", "C")
    assert only(good_workbook(Classes=class_rows({"Mandate": "[2015] EWHC 2134"}))).mandate == ("[2015] EWHC 2134",)


def test_events_have_a_sheet_of_their_own_or_a_cell() -> None:
    """A workbook lists them row by row, a CSV file holds them in the first row."""
    rows: Rows = [
        ["Event", "Called", "By hand"],
        ["death", "the day of death", None],
        ["done", "the day it was done", "yes"],
    ]
    events = {"death": Event("death", "the day of death"), "done": Event("done", "the day it was done", by_hand=True)}
    assert read(good_workbook(Events=rows)).events == events
    cell = "{death: the day of death, done: {called: the day it was done, by-hand: true}}"
    assert read(csv_bytes(csv_rows({"Events": cell})), ".csv").events == events


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_csv_is_read_as_any_program_saves_it(mark: str, encoding: str) -> None:
    """With or without a mark at its start, parted by commas, semicolons or tabs, its columns in any order."""
    rows = csv_rows({"Title": "Café, „früh“; so"}, {"Code": "B"})
    turned = [list(row)[::-1] for row in rows]
    schedule = read(csv_bytes(turned, mark, encoding), ".csv")
    assert [one.title for one in schedule.classes] == ["Café, „früh“; so", "Early help case file"]
    assert schedule.adopted == date(2026, 4, 1)


def test_a_sheet_for_people_is_not_read() -> None:
    """What is called Notes is left alone, whatever it holds; so is a blank sheet of any name."""
    book = workbook({"Notes on use": [["?"]], "Schedule": schedule_rows(), "Classes": class_rows(), "Sheet3": []})
    assert only(book).code == "EH-01"


def test_what_libreoffice_saves_is_read() -> None:
    """An OpenDocument workbook, with the blank rows and columns that programs write to its end, is read the same."""
    tables = ods_table("Schedule", schedule_rows()) + ods_table("Classes", class_rows())
    from_ods, from_xlsx = read(ods(tables), ".ods"), read(good_workbook())
    assert replace(from_ods, digest="") == replace(from_xlsx, digest="")
    failed = ods_table("Schedule", schedule_rows()) + ods_table("Classes", class_rows({"Cut-off": "#REF!"}))
    assert refused(ods(failed), ".ods") == (
        "a.ods: sheet Classes, row 2, column Cut-off: this cell holds the error '#REF!'; write the value itself"
    )


def test_a_value_far_from_any_other_is_refused_before_it_is_unpacked() -> None:
    """One stray value in the last cell would ask for 64 GB and abort the process; it is named instead."""
    content = BytesIO()
    from xlsxwriter import Workbook

    with Workbook(content) as book:
        tab = book.add_worksheet("Classes")
        tab.write_string(0, 0, "Code")
        tab.write_string(1_048_575, 16_383, "x")
    assert refused(content.getvalue()) == (
        "a.xlsx: this workbook is too large: a value stands in row 1048576, column 16384, far from any other; "
        "delete what is not needed"
    )
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"><text:p>x</text:p>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-cell></table:table-row>'
    assert "is too large: a value stands in row 1048576" in refused(
        ods(f'<table:table table:name="A">{row}</table:table>'), ".ods"
    )


def test_cells_that_say_no_place_are_counted() -> None:
    """A program need not write where a cell stands; the places of those around it say so."""
    plain = "".join(f"<c><v>{number}</v></c>" for number in range(600))
    content = BytesIO()
    with zipfile.ZipFile(BytesIO(good_workbook())) as good, zipfile.ZipFile(content, "w") as parts:
        for part in good.infolist():
            text = good.read(part)
            if part.filename == "xl/worksheets/sheet2.xml":
                start, _, end = text.partition(b"<sheetData>")
                text = start + b"<sheetData><row>" + plain.encode() + b"</row>" + end
            parts.writestr(part, text)
    assert "a value stands in row 1, column 501" in refused(content.getvalue())


def test_a_workbook_that_unpacks_to_more_than_anybody_needs_is_refused() -> None:
    """A few kilobytes that unpack to gigabytes are not unpacked."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b" " * (65 * 1024 * 1024))
    assert "this workbook is too large: unpacked it is larger than 64 MiB" in refused(content.getvalue())


def test_a_file_that_is_too_large_is_not_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody's schedule is that large."""
    path = tmp_path_factory.mktemp("large") / "a.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ConfigurationRefused, match="this file is larger than 16 MiB; split it"):
        read_sheet(path)


GOOD = schedule_workbook(read(good_workbook()))


@given(st.data())
def test_no_damage_to_a_workbook_breaks_the_reading(data: st.DataObject) -> None:
    """A workbook with parts cut out or overwritten, packed anew, is read or refused in words, and nothing else."""
    content = BytesIO()
    with zipfile.ZipFile(BytesIO(GOOD)) as good, zipfile.ZipFile(content, "w") as parts:
        names = [part.filename for part in good.infolist()]
        hurt = data.draw(st.sampled_from(names))
        for name in names:
            text = good.read(name)
            if name == hurt:
                start = data.draw(st.integers(0, len(text)))
                end = data.draw(st.integers(start, min(len(text), start + 200)))
                text = text[:start] + data.draw(st.binary(max_size=8)) + text[end:]
            if name != hurt or data.draw(st.booleans()):
                parts.writestr(name, text)
    reads_or_refuses(content.getvalue(), ".xlsx")


@given(st.binary(max_size=300), st.integers(0, len(GOOD)), st.sampled_from([".xlsx", ".ods", ".csv", ".tsv"]))
def test_no_bytes_break_the_reading(noise: bytes, at: int, ending: str) -> None:
    """Noise, and a workbook with noise in it, is read or refused in words."""
    reads_or_refuses(noise, ending)
    reads_or_refuses(GOOD[:at] + noise + GOOD[at + len(noise) :], ending)


@given(st.lists(st.lists(st.sampled_from(["Code", "Title", "Retain", "GRS ID", "Disposition", "Record Title", "{", ""])
                         | st.text(max_size=5), max_size=6), max_size=5))  # fmt: skip
def test_no_table_breaks_the_reading(rows: list[list[str]]) -> None:
    """Any table at all is a schedule or a refusal with a place."""
    reads_or_refuses(csv_bytes(rows, encoding="utf-8").replace(b"\x00", b""), ".csv")


def reads_or_refuses(content: bytes, ending: str) -> None:
    """Read the bytes: whatever they hold, the result is a value or a refusal that names the file."""
    faults: tuple[Fault, ...] | None = None
    try:
        read(content, ending)
    except ConfigurationRefused as refusal:
        faults = refusal.faults
    assert faults is None or faults
    assert all(one.place.startswith(f"a{ending}") and one.message for one in faults or ())


def test_the_native_reader_is_only_waited_for_where_it_is_needed() -> None:
    """Commands that read no workbook do not import the libraries that do."""
    assert not hasattr(workbooks, "CalamineWorkbook")
