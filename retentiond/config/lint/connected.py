"""Schedules held against the connected stores: what no store maps, and what no class or store is there for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from retentiond.config.document import Loc
from retentiond.config.lint.remarks import Remark
from retentiond.config.lint.walk import clauses, conditions, starts
from retentiond.domain.clauses import Age
from retentiond.domain.conditions import DiedBeforeAge, Ever, HappenedBefore
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord
from retentiond.domain.needs import needed_statuses, unanswered_dates
from retentiond.domain.schedule import RecordClass, Schedule
from retentiond.domain.wording import in_words


@dataclass(frozen=True, slots=True)
class Stores:
    """The kinds of record of every connected store, by the class they are put in."""

    kinds: tuple[KindOfRecord, ...]
    of_class: Mapping[str, tuple[KindOfRecord, ...]]

    @classmethod
    def of(cls, definitions: Sequence[Definition]) -> Stores:
        """Gather them from definitions."""
        found: dict[str, list[KindOfRecord]] = {}
        kinds = tuple(kind for one in definitions for kind in one.records)
        for kind in kinds:
            for code in dict.fromkeys(line.record_class for line in kind.classify):
                found.setdefault(code, []).append(kind)
        return cls(kinds, {code: tuple(of) for code, of in found.items()})


def connected(one: RecordClass, schedule: Schedule, stores: Stores, on: date) -> Iterator[Remark]:
    """Yield what a class asks of its stores and does not get; the way counts from the class."""
    kinds = stores.of_class.get(one.code, ())
    if not kinds:
        if one.retired is None:
            said = f"no kind of record in a connected store is put into '{one.code}'"
            yield Remark("no-connector", ("code",), said, "connect its store, or retire the class")
        return
    if one.retired is not None and one.retired <= on:
        into = " and ".join(f"'{kind.name}'" for kind in kinds)
        said = f"this class was retired on {in_words(one.retired)}, and {into} still goes into it"
        yield Remark("retired", ("retired",), said, f"let its definition name '{one.successor}'")
    mapped = {trigger.name for kind in kinds for trigger in kind.triggers}
    for name in sorted(unanswered_dates(one, mapped, schedule.by_hand)):
        said = f"no store maps the date '{name}', and nothing says that people enter it"
        yield Remark("trigger", _where(one, name), said, _near(name, tuple(sorted(mapped)), "triggers"))
    statuses = {status.name for kind in kinds for status in kind.statuses}
    for name in sorted(needed_statuses(one) - statuses):
        said = f"no store maps whether a record was ever '{name}'"
        yield Remark("status", _where(one, name), said, _near(name, tuple(sorted(statuses)), "statuses"))


@lru_cache(maxsize=1024)
def _near(name: str, known: tuple[str, ...], key: str) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    guess = f"did you mean '{near[0]}'? " if near else ""
    by_hand = ", or 'by-hand: true' to the schedule's events" if key == "triggers" else ""
    return (
        f"{guess}else add '{name}' to the {key} of a definition{by_hand}"
        if guess
        else (f"add '{name}' to the {key} of a definition{by_hand}")
    )


def _where(one: RecordClass, name: str) -> Loc:
    """Return the way to where a class first names a trigger or a status."""
    return next(_named(one, name), ("as",) if one.as_class else ("unless",) if one.unless else ("retain",))


def _named(one: RecordClass, name: str) -> Iterator[Loc]:
    for loc, clause in clauses(one):
        for way, day in starts(clause):
            if name in (day, day.of if isinstance(day, Age) else ""):
                yield (*loc, *way, *(("of",) if isinstance(day, Age) else ()))
    for loc, condition in conditions(one):
        match condition:
            case Ever(status) if status == name:
                yield (*loc, "ever")
            case HappenedBefore(_, event) if event == name:
                yield (*loc, "event")
            case DiedBeforeAge(_, birth, death) if name in (birth, death):
                yield (*loc, "birth" if name == birth else "death")
            case _:
                continue


def unclassed(stores: Stores, known: frozenset[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield what is wrong with how kinds of record find their class: the rule, the place, a sentence, a remedy.

    Args:
        stores: the kinds of record.
        known: the codes of every class at hand.
    """
    for kind in stores.kinds:
        for code in dict.fromkeys(line.record_class for line in kind.classify):
            if code not in known:
                said = f"'{kind.name}' goes into the class '{code}', which is in no schedule"
                yield "no-class", kind.place, said, "add the class to a schedule, or correct its code"
        for line, before in _shadowed(kind.classify):
            said = (
                f"no '{kind.name}' ever reaches the class '{line.record_class}': the line for "
                f"'{before.record_class}' before it holds whenever its own does"
            )
            yield "unreachable-class", kind.place, said, "put the line with the narrower condition first"


def _shadowed(lines: Sequence[ClassCondition]) -> Iterator[tuple[ClassCondition, ClassCondition]]:
    """Yield lines whose every record an earlier line takes, with that line."""
    for index, line in enumerate(lines):
        before = next((one for one in lines[:index] if _covers(one, line)), None)
        if before is not None and before.record_class != line.record_class:
            yield line, before


def _covers(one: ClassCondition, other: ClassCondition) -> bool:
    """Return whether the first provably holds whenever the second does."""
    if one.exists is None or other.exists is None:
        return one.exists is other.exists and bool(one.where) and _is_part(one.where, other.where)
    same = (one.exists.table, one.exists.on, one.exists.through) == (
        other.exists.table,
        other.exists.on,
        other.exists.through,
    )
    return same and _is_part(one.exists.where, other.exists.where)


def _is_part(less: Mapping[str, str | None], more: Mapping[str, str | None]) -> bool:
    for column, value in less.items():
        if column not in more:
            return False
        theirs = more[column]
        inside = column == "prefix" and value is not None and theirs is not None and theirs.startswith(value)
        if theirs != value and not inside:
            return False
    return True
