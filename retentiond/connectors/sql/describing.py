"""Rows turned into records, a column at a time: what is alike for all of them is worked out once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain, compress, repeat
from typing import Any, TypeAlias

from retentiond.connectors.sql.dates import CivilDate, civil_date
from retentiond.connectors.sql.mapping import Mapped, MappedColumn, MappedCondition, MappedKind
from retentiond.connectors.sql.values import Identity, Value, as_text, is_sendable, key_text
from retentiond.domain.errors import Fault, StoreRefused
from retentiond.domain.pseudonyms import is_pseudonym
from retentiond.domain.records import Record, RecordRef, StateToken

Columns: TypeAlias = Sequence[Sequence[Any]]
"""Values of rows, a column after the other, each as long as there are rows."""
Linked: TypeAlias = Mapping[MappedColumn, Mapping[Identity, Sequence[Value]]]
"""What other rows hold of records, by key as read."""

_UNREAD = StateToken("")
_NOTHING: Mapping[str, bool] = {}


def looked_up(mapped: MappedKind) -> tuple[MappedColumn, ...]:
    """Return every value that is read of a record beside its key, reference and class."""
    return tuple(dict.fromkeys((*mapped.triggers, *mapped.subjects, *mapped.conflicts)))


def keys_of(store: Mapped, mapped: MappedKind, columns: Columns) -> list[Identity]:
    """Return the keys with which rows begin.

    Raises:
        StoreRefused: one of them cannot name a record.
    """
    read = columns[: len(mapped.kind.key)]
    values = list(chain.from_iterable(read))
    if bytes in set(map(type, values)) or not is_sendable("".join(map(as_text, values))):
        place = f"{store.definition.name}: table {mapped.root.name}"
        raise StoreRefused(Fault(place, "a key is neither text nor a number", "have the row's owner correct it"))
    return list(zip(*read, strict=True))


def described(
    store: Mapped, mapped: MappedKind, keys: Sequence[Identity], columns: Columns, linked: Linked
) -> list[Record]:
    """Return the records of rows in their order, without what a scan may leave to fetch.

    Args:
        store: the store.
        mapped: the kind of record.
        keys: the key of each row, see :func:`keys_of`.
        columns: key, reference, own values, class and flags of the rows, those of the blockers, of the statuses and of
            what JSON leaves open; what follows them is not looked at.
        linked: every value looked up that is not one of the row's own.
    """
    if not keys:
        return []
    reference, *rest = columns[len(mapped.kind.key) :]
    own = [one for one in looked_up(mapped) if one.is_own]
    values: dict[MappedColumn, Sequence[Sequence[Value]]] = {}
    values |= {one: [(value,) for value in column] for one, column in zip(own, rest, strict=False)}
    values |= {one: [found.get(key, ()) for key in keys] for one, found in linked.items()}
    classes, *flags = rest[len(own) :]
    blocking, standing = len(mapped.blockers), len(mapped.blockers) + len(mapped.statuses)
    dates, problems = _dates(mapped, values, flags[standing : standing + len(mapped.doubts)], len(keys))
    name, kind = store.definition.name, mapped.kind.name
    records = [
        Record(
            ref=RecordRef(name, kind, key),
            reference=called or key,
            record_class=code,
            dates=days,
            state=_UNREAD,
            blockers=blockers,
            subjects=subjects,
            coded_reference=coded,
            coded_subjects=coded_subjects,
            excluded_reviewers=excluded,
            statuses=statuses,
            problems=doubtful,
        )
        for key, called, code, days, blockers, subjects, coded, coded_subjects, excluded, statuses, doubtful in zip(
            map(key_text, keys),
            map(as_text, reference),
            classes,
            dates,
            _names(mapped.blockers, flags[:blocking]),
            _people(mapped.subjects, values),
            _coded(mapped, [(mapped.root.name, mapped.kind.reference, [(one,) for one in reference])]),
            _coded(mapped, [(one.path.target.name, one.column, values[one]) for one in mapped.subjects]),
            _people(mapped.conflicts, values),
            _statuses(mapped.statuses, flags[blocking:standing]),
            problems,
            strict=False,  # what is alike for all goes on for ever
        )
    ]
    if len(records) != len(keys):
        raise AssertionError  # a column is too short, and a record would be passed over in silence
    return records


def texts(values: Iterable[Value]) -> tuple[str, ...]:
    """Return what values stand for, each once, without those that are NULL."""
    return tuple(sorted({as_text(value) for value in values if value is not None}))


def _names(blockers: Sequence[tuple[str, object]], flags: Sequence[Sequence[int]]) -> Iterable[tuple[str, ...]]:
    if not blockers:
        return repeat(())
    names = [name for name, _ in blockers]
    return (tuple(compress(names, standing)) for standing in zip(*flags, strict=True))


def _statuses(statuses: Sequence[MappedCondition], flags: Sequence[Sequence[int]]) -> Iterable[Mapping[str, bool]]:
    if not statuses:
        return repeat(_NOTHING)
    names = [one.name for one in statuses]
    return (dict(zip(names, map(bool, standing), strict=True)) for standing in zip(*flags, strict=True))


def _people(
    columns: Sequence[MappedColumn], values: Mapping[MappedColumn, Sequence[Sequence[Value]]]
) -> Iterable[tuple[str, ...]]:
    if not columns:
        return repeat(())
    if len(columns) == 1 and columns[0].is_own:
        return (() if value is None else (as_text(value),) for (value,) in values[columns[0]])
    each = zip(*(values[one] for one in columns), strict=True)
    return (texts(value for some in found for value in some) for found in each)


def _coded(mapped: MappedKind, columns: Iterable[tuple[str, str, Sequence[Sequence[Value]]]]) -> Iterable[bool]:
    """Return for each record whether a column that takes pseudonyms holds one."""
    taking = mapped.kind.pseudonyms
    found = [values for table, column, values in columns if f"{table}.{column}" in taking]
    if not found:
        return repeat(False)
    return (any(is_pseudonym(as_text(one)) for some in each for one in some) for each in zip(*found, strict=True))


def _dates(
    mapped: MappedKind,
    values: Mapping[MappedColumn, Sequence[Sequence[Value]]],
    doubtful: Sequence[Sequence[int]],
    number: int,
) -> tuple[list[dict[str, date | None]], list[tuple[str, ...]]]:
    """Return for each record the dates of its triggers, and why one of them, or what JSON holds, cannot be told."""
    dates: list[dict[str, date | None]] = [{} for _ in range(number)]
    problems: list[tuple[str, ...]] = [()] * number
    for one in mapped.triggers:
        for index, found in enumerate(values[one]):
            day, problem = _date(one, found)
            dates[index][one.name] = day
            if problem:
                problems[index] += (problem,)
    for doubt, flags in zip(mapped.doubts, doubtful, strict=True):
        for index in compress(range(number), flags):
            problems[index] += (doubt.words,)
    return dates, [tuple(dict.fromkeys(some)) if some else () for some in problems]


def _date(trigger: MappedColumn, values: Collection[Value]) -> tuple[date | None, str]:
    """Return the latest or earliest date of the rows reached; one unknown among them makes the whole unknown.

    A family's file is kept for its youngest child, and a child without a date of birth may be the youngest. A missing
    date is no fault of the record's: only a class that needs the trigger cannot be computed without it.
    """
    found: list[CivilDate] = list(map(civil_date, values))
    if len(found) == 1 and not found[0].problem:
        return found[0].day, ""
    if any(one.problem for one in found):
        linked = f"a {trigger.path.target.name} linked to it has no usable date in {trigger.column}"
        return None, linked if trigger.path.steps else f"column {trigger.column} holds no usable date"
    days = [one.day for one in found if one.day is not None]
    if not days or len(days) < len(found):
        return None, ""
    return (min if trigger.aggregate == "earliest" else max)(days), ""
