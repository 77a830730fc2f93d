"""NARA's General Records Schedules in their machine-implementable layout, known by its headings.

The layout is that of the CSV file the United States National Archives and Records Administration publishes with each
transmittal, here Transmittal 36 of August 2024: GRS ID, Record Title, Classification (General), Legal Citation,
Disposition, Retention (Years), Retention Type, Event Type (General), Longer Retention Authorized?, Deviations
Allowed?, Disposition Authority, Superseded by, Last Updated, Comments, and columns without a heading. NARA's own
description of it names two of them Retention and Event Type. What stands in a column that is not named here is kept in
the description.

An item becomes a class: temporary is ``destroy``, permanent is ``transfer`` after its period, and kept permanently
where none is stated. An item that another supersedes follows that one's rule and is retired since the month of its
row. An item whose period does not follow for certain from its row is a fault: about fifty of the published file, most
of which say themselves that they are not machine-implementable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from retentiond.config.complaint import Complaint, quoted, refusal
from retentiond.config.sheets.cells import Kind, Wrong, read_cell
from retentiond.config.sheets.columns import plainly
from retentiond.config.sheets.grid import Grid, Row
from retentiond.config.sheets.nara_rules import Unclear, event_of, is_stated, rule_of, unclear
from retentiond.config.sheets.transcript import Transcript

_NAMES = {
    "id": ("GRS ID",),
    "title": ("Record Title",),
    "classification": ("Classification (General)", "Classification"),
    "citation": ("Legal Citation",),
    "disposition": ("Disposition",),
    "retention": ("Retention (Years)", "Retention"),
    "type": ("Retention Type",),
    "event": ("Event Type (General)", "Event Type"),
    "longer": ("Longer Retention Authorized?",),
    "deviations": ("Deviations Allowed?",),
    "authority": ("Disposition Authority",),
    "superseded": ("Superseded by",),
    "updated": ("Last Updated",),
    "comments": ("Comments",),
}
_NEEDED = ("id", "title", "disposition", "retention", "type", "event", "authority", "updated")
_TELLING = ("id", "title", "disposition")
HEADINGS = tuple(heading for headings in _NAMES.values() for heading in headings)
_BY_HEADING = {plainly(heading): name for name, headings in _NAMES.items() for heading in headings}
_WAYS = {"id": "code", "title": "title", "authority": "mandate", "retention": "retain", "disposition": "then"}
_OWNER = "National Archives and Records Administration"


@dataclass(slots=True)
class _Item:
    """A row: what it says by column, and the class it becomes or why it becomes none."""

    row: Row
    said: Mapping[str, str]
    others: tuple[str, ...]
    since: date | None
    data: dict[str, Any] = field(default_factory=dict)
    event: tuple[str, str] = ("", "")
    unclear: Unclear | None = None

    @property
    def code(self) -> str:
        """The item's number as a class code: ``GRS-1.1.010``."""
        return re.sub(r"\s+", "-", self.said["id"])

    @property
    def authority(self) -> str:
        """The disposition authority, its hyphens made plain: the published file has two kinds of them."""
        return self.said["authority"].replace("\u2010", "-")


def is_nara(grid: Grid) -> bool:
    """Whether a sheet has NARA's headings."""
    names = {_BY_HEADING.get(plainly(heading)) for heading in grid.headings.cells.values()}
    return names.issuperset(_TELLING)


def write_nara(transcript: Transcript, grid: Grid, *, skip_unclear: bool) -> list[Complaint]:
    """Write NARA's rows as a schedule.

    Args:
        transcript: where to.
        grid: the sheet.
        skip_unclear: leave out rows whose rule is not clear, instead of refusing the whole.

    Returns:
        What is wrong with the rows left out.

    Raises:
        ConfigurationRefused: columns are missing, or there twice.
    """
    at = _columns(transcript, grid)
    if transcript.wrong:
        # without its columns no row says anything
        raise refusal(transcript.wrong)
    items = [_item(transcript, grid, at, row) for row in grid.rows]
    for item in items:
        _judge(item)
    for item in items:
        _follow(item, items)
    kept = [item for item in items if item.unclear is None]
    left_out = [_unclear(transcript, grid, at, item) for item in items if item.unclear is not None]
    if not skip_unclear:
        transcript.wrong.extend(left_out)
    if not kept:
        none = Wrong("there is no row whose rule is clear", "complete the rows, or take the file as NARA publishes it")
        transcript.spoil(
            ("classes",), left_out[0] if left_out and not skip_unclear else transcript.refuse(grid.at(), none)
        )
    transcript.data |= _head(transcript, grid, items)
    events = [item.event for item in kept if item.event[0]]
    transcript.data |= {"events": {trigger: event_of(trigger, event) for trigger, event in events}} if events else {}
    transcript.data["classes"] = [item.data for item in kept]
    for index, item in enumerate(kept):
        transcript.expect(("classes", index), grid.at(item.row.number))
        for name, key in _WAYS.items():
            transcript.expect(("classes", index, key), grid.at(item.row.number, at.get(name, 0)))
    return left_out if skip_unclear else []


def _columns(transcript: Transcript, grid: Grid) -> dict[str, int]:
    at: dict[str, int] = {}
    for number, heading in grid.headings.cells.items():
        name = _BY_HEADING.get(plainly(heading))
        if name in at:
            said = Wrong(f"the column {quoted(str(heading))} is there twice", "take one out")
            transcript.refuse(grid.at(grid.headings.number, number), said)
        elif name is not None:
            at[name] = number
    for name in _NEEDED:
        if name not in at:
            wrong = Wrong(f"there is no column '{_NAMES[name][0]}'", "take the file as NARA publishes it")
            transcript.refuse(grid.at(grid.headings.number), wrong)
    return at


def _item(transcript: Transcript, grid: Grid, at: Mapping[str, int], row: Row) -> _Item:
    since: date | None = None
    texts: dict[int, str] = {}
    for number, value in row.cells.items():
        if isinstance(value, date) and number == at.get("updated"):
            since = value.date() if isinstance(value, datetime) else value
            texts[number] = f"{since.month}/{since.year}"
            continue
        said = read_cell(value, Kind.TEXT)
        if isinstance(said, Wrong):
            transcript.refuse(grid.at(row.number, number), said)
            said = ""
        texts[number] = " ".join(str(said).split())
    said_by = {name: texts.get(at.get(name, 0), "") for name in _NAMES}
    if found := re.fullmatch(r"(0?[1-9]|1[0-2])/(20[0-9]{2})", said_by["updated"]):
        since = date(int(found[2]), int(found[1]), 1)
    others = [
        f"{' '.join(str(grid.headings.cells[number]).split())}: {text}"
        for number, text in texts.items()
        if number in grid.headings.cells and number not in at.values() and text
    ]
    for number, text in texts.items():
        if number not in grid.headings.cells and text:
            wrong = Wrong("a value stands under no heading", "give the column a heading, or empty the cell")
            transcript.refuse(grid.at(row.number, number), wrong)
    return _Item(row, said_by, tuple(others), since)


def _judge(item: _Item) -> None:
    """Make a class of an item that stands on its own."""
    said = item.said
    strict = "No deviation is allowed" if said["deviations"].casefold() == "no" else ""
    about = [one for one in (said["classification"], strict, said["comments"], *item.others) if one]
    authority = said["authority"] if is_stated(said["authority"]) else said["superseded"]
    mandate = [one for one in (authority, said["citation"]) if is_stated(one)]
    updated = f", last updated {said['updated']}" if said["updated"] else ""
    item.data = {"code": item.code, "title": said["title"], "description": ". ".join(one.rstrip(".") for one in about)}
    item.data |= {"mandate": mandate, "basis": "published-practice", "source": f"NARA, {said['id']}{updated}"}
    item.data = {key: value for key, value in item.data.items() if value}
    try:
        item.data |= _kept(item)
    except Unclear as reason:
        item.unclear = reason


def _kept(item: _Item) -> dict[str, Any]:
    said = item.said
    disposition = said["disposition"].casefold()
    if said["superseded"]:
        return {}
    if disposition not in ("temporary", "permanent"):
        raise unclear("disposition", "it is neither Temporary nor Permanent, and nothing supersedes it")
    if disposition == "permanent" and said["retention"].casefold() in ("", "n/a", "na"):
        return {"retain": "permanently", "then": "retain-permanently"}
    retain, trigger = rule_of(said["retention"], said["type"], said["event"])
    item.event = (trigger, said["event"])
    kept = {"retain": retain, "then": "destroy" if disposition == "temporary" else "transfer"}
    match said["longer"].casefold():
        case "yes":
            return {"period-kind": "minimum", **kept}
        case "no" | "n/a" | "na" | "":
            return kept
        case other:
            raise unclear("longer", f"{quoted(other)} is neither Yes nor No")


def _follow(item: _Item, items: list[_Item]) -> None:
    """Let an item that another one supersedes follow that one's rule."""
    authority = item.said["superseded"].replace("\u2010", "-")
    if not authority or item.unclear is not None:
        return
    found = [one for one in items if one.authority == authority and not one.said["superseded"]]
    if len(found) != 1:
        how = "several items have" if found else "no item has"
        item.unclear = unclear("superseded", f"{how} the disposition authority {quoted(authority)}")
    elif found[0].unclear is not None:
        item.unclear = unclear("superseded", f"{found[0].said['id']} supersedes it, and is not clear itself")
    elif item.since is None:
        item.unclear = unclear("updated", "it is superseded, and nothing says since when")
    else:
        successor = found[0]
        item.data |= {"as": successor.code, "then": successor.data["then"]}
        item.data |= {"retired": item.since.isoformat(), "successor": successor.code}


def _unclear(transcript: Transcript, grid: Grid, at: Mapping[str, int], item: _Item) -> Complaint:
    reason = item.unclear or unclear("retention", "no period is stated here")
    spot = grid.at(item.row.number, at.get(reason.column, 0))
    said = f"{item.said['id'] or 'this item'}: {reason.wrong.message}"
    return Complaint(transcript.path, spot.row, spot.column, said, reason.wrong.remedy, spot.order, str(spot))


def _head(transcript: Transcript, grid: Grid, items: list[_Item]) -> dict[str, Any]:
    """Return what the file does not say of itself: it is as new as its newest row, and is looked at after a year."""
    newest = max((item.since for item in items if item.since is not None), default=None)
    if items and newest is None:
        wrong = Wrong("no row says when it was last updated", "write for example 6/2023 under Last Updated")
        transcript.refuse(grid.at(), wrong)
    newest = newest or date(2000, 1, 1)
    return {
        "schedule": "General Records Schedules",
        "version": newest.strftime("%Y-%m"),
        "jurisdiction": "United States, federal",
        "time-zone": "America/New_York",
        "adopted": newest.replace(day=1).isoformat(),
        "review-by": newest.replace(day=1, year=newest.year + 1).isoformat(),
        "owner": _OWNER,
    }
