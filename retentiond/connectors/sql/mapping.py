"""A definition laid over the live catalogue: every name looked up, every join found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from retentiond.connectors.sql.addresses import Address, Source, address
from retentiond.connectors.sql.catalogue import Catalogue
from retentiond.connectors.sql.dates import is_date_like
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.doubts import Doubt, doubts_about
from retentiond.connectors.sql.paths import Followed, Path, Wayfinding
from retentiond.connectors.sql.references import with_references
from retentiond.connectors.sql.values import Column
from retentiond.domain.definitions import (
    ClassCondition,
    Definition,
    KindOfRecord,
    ObjectPart,
    Reach,
    SharedTable,
    Status,
    TablePart,
    Trigger,
)
from retentiond.domain.errors import Fault


@dataclass(frozen=True, slots=True)
class MappedCondition:
    """One line of classification, or one status."""

    name: str
    """The class's code, or the status."""
    where: tuple[tuple[str, str | None], ...]
    exists: Path | None

    def holds(self, root: Source, dialect: Dialect) -> Column:
        """Return its condition on a record's row."""
        parts = [address(root, name).equals(root, value, dialect) for name, value in self.where]
        if self.exists is not None:
            parts.append(self.exists.followed(root, dialect).exists())
        return sa.and_(sa.true(), *parts)


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A value of the record's row, or of rows that belong to it: a column, or what stands in its JSON."""

    name: str
    """The trigger's name, or the store of the objects whose keys stand here."""
    path: Path
    column: str
    aggregate: str | None = None

    @property
    def address(self) -> Address:
        """Where in its row it stands."""
        return address(self.path.target, self.column)

    @property
    def is_own(self) -> bool:
        """Whether it is one value of the record's own row."""
        return not self.path.steps and not self.path.where and self.address.is_single

    def reached(self, root: Source, dialect: Dialect) -> tuple[Followed, Column]:
        """Return the way to the values from a record's row, and the value at its end."""
        way = self.path.followed(root, dialect)
        found = self.address.reached(way.target, dialect)
        return replace(way, lists=found.lists), found.value


@dataclass(frozen=True, slots=True)
class MappedShared:
    """Rows that go only when nothing else refers to them, and the parts of theirs that go along."""

    path: Path
    parts: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class MappedHistory:
    """Rows that the database itself writes about a record, and the triggers that write them."""

    path: Path
    written_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappedKind:
    """One kind of record, laid over the catalogue."""

    kind: KindOfRecord
    root: sa.Table
    classes: tuple[MappedCondition, ...]
    statuses: tuple[MappedCondition, ...]
    triggers: tuple[MappedColumn, ...]
    blockers: tuple[tuple[str, Path], ...]
    parts: tuple[Path, ...]
    """Rows that go with the record, those that hold object keys among them."""
    objects: tuple[MappedColumn, ...]
    shared: tuple[MappedShared, ...]
    history: tuple[MappedHistory, ...]
    subjects: tuple[MappedColumn, ...]
    conflicts: tuple[MappedColumn, ...]
    """People who may not review the record."""
    recipients: tuple[MappedColumn, ...]
    doubts: tuple[Doubt, ...] = ()

    @property
    def contents(self) -> tuple[Path, ...]:
        """Every path whose rows make up the record, beside its own row: parts, history, shared rows, their parts."""
        found = list(self.own)
        for shared in self.shared:
            found.extend((shared.path, *(shared.path.then(part) for part in shared.parts)))
        return tuple(found)

    @property
    def own(self) -> tuple[Path, ...]:
        """Every path whose rows are the record's alone, beside its own row: parts and history."""
        return (*self.parts, *(one.path for one in self.history))

    @property
    def passed(self) -> tuple[Path, ...]:
        """Every path that ends in rows which only tie a record to others of its rows."""
        found = [
            Path(path.start, path.steps[:length], path.where)
            for path in self.contents
            for length in range(1, len(path.steps))
        ]
        ends = {path.label for path in self.contents}
        return tuple({path.label: path for path in found if path.label not in ends}.values())

    @property
    def shared_tables(self) -> frozenset[str]:
        """The tables whose rows stay while anything else refers to them."""
        paths = (path for shared in self.shared for path in (shared.path, *shared.parts))
        return frozenset(path.target.name for path in paths)

    def key(self, root: Source) -> tuple[Column, ...]:
        """Return the key's columns, taken from the record's table or an alias of it."""
        return tuple(root.c[name] for name in self.kind.key)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The key's columns in the record's own table."""
        return self.key(self.root)

    @property
    def gone_with_it(self) -> dict[str, sa.Table]:
        """The tables whose rows go with every record, its own first; shared rows are not among them."""
        own = {part.target.name: part.target for shared in self.shared for part in shared.parts}
        return {self.root.name: self.root} | {path.target.name: path.target for path in self.own} | own

    @property
    def tables(self) -> dict[str, sa.Table]:
        """Every table that holds rows of the record."""
        return self.gone_with_it | {one.path.target.name: one.path.target for one in self.shared}


@dataclass(frozen=True, slots=True)
class Mapped:
    """A whole definition over a catalogue, and what does not fit."""

    definition: Definition
    catalogue: Catalogue
    kinds: dict[str, MappedKind]
    """The kinds that fit, by name."""
    faults: tuple[Fault, ...]

    @property
    def tables(self) -> set[str]:
        """The names of all tables that hold rows of a record of any kind."""
        return {name for kind in self.kinds.values() for name in kind.tables}


def mapped(definition: Definition, catalogue: Catalogue) -> Mapped:
    """Lay a definition over a catalogue; all faults at once."""
    ways = Wayfinding(catalogue, definition.name)
    catalogue = ways.catalogue = with_references(ways, definition.references)
    kinds: dict[str, MappedKind] = {}
    for kind in definition.records:
        before = len(ways.faults)
        found = _kind(ways, definition, kind)
        if found is not None and len(ways.faults) == before:
            kinds[kind.name] = found
    return Mapped(definition, catalogue, kinds, tuple(ways.faults))


def _kind(ways: Wayfinding, definition: Definition, kind: KindOfRecord) -> MappedKind | None:
    root = ways.table(kind.table)
    if root is None:
        return None
    lacking = [name for name in kind.key if not ways.column(root, name)]
    if lacking:
        return None
    if kind.reference:
        ways.single(root, kind.reference, "a reference")
    if not ways.catalogue.is_unique(root.name, kind.key):
        remedy = "name its primary key, or columns with a unique constraint"
        ways.fault(root.name, f"its key '{', '.join(kind.key)}' is not unique, so it does not name one record", remedy)
    found_parts = [one for part in kind.parts for one in _parts(ways, Path(root, ()), part, kind.key)]
    parts = dict.fromkeys(path for path, _ in found_parts if path.steps)
    objects = (MappedColumn(part.store, path, part.column) for path, part in found_parts if part is not None)
    shared = [one for one in (_shared(ways, root, kind, item) for item in kind.shared) if one is not None]
    going = {one.path.target.name for one in shared}
    recipients = [Trigger("recipients", column, reach=reach) for reach, column in _recipients(definition, kind)]
    found = MappedKind(
        kind=kind,
        root=root,
        classes=tuple(_condition(ways, root, kind, one.record_class, one) for one in kind.classify),
        statuses=tuple(_condition(ways, root, kind, one.name, one) for one in kind.statuses),
        triggers=tuple(_triggers(ways, root, kind)),
        blockers=tuple(
            (one.name, path) for one in kind.blockers if (path := ways.path(root, one.exists, kind.key)) is not None
        ),
        # A key of an object that stands in a shared row goes when that row goes.
        parts=tuple(path for path in parts if path.target.name not in going),
        objects=tuple(objects),
        shared=tuple(shared),
        history=tuple(_history(ways, root, kind)),
        subjects=_columns(ways, root, kind, kind.subjects),
        conflicts=_columns(ways, root, kind, kind.conflict_of_interest),
        recipients=_columns(ways, root, kind, recipients),
    )
    return replace(found, doubts=doubts_about(root, _named(found), _paths(found)))


def _recipients(definition: Definition, kind: KindOfRecord) -> Iterator[tuple[Reach, str]]:
    yield from (one for one in (definition.recipients_from, kind.recipients) if one is not None)


def _named(mapped: MappedKind) -> Iterator[str]:
    """Yield every name that is looked up in the record's own row."""
    if mapped.kind.reference:
        yield mapped.kind.reference
    yield from (name for one in (*mapped.classes, *mapped.statuses) for name, _ in one.where)


def _paths(mapped: MappedKind) -> Iterator[tuple[Path, str]]:
    """Yield every way to other rows, and what is looked up in them."""
    columns = (*mapped.triggers, *mapped.objects, *mapped.subjects, *mapped.conflicts, *mapped.recipients)
    yield from ((one.path, one.column) for one in columns)
    yield from ((one.exists, "") for one in (*mapped.classes, *mapped.statuses) if one.exists is not None)
    yield from ((path, "") for _, path in mapped.blockers)
    yield from ((path, "") for path in mapped.contents)


def _parts(
    ways: Wayfinding, before: Path, part: TablePart | ObjectPart, key: Sequence[str] = ()
) -> Iterator[tuple[Path, ObjectPart | None]]:
    """Yield the way to a part and to the parts of it, each with the column of object keys if it is one."""
    path = ways.path(before.target, part.reach, key)
    if path is None:
        return
    if isinstance(part, ObjectPart):
        if ways.column(path.target, part.column):
            yield before.then(path), part
        return
    whole = before.then(path if part.recursive is None else ways.below(path, part.recursive))
    yield whole, None
    for one in part.parts:
        yield from _parts(ways, whole, one)


def _shared(ways: Wayfinding, root: sa.Table, kind: KindOfRecord, shared: SharedTable) -> MappedShared | None:
    path = ways.path(root, shared.reach, kind.key)
    if path is None:
        return None
    if not path.steps:
        ways.fault(root.name, "the record's own table cannot be shared with other records", "take it out of 'shared'")
        return None
    parts = (ways.path(path.target, part.reach) for part in shared.parts)
    return MappedShared(path, tuple(part for part in parts if part is not None and part.steps))


def _history(ways: Wayfinding, root: sa.Table, kind: KindOfRecord) -> Iterator[MappedHistory]:
    for one in kind.history:
        path = ways.path(root, one.reach, kind.key)
        if path is not None and path.steps:
            yield MappedHistory(path, one.written_by)
        elif path is not None:
            ways.fault(root.name, "the record's own table cannot be its history", "take it out of 'history'")


def _condition(
    ways: Wayfinding, root: sa.Table, kind: KindOfRecord, name: str, one: ClassCondition | Status
) -> MappedCondition:
    exists = ways.path(root, one.exists, kind.key) if one.exists is not None else None
    return MappedCondition(name, ways.where(root, one.where), exists)


def _triggers(ways: Wayfinding, root: sa.Table, kind: KindOfRecord) -> Iterator[MappedColumn]:
    for trigger in kind.triggers:
        found = _column(ways, root, kind, trigger)
        if found is None:
            continue
        table = found.path.target
        if not found.address.path and not is_date_like(table.columns[found.column]):
            message = f"its column '{found.column}' holds no dates, and is named for the trigger '{trigger.name}'"
            ways.fault(table.name, message, "name a column of dates or of text")
        if not found.is_own and found.aggregate is None:
            message = f"the trigger '{trigger.name}' may find several of its rows"
            ways.fault(table.name, message, "say 'latest' or 'earliest'")
        yield found


def _columns(
    ways: Wayfinding, root: sa.Table, kind: KindOfRecord, wanted: Iterable[Trigger]
) -> tuple[MappedColumn, ...]:
    return tuple(one for item in wanted if (one := _column(ways, root, kind, item)) is not None)


def _column(ways: Wayfinding, root: sa.Table, kind: KindOfRecord, trigger: Trigger) -> MappedColumn | None:
    path = Path(root, ()) if trigger.reach is None else ways.path(root, trigger.reach, kind.key)
    if path is None or not ways.column(path.target, trigger.column):
        return None
    return MappedColumn(trigger.name, path, trigger.column, trigger.aggregate)
