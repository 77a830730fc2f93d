"""Ways for a spreadsheet to be wrong; what is said of each stands in ``bad_sheets.txt``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tests.config.made_sheets import CLASS, class_rows, csv_bytes, csv_rows, good_workbook, schedule_rows, workbook

NO_RULE: dict[str, Any] = {"Keep for": None, "After": None}


def classes(*changed: Mapping[str, Any]) -> bytes:
    """Return a good workbook but for these classes."""
    return good_workbook(Classes=class_rows(*changed))


def ruled(rule: str, **changed: Any) -> bytes:
    """Return a good workbook but for a class with this rule under Retain."""
    return classes({**NO_RULE, "Retain": rule, **changed})


WORKBOOKS: dict[str, bytes] = {
    "not a workbook": b"PK junk",
    "a sheet misspelt": workbook({"Schedule": schedule_rows(), "Clases": class_rows()}),
    "a blank sheet": workbook({"Schedule": [], "Classes": class_rows()}),
    "no classes": good_workbook(Classes=[list(CLASS)]),
    "a column twice": good_workbook(Classes=[[*CLASS, "code"], [*CLASS.values()]]),
    "a column misspelt": good_workbook(Classes=[[*CLASS, "Rational"], [*CLASS.values()]]),
    "columns missing": good_workbook(Classes=[["Code", "Keep for", "After"], ["A", "6 years", "case-closed"]]),
    "no column of a rule": good_workbook(Classes=[["Code", "Title", "Mandate", "Then"], ["A", "A", "A", "destroy"]]),
    "a cell blank": classes({"Title": None}),
    "a value under no heading": good_workbook(Classes=[*class_rows(), [*[None] * 7, "stray"]]),
    "periods": classes({"Keep for": "6 yeers"}, {"Code": "B", "Keep for": 6}, {"Code": "C", "Keep for": "0 years"}),
    "a trigger in capitals": classes({"After": "Case Closed"}),
    "an event missing": classes({"After": None}),
    "a code twice": classes({}, {"Code": "eh-01"}),
    "no rule": classes(NO_RULE),
    "two rules": classes({"Retain": "permanently"}),
    "three rules": classes({"Until age": 25, "Retain": "permanently"}),
    "a rule that is not closed": ruled("{longest-of: [{for: 6 years}"),
    "a rule's key misspelt": classes(
        {"Unless": "[{when: {died-before-age: 18}, retian: {for: 3 years, after: death}}]"}
    ),
    "several rules without an or": ruled("6 years or until superseded"),
    "steps that are no list": classes({"Steps": "minimise after a year"}),
    "a class that follows itself": classes({**NO_RULE, "As": "EH-02"}, {**NO_RULE, "Code": "EH-02", "As": "EH-01"}),
    "a class that follows none": classes({**NO_RULE, "As": "EH-99"}),
    "a class that follows one and has a rule": classes({}, {"Code": "B", "As": "EH-01"}),
    "permanence that is destroyed": ruled("permanently"),
    "permanence that is followed": classes(
        {**NO_RULE, "Retain": "permanently", "Then": "retain-permanently"}, {**NO_RULE, "Code": "B", "As": "EH-01"}
    ),
    "words not on the list": classes({"Then": "Destroy", "Basis": "statutory", "Cut-off": "year"}),
    "maybe": classes({"Special category": "maybe"}),
    "what a program made of a code and a period": classes({"Code": date(2026, 9, 1), "Keep for": date(2026, 4, 6)}),
    "formulas that failed": classes({"Cut-off": {"formula": "=1/0", "shows": "#DIV/0!"}, "Rationale": "#REF!"}),
    "an unprintable character": classes({"Title": "Early\x0bhelp"}),
    "a mandate of nothing": classes({"Mandate": " ; "}),
    "an administrator who reviews": classes({"Review": "administrator"}),
    "retired without a successor": classes({"Retired": date(2027, 4, 1)}),
    "the schedule itself": good_workbook(
        Schedule=schedule_rows(
            {"Version": None, "Ownr": "x", "Adopted": datetime(2026, 4, 1, 9, 30), "Time zone": "London"}  # noqa: DTZ001
        )
    ),
    "dates in the wrong order": good_workbook(Schedule=schedule_rows({"Review by": date(2025, 1, 1)})),
    "keys twice, and none": good_workbook(
        Schedule=[*schedule_rows(), ["Owner", "Legal"], [None, "z"], ["Academic year starts", "May"]]
    ),
    "headings of the schedule itself": good_workbook(Schedule=[["Key", "Valeu"], *schedule_rows()[1:]]),
    "events": good_workbook(
        Events=[
            ["Event", "Called", "By hand"],
            ["Case Closed", "closing", "perhaps"],
            ["death", None, None],
            ["death", "the day of death", None],
            [None, "nameless", None],
        ]
    ),
    "every sheet at once": good_workbook(
        Schedule=schedule_rows({"Owner": None}),
        Classes=class_rows({"Then": "burn"}),
        Events=[["Event", "Called"], ["death", None]],
    ),
}
CSV: dict[str, bytes] = {
    "not UTF-8": csv_bytes(csv_rows({"Title": "Café"}), encoding="cp1252"),
    "a workbook": workbook({"A": [["x"]]}),
    "empty": b"\xef\xbb\xbf\r\n\r\n",
    "a quotation mark": csv_bytes(csv_rows()) + b'"a,',
    "stray quotation marks": csv_bytes(csv_rows()) + b'"a"b,c\r\n',
    "a cell without end": csv_bytes(csv_rows({"Title": "x" * 200_000})),
    "no schedule at all": b"Code,Title,Mandate,Keep for,After,Then\r\nA,A,A,6 years,case-closed,destroy\r\n",
    "nothing we know": b"hello\r\nworld\r\n",
    "rows that do not agree": csv_bytes(csv_rows({}, {"Code": "B", "Version": "2"}, {"Code": "C", "Version": None})),
    "a first row that says nothing": csv_bytes(csv_rows({"Version": None}, {"Code": "B"})),
    "a date as a program writes it": csv_bytes(csv_rows({"Adopted": "01/04/2026"})),
    "events that are no mapping": csv_bytes(csv_rows({"Events": "[case-closed]"})),
    "rows below blank ones": csv_bytes([csv_rows()[0], [], [None] * 3, *csv_rows({"After": "?"})[1:]]),
}
