"""Forecast: how many records fall due when, class by class, if nothing changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from retentiond.domain.errors import Fault
from retentiond.domain.moves import Outcome, Unknowable
from retentiond.domain.records import Record
from retentiond.domain.schedule import RecordClass, Schedule
from retentiond.lifecycle.dating import Dating
from retentiond.lifecycle.in_force import not_in_force
from retentiond.lifecycle.tally import KindRead, Tallied, Tell, tally, untold
from retentiond.lifecycle.tools import Tools


class Standing(StrEnum):
    """Where a record stands that does not fall due in one of the months or years asked for."""

    DUE_NOW = "due-now"
    """Its period is over today; a hold or a blocker may stop its disposal all the same."""
    LATER = "later"
    PERMANENT = "permanent"
    UNTRIGGERED = "untriggered"
    """When it falls due cannot be computed: it lacks a date its class needs."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One of the months or years asked for."""

    first: date
    """The first day a record that falls due in it can do so: in the present one the day after today."""
    last: date
    is_year: bool


When = Span | Standing


@dataclass(frozen=True, slots=True)
class Amount:
    """So many records, and their bytes."""

    records: int = 0
    bytes: int = 0
    """Of the records whose store counts bytes."""
    sized: int = 0
    """How many records those are."""

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.records + other.records, self.bytes + other.bytes, self.sized + other.sized)


@dataclass(frozen=True, slots=True)
class Line:
    """One class, or one step before the end of its records."""

    record_class: RecordClass
    step: str
    """The step that falls due; empty: the record as a whole."""
    amounts: Mapping[When, Amount]

    def at(self, when: When) -> Amount:
        """Return how much there is."""
        return self.amounts.get(when, Amount())


@dataclass(frozen=True, slots=True)
class Forecast:
    """What falls due when."""

    spans: tuple[Span, ...]
    lines: tuple[Line, ...]
    """In the order of the schedules; classes without any record are left out, and steps that nothing falls due of."""
    unclassified: int
    """Records for which no line of a definition holds: never due."""
    kinds: tuple[KindRead, ...]
    unsized: tuple[str, ...]
    """The stores of which no record's bytes are known."""
    today: date
    not_adopted: tuple[Fault, ...] = field(default=())
    """Why a schedule it was made under is not the one in force: nothing is judged under that until people adopt it."""
    faults: tuple[Fault, ...] = field(default=())

    def total(self, when: When, *, steps: bool = False) -> Amount:
        """Return how much there is of all classes; with ``steps`` how many steps fall due."""
        return sum((one.at(when) for one in self.lines if bool(one.step) is steps), Amount())


def forecast(
    tools: Tools,
    *,
    months: int = 12,
    years: int = 0,
    stores: Sequence[str] = (),
    codes: Sequence[str] = (),
    tell: Tell = untold,
) -> Forecast:
    """Count when the records in the connected stores fall due under the schedules of the settings.

    Holds and blockers are left out: they stop a disposal and move no date. A reviewer's decision to keep a record
    counts. Nothing is remembered.

    Args:
        tools: the installation.
        months: how many calendar months, the present one with what is left of it being the first.
        years: how many calendar years in place of months; 0: months.
        stores: names of the stores; empty: all.
        codes: classes; empty: all.
        tell: told how far it is.
    """
    classes = tools.classes()
    wanted = [code for code in classes if code in codes or not codes]
    todays = {code: tools.today(classes[code][1]) for code in wanted}
    today = max(todays.values(), default=tools.today())
    spans = spans_from(today, years or months, is_year=bool(years))
    datings = {code: Dating(classes[code][0]) for code in wanted}
    places = _places(spans)

    def keys(record: Record, kept_until: date | None) -> Iterator[tuple[str, str, str, When]]:
        code = record.record_class or ""
        dates = datings[code].of(record, kept_until)
        store = record.ref.store
        yield store, code, "", _when(dates.whole, todays[code], places)
        if dates.part is not None:
            yield store, code, dates.step, _when(dates.part, todays[code], places)

    with tools.ledger.transaction() as tx:
        not_adopted = tuple(not_in_force(tools.schedules, tx))
    found = tally(tools, wanted, keys, stores=stores, tell=tell)
    return Forecast(
        spans=spans,
        lines=tuple(_lines(found, classes)),
        unclassified=sum(one.unclassified for one in found.kinds),
        kinds=tuple(found.kinds),
        unsized=tuple(sorted({key[0] for key in found.records} - {key[0] for key in found.sized})),
        today=today,
        not_adopted=not_adopted,
        faults=tuple(found.faults),
    )


def spans_from(today: date, number: int, *, is_year: bool) -> tuple[Span, ...]:
    """Return so many calendar months or years; the first is the one that holds tomorrow, and begins then."""
    step = 12 if is_year else 1
    tomorrow = today + timedelta(days=1)
    index = tomorrow.year * 12 + (0 if is_year else tomorrow.month - 1)
    spans = []
    for at in range(index, index + number * step, step):
        first, after = date(at // 12, at % 12 + 1, 1), date((at + step) // 12, (at + step) % 12 + 1, 1)
        spans.append(Span(max(first, tomorrow), after - timedelta(days=1), is_year))
    return tuple(spans)


def _places(spans: Sequence[Span]) -> Mapping[tuple[int, int], Span]:
    return {(one.last.year, 0 if one.is_year else one.last.month): one for one in spans}


def _when(outcome: Outcome, today: date, places: Mapping[tuple[int, int], Span]) -> When:
    if isinstance(outcome, date):
        if outcome <= today:
            return Standing.DUE_NOW
        year, month = outcome.year, outcome.month
        return places.get((year, month)) or places.get((year, 0)) or Standing.LATER
    return Standing.UNTRIGGERED if isinstance(outcome, Unknowable) else Standing.PERMANENT


def _lines(
    found: Tallied[tuple[str, str, str, When]], classes: Mapping[str, tuple[RecordClass, Schedule]]
) -> Iterator[Line]:
    amounts: dict[tuple[str, str], dict[When, Amount]] = {}
    for key, records in found.records.items():
        _, code, step, when = key
        of = amounts.setdefault((code, step), {})
        of[when] = of.get(when, Amount()) + Amount(records, found.bytes[key], found.sized[key])
    for code, (record_class, _) in classes.items():
        for step in ("", *(one.name for one in record_class.steps)):
            if (code, step) in amounts:
                yield Line(record_class, step, amounts[code, step])
