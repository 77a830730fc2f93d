"""Kinds of record that are documents (objects, files): how their class and dates are found, checked once on opening."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from retentiond.connectors.written_dates import written_date
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Status, Trigger
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused


class Source(StrEnum):
    """Where a trigger's date stands."""

    TAG = "tag"
    METADATA = "metadata"
    NAME = "name"
    SIDECAR = "sidecar"
    LAST_MODIFIED = "last-modified"
    MODIFIED = "modified"

    @property
    def takes_argument(self) -> bool:
        """Whether it is written with a colon and something after it."""
        return self not in (Source.LAST_MODIFIED, Source.MODIFIED)


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
    prefix: str
    tags: Mapping[str, str | None]

    def holds(self, key: str, tags: Callable[[], Mapping[str, str]]) -> bool:
        """Return whether a document with this key and these tags, asked for only if need be, meets the condition."""
        if not key.startswith(self.prefix):
            return False
        return all(tags().get(name) == value for name, value in self.tags.items())


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of document."""

    name: str
    prefix: str
    classes: tuple[Condition, ...]
    dates: tuple[Dated, ...]
    statuses: tuple[Condition, ...] = ()

    @property
    def is_scanned(self) -> bool:
        """Whether its documents are records of their own, not only parts of records in other stores."""
        return bool(self.classes)

    def uses(self, source: Source) -> bool:
        """Return whether any of its dates stands there."""
        return any(one.source is source for one in self.dates)

    @property
    def reads_only_listings(self) -> bool:
        """Whether class and dates of an object follow from a listing, without a request for each."""
        tagged = any(line.tags for line in (*self.classes, *self.statuses))
        return not (self.uses(Source.TAG) or self.uses(Source.METADATA) or tagged)

    def class_of(self, key: str, tags: Callable[[], Mapping[str, str]]) -> str | None:
        """Return the class of the first line that holds, or None."""
        return next((line.name for line in self.classes if line.holds(key, tags)), None)

    def statuses_of(self, key: str, tags: Callable[[], Mapping[str, str]]) -> dict[str, bool]:
        """Return whether each status holds of a document with this key and these tags."""
        return {one.name: one.holds(key, tags) for one in self.statuses}

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


def compile_kinds(definition: Definition, sources: Collection[Source], *, tags: bool) -> Mapping[str, DocumentKind]:
    """Read the definition's kinds of record as kinds of document.

    Args:
        definition: the store.
        sources: where dates can stand in a store of this kind.
        tags: whether its documents have tags to classify by.

    Raises:
        ConfigurationRefused: something in it means nothing for documents; all faults at once.
    """
    faults: list[Fault] = []
    kinds: dict[str, DocumentKind] = {}
    for kind in definition.records:
        place = kind.place or f"{definition.source or definition.name}: records {kind.name}"
        faults.extend(Fault(place, message, remedy) for message, remedy in _misplaced(kind, tags=tags))
        dates: list[Dated] = []
        for trigger in kind.triggers:
            try:
                dates.append(_dated(trigger, sources))
            except ValueError as reason:
                faults.append(Fault(place, f"trigger {trigger.name}: {reason}"))
        kinds[kind.name] = DocumentKind(
            kind.name,
            kind.prefix,
            tuple(_condition(one.record_class, one) for one in kind.classify),
            tuple(dates),
            tuple(_condition(one.name, one) for one in kind.statuses),
        )
    if faults:
        raise ConfigurationRefused.gathered(faults)
    return kinds


def _misplaced(kind: KindOfRecord, *, tags: bool) -> Iterator[tuple[str, str]]:
    tables = "documents have no tables; leave it out"
    for word in ("table", "key", "reference", "blockers", "parts", "shared", "conflict_of_interest", "subjects"):
        if getattr(kind, word):
            yield f"'{word.replace('_', '-')}' means nothing here", tables
    if kind.anonymise:
        yield "documents cannot be anonymised", "let their class be destroyed, or a person decide"
    allowed = "'prefix' and 'tag:NAME'" if tags else "'prefix'"
    conditions: list[tuple[str, ClassCondition | Status]]
    conditions = [(f"class {one.record_class}", one) for one in kind.classify]
    conditions.extend((f"status {one.name}", one) for one in kind.statuses)
    for what, line in conditions:
        if line.exists is not None:
            yield f"{what}: 'exists' means nothing here", tables
        for name, value in line.where.items():
            if name == "prefix" and value is not None:
                continue
            if not (tags and name.startswith("tag:") and name != "tag:"):
                yield f"{what}: a document cannot be classified by '{name}'", f"use {allowed}"


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
    try:
        pattern = re.compile(argument)
    except re.error as error:
        raise ValueError(f"the pattern is no regular expression ({error})") from None
    if pattern.groups != 1:
        raise ValueError("the pattern needs one group, around the date, and only one")
    return Dated(trigger.name, source, argument, pattern)


def _condition(name: str, line: ClassCondition | Status) -> Condition:
    tags = {key.removeprefix("tag:"): value for key, value in line.where.items() if key.startswith("tag:")}
    return Condition(name, line.where.get("prefix") or "", tags)
