"""Which rows a scan asks a database for: the windows of each class as one condition on the record's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from retentiond.connectors.interface import ScanRequest, Wanted
from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.dates import after_for_certain, on_or_before, unusable
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.mapping import MappedColumn, MappedKind
from retentiond.connectors.sql.values import Column
from retentiond.domain.records import Record
from retentiond.domain.windows import Window


def wanted_rows(mapped: MappedKind, request: ScanRequest, root: Source, dialect: Dialect) -> Column:
    """Return a condition that holds for every wanted record; :func:`is_wanted` decides on what is read.

    What can be said without the class stands first and alone: an index can serve it, a database stops at the first
    part that settles it (SQLite tries every part inside a CASE), and only the rows that pass are classified.
    """
    undated = request.wanted is Wanted.UNDATED
    first = _whatever_class(mapped, request, root, dialect)
    classified = sa.and_(
        sa.true() if first is None else first, _by_class(mapped, request, root, dialect, undated=undated)
    )
    return sa.or_(classified, _unclassified(mapped, root, dialect)) if request.unclassified else classified


def narrowing(mapped: MappedKind, request: ScanRequest, root: Source, dialect: Dialect) -> Column | None:
    """Return a condition that holds for every wanted record and needs no class; None where there is none."""
    if request.unclassified and not _is_exhaustive(mapped):
        return None
    return _whatever_class(mapped, request, root, dialect)


def _whatever_class(mapped: MappedKind, request: ScanRequest, root: Source, dialect: Dialect) -> Column | None:
    """Return what holds for every record that is wanted for its class, whichever it is."""
    codes = dict.fromkeys(one.name for one in mapped.classes)
    alternatives = [window for code in codes for window in request.windows.get(code, ())]
    if request.wanted is Wanted.UNDATED:
        return _undated(alternatives, mapped, root, dialect)
    own = {one.name: one for one in mapped.triggers if one.is_own}
    known = {one.name for one in mapped.triggers}
    cheap = _widest(
        [{name: day for name, day in one.items() if name in own} for one in alternatives if set(one) <= known]
    )
    if {} in cheap:
        return None
    bounds = ((on_or_before(own[name].address.value(root, dialect), day) for name, day in one.items()) for one in cheap)
    return sa.or_(sa.false(), *(sa.and_(*one) for one in bounds))


def _widest(found: Sequence[Window]) -> list[Window]:
    """Return the alternatives without those that hold for no record for which no other one does."""
    kept: list[Window] = []
    for one in found:
        if not any(_holds_wherever(other, one) for other in kept):
            kept = [other for other in kept if not _holds_wherever(one, other)] + [one]
    return kept


def _holds_wherever(one: Window, other: Window) -> bool:
    """Whether an alternative holds for every record for which another one does."""
    return all(name in other and other[name] <= latest for name, latest in one.items())


def is_wanted(record: Record, request: ScanRequest) -> bool:
    """Whether a record read is one the request asks for. One with a date that cannot be read always shows itself."""
    if record.record_class is None:
        return request.unclassified
    windows = request.windows.get(record.record_class, ())
    if request.wanted is Wanted.UNDATED:
        return any(record.dates.get(name) is None for window in windows for name in window)
    return any(record.problems or _inside(record.dates, window) for window in windows)


def _inside(dates: Mapping[str, date | None], window: Window) -> bool:
    for name, latest in window.items():
        day = dates.get(name)
        if day is None or day > latest:
            return False
    return True


def _by_class(mapped: MappedKind, request: ScanRequest, root: Source, dialect: Dialect, *, undated: bool) -> Column:
    judge = _undated if undated else _due
    # A condition is no value on every database: one inside a CASE stands there as a number.
    whens = [
        (
            one.holds(root, dialect),
            sa.case((judge(request.windows.get(one.name, ()), mapped, root, dialect), 1), else_=0),
        )
        for one in mapped.classes
    ]
    return sa.case(*whens, else_=0) == 1 if whens else sa.false()


def _unclassified(mapped: MappedKind, root: Source, dialect: Dialect) -> Column:
    """Return a condition that no line of ``classify`` holds; a line without a condition always does."""
    if _is_exhaustive(mapped):
        return sa.false()
    return sa.case(*((one.holds(root, dialect), 0) for one in mapped.classes), else_=1) == 1


def _is_exhaustive(mapped: MappedKind) -> bool:
    """Whether every record has a class."""
    return any(one.exists is None and not one.where for one in mapped.kind.classify)


def _due(windows: Sequence[Window], mapped: MappedKind, root: Source, dialect: Dialect) -> Column:
    triggers = {one.name: one for one in mapped.triggers}
    alternatives = [
        sa.and_(sa.true(), *(_bound(triggers[name], day, root, dialect) for name, day in _own_first(window, triggers)))
        for window in windows
        if set(window) <= set(triggers)
    ]
    return sa.or_(sa.false(), *alternatives)


def _own_first(window: Window, triggers: dict[str, MappedColumn]) -> list[tuple[str, date]]:
    return sorted(window.items(), key=lambda item: not triggers[item[0]].is_own)


def _bound(trigger: MappedColumn, latest: date, root: Source, dialect: Dialect) -> Column:
    if trigger.is_own:
        return on_or_before(trigger.address.value(root, dialect), latest)
    (one, column), (other, barring) = trigger.reached(root, dialect), trigger.reached(root, dialect)
    if trigger.aggregate == "earliest":
        return sa.and_(
            one.exists(on_or_before(column, latest)),
            sa.not_(other.exists(barring.is_(None))),
        )
    return sa.and_(
        one.exists(),
        sa.not_(other.exists(sa.or_(barring.is_(None), after_for_certain(barring, latest)))),
    )


def _undated(windows: Sequence[Window], mapped: MappedKind, root: Source, dialect: Dialect) -> Column:
    triggers = {one.name: one for one in mapped.triggers}
    own = {one.name for one in mapped.triggers if one.is_own}
    names = sorted({name for window in windows for name in window}, key=lambda name: (name not in own, name))
    return sa.or_(sa.false(), *(_lacking(triggers.get(name), root, dialect) for name in names))


def _lacking(trigger: MappedColumn | None, root: Source, dialect: Dialect) -> Column:
    if trigger is None:
        return sa.true()
    if trigger.is_own:
        return unusable(trigger.address.value(root, dialect), dialect)
    (one, _), (other, value) = trigger.reached(root, dialect), trigger.reached(root, dialect)
    return sa.or_(sa.not_(one.exists()), other.exists(unusable(value, dialect)))
