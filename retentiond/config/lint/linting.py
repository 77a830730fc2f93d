"""Every rule on every schedule: what is wrong first, then what is unwise, in reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from retentiond.config.complaint import Complaint
from retentiond.config.document import Document
from retentiond.config.gathering import read_each
from retentiond.config.lint.anchors import anchors
from retentiond.config.lint.authorities import authorities
from retentiond.config.lint.connected import Stores, connected, unclassed
from retentiond.config.lint.currency import currency, succession
from retentiond.config.lint.floor_rules import floors
from retentiond.config.lint.labels import labels
from retentiond.config.lint.limbs import limbs
from retentiond.config.lint.precedence import precedence
from retentiond.config.lint.presence import presence
from retentiond.config.lint.remarks import RULES, Remark, Severity
from retentiond.config.lint.texts import texts
from retentiond.config.schedules import between_schedules, read_with_places
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import ConfigurationRefused, Fault
from retentiond.domain.schedule import RecordClass, Schedule

Read = tuple[Document, Schedule]


@dataclass(frozen=True, slots=True)
class Told:
    """One remark at its place."""

    rule: str
    fault: Fault

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return RULES[self.rule]


@dataclass(frozen=True, slots=True)
class Linted:
    """What a look at some files found."""

    told: tuple[Told, ...]
    """File by file, in reading order within each."""
    schedules: int
    classes: int

    @property
    def usable(self) -> bool:
        """Whether every file can be used as written, alone and with the others."""
        return all(one.rule != "unusable" for one in self.told)


def lint_files(
    paths: Sequence[Path], definitions: Callable[[], Sequence[Definition]] | None, today: Callable[[str], date]
) -> Linted:
    """Read schedules and say what is wrong with them; what cannot be read is told with the rest.

    Args:
        paths: schedules: files, and folders of ``*.yaml``.
        definitions: reads the connected stores, or raises ConfigurationRefused; None: rules that need them are left
            out.
        today: from the name of a time zone to the day to look at.
    """
    read, faults = read_each(paths, read_with_places, between_schedules)
    stores = None
    if definitions is not None:
        try:
            stores = Stores.of(definitions())
        except ConfigurationRefused as refused:
            faults = (*faults, *refused.faults)
    told = [Told("unusable", one) for one in faults]
    told.extend(lint(read, stores, today))
    return Linted(tuple(told), len(read), sum(len(schedule.classes) for _, schedule in read))


def lint(read: Sequence[Read], stores: Stores | None, today: Callable[[str], date]) -> Iterator[Told]:
    """Yield what every rule says of schedules that could be read.

    Args:
        read: the schedules, each with the document that knows its places.
        stores: the connected stores, where they are at hand.
        today: from the name of a time zone to the day to look at.
    """
    known = {one.code.casefold(): one for _, schedule in read for one in schedule.classes}
    for document, schedule in read:
        on = today(schedule.time_zone)
        remarks = [*currency(schedule, on)]
        for index, one in enumerate(schedule.classes):
            remarks += [each.within(("classes", index)) for each in _of_class(one, schedule)]
            remarks += [each.within(("classes", index)) for each in succession(one, known, on)]
            if stores is not None:
                remarks += [each.within(("classes", index)) for each in connected(one, schedule, stores, on)]
        yield from _placed(document, remarks)
    if stores is not None:
        codes = frozenset(one.code for one in known.values())
        for rule, place, message, remedy in unclassed(stores, codes):
            yield Told(rule, Fault(place, message, remedy))


def _of_class(one: RecordClass, schedule: Schedule) -> Iterator[Remark]:
    yield from presence(one)
    yield from labels(one)
    yield from texts(one)
    yield from anchors(one, schedule)
    yield from authorities(one)
    yield from precedence(one)
    yield from limbs(one)
    yield from floors(one, schedule)


def _placed(document: Document, remarks: list[Remark]) -> Iterator[Told]:
    """Yield remarks of one file in reading order, each once."""
    placed: list[tuple[Complaint, str]] = [
        (document.complain(one.loc, one.message, one.remedy, at_key=one.at_key), one.rule) for one in remarks
    ]
    for complaint, rule in sorted(set(placed)):
        yield Told(rule, complaint.fault)
