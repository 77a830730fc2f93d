"""Compare: what another schedule would do to the records there are, before anybody adopts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from retentiond.domain.differences import classes_of, whose_dates_move
from retentiond.domain.errors import Fault
from retentiond.domain.moves import Move, Moved, Turn, Unknowable, move_of, turn_of
from retentiond.domain.needs import needed_statuses, unanswered_dates
from retentiond.domain.records import Record
from retentiond.domain.schedule import Schedule
from retentiond.domain.wording import spoken
from retentiond.lifecycle.dating import Dating
from retentiond.lifecycle.tally import KindRead, Tell, tally, untold
from retentiond.lifecycle.tools import Tools

_Key = tuple[str, Move, int | None, Turn, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """How the due dates of the records in the connected stores move."""

    moved: tuple[Moved, ...]
    """By class, move and year of the new due date; records of classes whose rule stays as it is are not looked at."""
    kinds: tuple[KindRead, ...]
    without_records: tuple[str, ...]
    """Classes whose dates may move and that no definition puts any record into."""
    lacking: tuple[str, ...]
    """What the new rules need and a definition does not give, in words."""
    today: date
    faults: tuple[Fault, ...] = field(default=())


def compare(tools: Tools, old: Sequence[Schedule], new: Sequence[Schedule], *, tell: Tell = untold) -> Compared:
    """Date every record of the classes concerned under both schedules.

    What record is of which class is the definitions' to say, under either schedule. Holds and blockers do not matter:
    they stop a disposal and move no date. Nothing is remembered and nothing is adopted.

    Args:
        tools: the installation; its own schedules count only for the day it is.
        old: the schedules records are kept under now.
        new: those they would be kept under.
        tell: told how far it is.
    """
    before, after = classes_of(old), classes_of(new)
    concerned = whose_dates_move(old, new)
    today = tools.today(new[0] if new else None)
    was, now = ({code: Dating(of[code][0] if code in of else None) for code in concerned} for of in (before, after))

    def keys(record: Record, kept_until: date | None) -> Iterator[_Key]:
        code = record.record_class or ""
        one, other = was[code].of(record, kept_until).whole, now[code].of(record, kept_until).whole
        move = move_of(one, other)
        dated = isinstance(other, date) and move is not Move.SAME
        reason = other.reason if isinstance(other, Unknowable) and move is Move.NOT_COMPUTABLE else ""
        yield code, move, other.year if dated and isinstance(other, date) else None, turn_of(one, other, today), reason

    found = tally(tools, concerned, keys, tell=tell)
    order = {code: number for number, code in enumerate({**after, **before})}
    moved = [Moved(*key, records) for key, records in found.records.items()]
    return Compared(
        moved=tuple(sorted(moved, key=lambda one: (order[one.code], [*Move].index(one.move), one.year or 0, one.turn))),
        kinds=tuple(found.kinds),
        without_records=tuple(code for code in order if code in concerned - _classified(tools)),
        lacking=tuple(_lacking(tools, new, concerned)),
        today=today,
        faults=tuple(found.faults),
    )


def _classified(tools: Tools) -> frozenset[str]:
    return frozenset(line.record_class for one in tools.definitions for kind in one.records for line in kind.classify)


def _lacking(tools: Tools, new: Sequence[Schedule], concerned: frozenset[str]) -> Iterator[str]:
    after = classes_of(new)
    for definition in tools.definitions:
        for kind in definition.records:
            mapped = {one.name for one in kind.triggers}
            for code in dict.fromkeys(one.record_class for one in kind.classify):
                if code not in after or code not in concerned:
                    continue
                one, schedule = after[code]
                dates = unanswered_dates(one, mapped, schedule.by_hand)
                statuses = needed_statuses(one) - {status.name for status in kind.statuses}
                for name in (*sorted(dates), *sorted(statuses)):
                    yield f"{code} needs '{spoken(name)}', and {spoken(kind.name)} in {definition.name} does not map it"
