"""Kinds of record that are documents (objects, files): how their class and dates are found, checked once on opening."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from retentiond.connectors.written_dates import written_date
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Status, Trigger
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused
from retentiond.domain.records import Record, RecordRef, StateToken


class Source(StrEnum):
    """Where a trigger's date stands, or what a condition asks about."""

    TAG = "tag"
    METADATA = "metadata"
    COLUMN = "column"
    NAME = "name"
    SIDECAR = "sidecar"
    LAST_MODIFIED = "last-modified"
    MODIFIED = "modified"

    @property
    def takes_argument(self) -> bool:
        """Whether it is written with a colon and something after it."""
        return self not in (Source.LAST_MODIFIED, Source.MODIFIED)


PART = "object"
"""What the store of a case calls the kind of its documents, whatever the definition of their own store calls it: the
kinds there that have no ``classify``, or one of this very name."""

ASTRAY = "outside-what-is-connected"
"""Blocker: a case names a document that its store's definition does not have among the parts of records."""

Asked = tuple[Source, str, str | None]
"""What a condition asks of a document: the tag, piece of metadata or column of this name has this value."""

Answered = Callable[[Asked], bool]
"""Says whether that is so; called only where the answer matters, for it may cost a request."""


@dataclass(frozen=True, slots=True)
class Dated:
    """One trigger: ``closed: name:REGEX``."""

    trigger: str
    source: Source
    argument: str = ""
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of classification, or one status: all of it must hold."""

    name: str
    """The class's code, or the status."""
    prefix: str = ""
    pattern: re.Pattern[str] | None = None
    asked: tuple[Asked, ...] = ()

    def holds(self, key: str, is_so: Answered) -> bool:
        """Return whether a document with this key meets the condition; what costs least is looked at first."""
        if not key.startswith(self.prefix) or (self.pattern and not self.pattern.search(key)):
            return False
        return all(is_so(one) for one in self.asked)


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document."""

    name: str
    prefix: str
    classes: tuple[Condition, ...]
    dates: tuple[Dated, ...]
    statuses: tuple[Condition, ...] = ()
    folders: int = 0
    """On a share: how many steps below the prefix the folders lie that are the records; 0: files are."""
    within: tuple[str, ...] = ("",)
    """A key begins with one of these as well: between several prefixes there is more than they name."""
    without: tuple[str, ...] = ()
    """A key does not begin with one of these: what does is a record of its own."""

    def has(self, key: str) -> bool:
        """Return whether a document with this key is of this kind."""
        return key.startswith(self.prefix) and key.startswith(self.within) and not key.startswith(self.without)

    def astray(self, store: str, key: str) -> Record | None:
        """Return what stands for a document that a case names where this kind has none: it blocks its case.

        Taken for absent, it would stay behind when its case is destroyed. None for documents that are records of
        their own, which no case names.
        """
        if self.is_scanned and self.name != PART:
            return None
        return Record(RecordRef(store, self.name, key), key, None, {}, StateToken(ASTRAY), blockers=(ASTRAY,))

    @property
    def is_scanned(self) -> bool:
        """Whether its documents are records of their own, not only parts of records in other stores."""
        return bool(self.classes)

    def uses(self, *sources: Source) -> bool:
        """Return whether any of its dates stands in one of these."""
        return any(one.source in sources for one in self.dates)

    @property
    def asked(self) -> frozenset[Asked]:
        """Everything its conditions may ask of a document beside its key."""
        return frozenset(asked for line in (*self.classes, *self.statuses) for asked in line.asked)

    @property
    def costs_requests(self) -> bool:
        """Whether class and dates of a document take a request for each, beyond a listing and the key table."""
        dear = (Source.TAG, Source.METADATA)
        return self.uses(*dear) or any(source in dear for source, _, _ in self.asked)

    @property
    def columns(self) -> frozenset[str]:
        """The columns of the key table that hold its dates."""
        return frozenset(one.argument for one in self.dates if one.source is Source.COLUMN)

    @property
    def values(self) -> frozenset[tuple[str, str | None]]:
        """Columns of the key table and what its conditions say they hold."""
        return frozenset((name, value) for source, name, value in self.asked if source is Source.COLUMN)

    def class_of(self, key: str, is_so: Answered) -> str | None:
        """Return the class of the first line that holds, or None."""
        return next((line.name for line in self.classes if line.holds(key, is_so)), None)

    def statuses_of(self, key: str, is_so: Answered) -> dict[str, bool]:
        """Return whether each status holds of a document with this key."""
        return {one.name: one.holds(key, is_so) for one in self.statuses}

    def read(self, text_at: Callable[[Dated], str | date | None]) -> tuple[dict[str, date | None], tuple[str, ...]]:
        """Return the date of each trigger, and why one could not be read, in words without the text itself."""
        dates: dict[str, date | None] = {}
        problems: list[str] = []
        for one in self.dates:
            dates[one.trigger] = None
            try:
                found = text_at(one)
                dates[one.trigger] = written_date(found) if isinstance(found, str) else found
            except ValueError as reason:
                problems.append(f"the {one.trigger} date from its {one.source} cannot be read: {reason}")
        return dates, tuple(problems)


def nothing_asked(_asked: Asked) -> bool:
    """Answer for documents that have neither tags nor metadata nor a row anywhere."""
    return False


def in_name(one: Dated, key: str) -> str | None:
    """Return the part of a key that a ``name:`` trigger points at, or None where the pattern does not fit."""
    match = one.pattern.search(key) if one.pattern else None
    return match[1] if match else None


def kind_named(kinds: Mapping[str, DocumentKind], store: str, name: str) -> DocumentKind:
    """Return a kind of document.

    Raises:
        StoreRefused: the store's definition has no such kind.
    """
    if name not in kinds:
        raise StoreRefused(Fault(store, "it holds no such kind of record", "see its definition"))
    return kinds[name]


def compile_kinds(
    definition: Definition, sources: Collection[Source], *, conditions: Collection[Source] = ()
) -> Mapping[str, DocumentKind]:
    """Read the definition's kinds of record as kinds of document.

    Args:
        definition: the store.
        sources: where dates can stand in a store of this kind.
        conditions: what its documents can be classified by beside their key; of ``tag``, ``metadata`` and ``column``.

    Raises:
        ConfigurationRefused: something in it means nothing for documents; all faults at once.
    """
    faults: list[Fault] = []
    kinds: dict[str, DocumentKind] = {}
    for kind in definition.records:
        place = kind.place or f"{definition.source or definition.name}: records {kind.name}"
        faults.extend(Fault(place, message, remedy) for message, remedy in _misplaced(kind))
        dates: list[Dated] = []
        for trigger in kind.triggers:
            try:
                dates.append(_dated(trigger, sources))
            except ValueError as reason:
                faults.append(Fault(place, f"trigger {trigger.name}: {reason}"))
        lines = [(f"class {one.record_class}", one.record_class, one) for one in kind.classify]
        ever = [(f"status {one.name}", one.name, one) for one in kind.statuses]
        classes, statuses = (_compiled(named, place, conditions, faults) for named in (lines, ever))
        kinds[kind.name] = DocumentKind(kind.name, kind.prefix, classes, tuple(dates), statuses, kind.folders)
    parts = [one for one in kinds.values() if not one.is_scanned]
    if parts and PART not in kinds:
        if len(parts) > 1 and any(one.folders for one in parts):
            said = "several kinds without 'classify', and folders among them: what a case's key names cannot be told"
            remedy = "connect the folders that are parts of cases as a store of their own"
            faults.append(Fault(definition.source or definition.name, said, remedy))
        within = tuple(sorted(one.prefix for one in parts))
        shared = shared_beginning(within[0], within[-1])
        kinds[PART] = DocumentKind(PART, shared, (), (), folders=parts[0].folders, within=within)
    own = tuple(one.prefix for one in kinds.values() if one.is_scanned)
    kinds = {name: one if one.is_scanned else replace(one, without=own) for name, one in kinds.items()}
    if faults:
        raise ConfigurationRefused.gathered(faults)
    return kinds


def outermost(prefixes: Collection[str]) -> list[str]:
    """Return the prefixes that lie within no other, so that no key is looked at twice."""
    distinct = sorted(set(prefixes))
    return [one for one in distinct if not any(one != other and one.startswith(other) for other in distinct)]


def shared_beginning(first: str, last: str) -> str:
    """Return how every text begins that lies between two."""
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[:same] if same is not None else min(first, last, key=len)


_TABLES = "documents have no tables; leave it out"


def _compiled(
    named: Sequence[tuple[str, str, ClassCondition | Status]],
    place: str,
    conditions: Collection[Source],
    faults: list[Fault],
) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for what, name, line in named:
        if line.exists is not None:
            faults.append(Fault(place, f"{what}: 'exists' means nothing here", _TABLES))
        try:
            found.append(_condition(name, line, conditions))
        except ValueError as reason:
            faults.append(Fault(place, f"{what}: {reason}", f"use {_allowed(conditions)}"))
    return tuple(found)


def _misplaced(kind: KindOfRecord) -> Iterator[tuple[str, str]]:
    for word in (
        "table",
        "key",
        "reference",
        "blockers",
        "parts",
        "shared",
        "conflict_of_interest",
        "subjects",
        "recipients",
    ):
        if getattr(kind, word):
            yield f"'{word.replace('_', '-')}' means nothing here", _TABLES
    if kind.anonymise:
        yield "documents cannot be anonymised", "let their class be destroyed, or a person decide"


def _allowed(conditions: Collection[Source]) -> str:
    allowed = ["'prefix'", "'name'", *(f"'{one}:NAME'" for one in sorted(conditions))]
    return f"{', '.join(allowed[:-1])} and {allowed[-1]}"


def _dated(trigger: Trigger, sources: Collection[Source]) -> Dated:
    if trigger.aggregate or trigger.reach:
        raise ValueError("a document has one value, not rows to aggregate")
    word, _, argument = trigger.column.partition(":")
    source = next((one for one in sources if one == word), None)
    if source is None or source.takes_argument is not bool(argument):
        known = ", ".join(f"{one}:…" if one.takes_argument else one for one in sorted(sources))
        raise ValueError(f"a date cannot stand there; use one of {known}")
    if source is not Source.NAME:
        return Dated(trigger.name, source, argument)
    pattern = _pattern(argument)
    if pattern.groups != 1:
        raise ValueError("the pattern needs one group, around the date, and only one")
    return Dated(trigger.name, source, argument, pattern)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"the pattern is no regular expression ({error})") from None


def _condition(name: str, line: ClassCondition | Status, conditions: Collection[Source]) -> Condition:
    asked: list[Asked] = []
    for key, value in line.where.items():
        word, _, argument = key.partition(":")
        source = next((one for one in conditions if one == word), None)
        if key in ("prefix", "name:") and value is not None:
            continue
        if source is None or not argument or (value is None and source is not Source.COLUMN):
            raise ValueError(f"a document cannot be classified by '{key}'")
        asked.append((source, argument, value))
    pattern = line.where.get("name:")
    return Condition(
        name,
        line.where.get("prefix") or "",
        _pattern(pattern) if pattern else None,
        tuple(sorted(asked, key=lambda one: (one[0] is not Source.COLUMN, one[1]))),
    )
