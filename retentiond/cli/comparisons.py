"""What another schedule does to the records there are: for people, as a table for spreadsheets and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from retentiond.cli.answers import Line, Styled, Table
from retentiond.cli.progress import stores_read
from retentiond.cli.text import counted, listed, spoken, stamp

if TYPE_CHECKING:
    from retentiond.domain.differences import Difference
    from retentiond.domain.moves import Moved
    from retentiond.domain.schedule import Schedule
    from retentiond.lifecycle.compare import Compared

SINGLE_YEARS = 8
"""So many years of due dates are shown one by one; those after them in one row."""
_MOVES = {
    "sooner": "due sooner",
    "later": "due later",
    "never": "never due any more",
    "at-all": "due, and was kept permanently",
    "computable": "due, and could not be computed before",
    "not-computable": "not computable any more",
    "same": "as before",
}
HEADINGS = ("class", "title", "about", "change", "year of the new due date", "records", "in words")
"""Of the table for spreadsheets."""


def rows(changes: Sequence[Difference], compared: Compared | None) -> Iterator[tuple[object, ...]]:
    """Yield a row of the table for each change, and for each year to which records move."""
    for one in changes:
        yield one.code, one.title, "schedule", one.change.value, "", "", one.words
    titles = {one.code: one.title for one in changes}
    for moved in compared.moved if compared else ():
        said = [_MOVES[moved.move.value], spoken(moved.turn.value), moved.reason]
        words = "; ".join(part for part in said if part)
        yield moved.code, titles.get(moved.code, ""), "records", moved.move.value, moved.year, moved.records, words


def body(
    old: Sequence[Schedule], new: Sequence[Schedule], changes: Sequence[Difference], compared: Compared | None
) -> dict[str, object]:
    """Return it for programs."""
    return {
        "old": [{"name": one.name, "version": one.version, "digest": one.digest} for one in old],
        "new": [{"name": one.name, "version": one.version, "digest": one.digest} for one in new],
        "changes": [
            {"class": one.code or None, "title": one.title, "change": one.change.value, "words": one.words}
            for one in changes
        ],
        "records": _records(compared) if compared else None,
    }


def _records(compared: Compared) -> dict[str, object]:
    return {
        "today": stamp(compared.today),
        "moved": [
            {
                "class": one.code,
                "move": one.move.value,
                "year": one.year,
                "turn": one.turn.value,
                "reason": one.reason,
                "records": one.records,
            }
            for one in compared.moved
        ],
        "without_records": list(compared.without_records),
        "lacking": list(compared.lacking),
        "stores": stores_read(compared.kinds),
    }


def record_lines(compared: Compared, titles: dict[str, str]) -> Iterator[Line]:
    """Yield what becomes of the records, for people.

    Args:
        compared: how their due dates move.
        titles: the titles of the classes by code.
    """
    if not (compared.kinds or compared.without_records):
        yield "No class keeps its records otherwise than before, so no records were looked at."
        return
    moves = [
        (one.code, _MOVES[one.move.value], years, f"{one.records:,}")
        for _, alike in groupby(compared.moved, key=lambda one: (one.code, one.move))
        for one, years in _by_years([*alike])
    ]
    if moves:
        yield ""
        yield Table(("class", "its records become", "new due date in", "records"), moves, frozenset({3}))
        yield ""
    for code in dict.fromkeys(one.code for one in compared.moved):
        yield f"{code} {titles.get(code, '')}: {_summed(compared, code)}."
    yield from _reasons(compared)
    yield from (Styled(f"{said}.", "yellow") for said in compared.lacking)
    if compared.without_records:
        yield f"No store has records of {listed(compared.without_records)}: no definition puts any there."
    for kind in compared.kinds:
        if kind.failure:
            yield Styled(f"FAILED {kind.store}/{kind.kind}: none of its records is counted", "red")
            yield from (Styled(f"  {line}", "red") for line in kind.failure.splitlines())
    counted_ones = sum(one.counted for one in compared.kinds)
    yield f"{counted(counted_ones, 'record')} dated under both. Nothing was changed, and nothing is adopted."


def _reasons(compared: Compared) -> Iterator[str]:
    from retentiond.domain.moves import Move

    reasons: dict[tuple[str, str], int] = {}
    for one in compared.moved:
        if one.move is Move.NOT_COMPUTABLE:
            reasons[one.code, one.reason] = reasons.get((one.code, one.reason), 0) + one.records
    for (code, reason), records in reasons.items():
        yield f"{code}: {counted(records, 'record')} cannot be computed any more, because of: {reason}."


def _by_years(alike: list[Moved]) -> Iterator[tuple[Moved, str]]:
    """Yield records of one class that move in one way, year by year; those of many years further on in one row."""
    from dataclasses import replace

    by_year = [
        replace(first, records=first.records + sum(one.records for one in more))
        for _, (first, *more) in ((year, [*ones]) for year, ones in groupby(alike, key=lambda one: one.year))
    ]
    alone, together = (
        (by_year, []) if len(by_year) <= SINGLE_YEARS + 1 else (by_year[:SINGLE_YEARS], by_year[SINGLE_YEARS:])
    )
    for one in alone:
        yield one, str(one.year or "")
    if together:
        whole = replace(together[0], records=sum(one.records for one in together))
        yield whole, f"{together[0].year} to {together[-1].year}"


def _summed(compared: Compared, code: str) -> str:
    from retentiond.domain.moves import Move, Turn, total

    said = [
        f"{number:,} {_MOVES[move.value]}" for move in Move if (number := total(compared.moved, code=code, move=move))
    ]
    at_once = total(compared.moved, code=code, turn=Turn.DUE_AT_ONCE)
    rescued = total(compared.moved, code=code, turn=Turn.NOT_DUE_ANY_MORE)
    if at_once:
        said.append(f"{at_once:,} would be due at once")
    if rescued:
        said.append(f"{rescued:,} that are due today would not be due any more")
    return "; ".join(said)
