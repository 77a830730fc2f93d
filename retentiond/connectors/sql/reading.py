"""Reading records: pages of a scan and records by key, a handful of statements for all of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.interface import CHUNK, Cursor, ScanPage, ScanRequest
from retentiond.connectors.sql.addresses import address
from retentiond.connectors.sql.barring import barred
from retentiond.connectors.sql.contents import read_contents
from retentiond.connectors.sql.dates import CivilDate, civil_date
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.documents import documents_of
from retentiond.connectors.sql.mapping import Mapped, MappedColumn, MappedKind
from retentiond.connectors.sql.nameless import nameless
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.referring import still_referred_to
from retentiond.connectors.sql.telling import unnamed_fields
from retentiond.connectors.sql.values import Identity, Value, after, as_read, as_text, is_sendable, key_text, within
from retentiond.connectors.sql.wanted import is_wanted, wanted_rows
from retentiond.domain.errors import Fault, StoreRefused
from retentiond.domain.pseudonyms import is_pseudonym
from retentiond.domain.records import Record, RecordRef, StateToken


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the records of one kind."""

    store: Mapped
    mapped: MappedKind

    @property
    def _dialect(self) -> Dialect:
        return self.store.catalogue.dialect

    def pages(self, opening: Opening, request: ScanRequest, cursor: Cursor | None) -> Iterator[ScanPage]:
        """Yield the wanted records in the order of their keys, a short transaction a page."""
        behind = self._behind(cursor)
        examined: int | None = None if cursor is None else 0
        while True:
            remarks: tuple[Fault, ...] = ()
            with opening.reading() as connection:
                if examined is None:
                    examined = self._size(connection)
                    remarks = nameless(connection, self.store, self.mapped)
                records, last, full = self._page(connection, request, behind)
            behind = behind if last is None else last
            if records or not full:
                yield ScanPage(records, Cursor(json.dumps(behind or [])), examined, remarks)
                examined = 0
            if not full:
                return

    def by_key(self, connection: Connection, keys: Collection[Identity]) -> dict[str, Record]:
        """Return the records with these keys, by the text of the key."""
        if not keys:
            return {}
        root = self.mapped.root.alias()
        rows = connection.execute(self._select(root).where(within(self.mapped.key(root), keys, self._dialect))).all()
        return {record.ref.key: record for record in self._whole(connection, self._records(connection, rows))}

    def blocked(self, connection: Connection, keys: Collection[Identity]) -> dict[Identity, tuple[str, ...]]:
        """Return the names of the blockers that stand now, and what JSON leaves open, by key as read."""
        root = self.mapped.root.alias()
        key = self.mapped.key(root)
        columns = [*(as_read(column, self._dialect) for column in key), *self._blockers(root), *self._doubts(root)]
        names = [*(name for name, _ in self.mapped.blockers), *(one.words for one in self.mapped.doubts)]
        found: dict[Identity, tuple[str, ...]] = {}
        if not names:
            return found
        for row in connection.execute(sa.select(*columns).where(within(key, keys, self._dialect))):
            standing = zip(names, row[len(key) :], strict=True)
            found[tuple(row[: len(key)])] = tuple(name for name, flag in standing if flag)
        return found

    def _behind(self, cursor: Cursor | None) -> Identity | None:
        if cursor is None:
            return None
        try:
            behind = json.loads(cursor)
        except ValueError:
            behind = None
        if behind == []:
            return None  # a scan that has not met a record yet
        fits = isinstance(behind, list) and len(behind) == len(self.mapped.kind.key)
        if fits and all(isinstance(value, str | int | float) for value in behind):
            return tuple(behind)
        raise StoreRefused(Fault(self.store.definition.name, "the place to go on from is not one of ours", "scan anew"))

    def _size(self, connection: Connection) -> int:
        return connection.execute(sa.select(sa.func.count()).select_from(self.mapped.root)).scalar_one()

    def _page(
        self, connection: Connection, request: ScanRequest, behind: Identity | None
    ) -> tuple[tuple[Record, ...], Identity | None, bool]:
        root = self.mapped.root.alias()
        key = self.mapped.key(root)
        named = [column.is_not(None) for column in key]
        naming = still_referred_to(self.store, self.mapped, request, root)
        statement = self._select(root).add_columns(*naming.values())
        statement = statement.where(*named, wanted_rows(self.mapped, request, root, self._dialect))
        if behind is not None:
            statement = statement.where(after(key, behind, self._dialect))
        rows = connection.execute(statement.order_by(*key).limit(CHUNK)).all()
        width = len(rows[0]) - len(naming) if rows else 0
        found = self._records(connection, [row[:width] for row in rows])
        whys = (tuple(why for why, flag in zip(naming, row[width:], strict=True) if flag) for row in rows)
        together = zip(found.values(), whys, strict=True)
        wanted = ((one, why) for one, why in together if is_wanted(one, request))
        records = tuple(replace(one, referred_to=why) if why else one for one, why in wanted)
        return records, (tuple(rows[-1][: len(key)]) if rows else None), len(rows) == CHUNK

    def _select(self, root: sa.FromClause) -> sa.Select[Any]:
        kind, dialect = self.mapped.kind, self._dialect
        whens = [(one.holds(root, dialect), sa.literal(one.name, sa.Text())) for one in self.mapped.classes]
        own = [one.address.value(root, dialect) for one in self._own]
        named = address(root, kind.reference).value(root, dialect) if kind.reference else sa.null()
        columns = [as_read(column, dialect) for column in (*self.mapped.key(root), named, *own)]
        record_class = sa.case(*whens, else_=sa.null()) if whens else sa.null()
        flags = (*self._blockers(root), *self._statuses(root), *self._doubts(root))
        return sa.select(*columns, record_class, *flags).select_from(root)

    def _blockers(self, root: sa.FromClause) -> list[sa.ColumnElement[int]]:
        return [sa.case((path.followed(root, self._dialect).exists(), 1), else_=0) for _, path in self.mapped.blockers]

    def _statuses(self, root: sa.FromClause) -> list[sa.ColumnElement[int]]:
        return [sa.case((one.holds(root, self._dialect), 1), else_=0) for one in self.mapped.statuses]

    def _doubts(self, root: sa.FromClause) -> list[sa.ColumnElement[int]]:
        return [sa.case((one.stands(root, self._dialect), 1), else_=0) for one in self.mapped.doubts]

    @property
    def _looked_up(self) -> tuple[MappedColumn, ...]:
        return tuple(dict.fromkeys((*self.mapped.triggers, *self.mapped.subjects, *self.mapped.conflicts)))

    @property
    def _own(self) -> list[MappedColumn]:
        return [one for one in self._looked_up if one.is_own]

    def _names(self, flags: Sequence[int]) -> tuple[str, ...]:
        return tuple(name for (name, _), flag in zip(self.mapped.blockers, flags, strict=True) if flag)

    def _records(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> dict[Identity, Record]:
        """Return the records of rows by key as read, without what a scan may leave to fetch."""
        width = len(self.mapped.kind.key)
        keys: list[Identity] = [tuple(row[:width]) for row in rows]
        if not keys:
            return {}
        if any(isinstance(value, bytes) or not is_sendable(as_text(value)) for key in keys for value in key):
            place = f"{self.store.definition.name}: table {self.mapped.root.name}"
            raise StoreRefused(Fault(place, "a key is neither text nor a number", "have the row's owner correct it"))
        own, blocking, standing = self._own, len(self.mapped.blockers), len(self.mapped.statuses)
        linked = {one: self._linked(connection, one, keys) for one in self._looked_up if not one.is_own}
        records: dict[Identity, Record] = {}
        for key, row in zip(keys, rows, strict=True):
            reference, *rest = tuple(row[width:])
            flags = rest[len(own) + 1 :]
            statuses, doubts = flags[blocking : blocking + standing], flags[blocking + standing :]
            values: dict[MappedColumn, Sequence[Value]] = {one: found.get(key, ()) for one, found in linked.items()}
            values.update((one, (value,)) for one, value in zip(own, rest, strict=False))
            found = [(one, _date(one, values[one])) for one in self.mapped.triggers]
            problems = [problem for _, (_, problem) in found if problem]
            problems.extend(one.words for one, flag in zip(self.mapped.doubts, doubts, strict=True) if flag)
            records[key] = Record(
                ref=RecordRef(self.store.definition.name, self.mapped.kind.name, key_text(key)),
                reference=as_text(reference) or key_text(key),
                coded_reference=self._is_coded(self.mapped.root, self.mapped.kind.reference, (reference,)),
                coded_subjects=any(
                    self._is_coded(one.path.target, one.column, values[one]) for one in self.mapped.subjects
                ),
                record_class=rest[len(own)],
                dates={one.name: day for one, (day, _) in found},
                state=StateToken(""),
                blockers=self._names(flags[:blocking]),
                subjects=_texts(value for one in self.mapped.subjects for value in values[one]),
                excluded_reviewers=_texts(value for one in self.mapped.conflicts for value in values[one]),
                statuses={one.name: bool(flag) for one, flag in zip(self.mapped.statuses, statuses, strict=True)},
                problems=tuple(dict.fromkeys(problems)),
            )
        return records

    def _is_coded(self, table: sa.Table, column: str, values: Iterable[Value]) -> bool:
        """Whether a column that takes pseudonyms holds one."""
        coded = self.mapped.kind.pseudonyms
        return f"{table.name}.{column}" in coded and any(is_pseudonym(as_text(one)) for one in values)

    def _whole(self, connection: Connection, records: Mapping[Identity, Record]) -> Iterator[Record]:
        """Yield the records with what a scan leaves out: the state, which takes every row of theirs, and documents."""
        if not records:
            return
        keys = list(records)
        contents = read_contents(connection, self.store.catalogue, self.mapped, keys)
        to = [self._linked(connection, one, keys) for one in self.mapped.recipients]
        kept = barred(connection, self.store, self.mapped, contents)
        documents, shared = documents_of(connection, self.store, self.mapped, contents)
        unplanned = unnamed_fields(connection, self.store, self.mapped, keys)
        for key, record in records.items():
            yield replace(
                record,
                state=contents.states[key],
                referred_to=(kept[key],) if key in kept else (),
                unplanned=unplanned.get(key, ()),
                documents=documents.get(key, ()),
                shared_documents=shared.get(key, ()),
                recipients=_texts(value for one in to for value in one.get(key, ())),
            )

    def _linked(
        self, connection: Connection, column: MappedColumn, keys: Collection[Identity]
    ) -> dict[Identity, list[Value]]:
        root = self.mapped.root.alias()
        way, value_there = column.reached(root, self._dialect)
        key = self.mapped.key(root)
        shown = [as_read(one, self._dialect) for one in (*key, value_there)]
        found: dict[Identity, list[Value]] = {}
        for *one, value in connection.execute(way.select(*shown).where(within(key, keys, self._dialect))):
            found.setdefault(tuple(one), []).append(value)
        return found


def _texts(values: Iterable[Value]) -> tuple[str, ...]:
    return tuple(sorted({as_text(value) for value in values if value is not None}))


def _date(trigger: MappedColumn, values: Iterable[Value]) -> tuple[date | None, str]:
    """Return the latest or earliest date of the rows reached; one unknown among them makes the whole unknown.

    A family's file is kept for its youngest child, and a child without a date of birth may be the youngest. A missing
    date is no fault of the record's: only a class that needs the trigger cannot be computed without it.
    """
    found: list[CivilDate] = [civil_date(value) for value in values]
    if any(one.problem for one in found):
        linked = f"a {trigger.path.target.name} linked to it has no usable date in {trigger.column}"
        return None, linked if trigger.path.steps else f"column {trigger.column} holds no usable date"
    days = [one.day for one in found if one.day is not None]
    if not days or len(days) < len(found):
        return None, ""
    return (min if trigger.aggregate == "earliest" else max)(days), ""
