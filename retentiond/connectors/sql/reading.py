"""Reading records: pages of a scan and records by key, a handful of statements for all of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import compress
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.interface import CHUNK, Cursor, ScanPage, ScanRequest
from retentiond.connectors.sql.addresses import Source, address
from retentiond.connectors.sql.barring import barred
from retentiond.connectors.sql.contents import read_contents
from retentiond.connectors.sql.describing import Columns, Linked, described, keys_of, looked_up, texts
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.documents import documents_of
from retentiond.connectors.sql.mapping import Mapped, MappedColumn, MappedKind
from retentiond.connectors.sql.nameless import nameless
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.referring import still_referred_to
from retentiond.connectors.sql.telling import unnamed_fields
from retentiond.connectors.sql.values import Column, Identity, Value, after, as_read, within
from retentiond.connectors.sql.wanted import is_wanted, narrowing, wanted_rows
from retentiond.domain.errors import Fault, StoreRefused
from retentiond.domain.records import Record

AT_ONCE = 10 * CHUNK
"""Rows a scan reads together: to begin a statement costs more than to read on."""
OPEN_SECONDS = 10.0
"""After so long a statement that was left open is given up, and another one goes on behind the last key."""


@dataclass(frozen=True, slots=True)
class _Some:
    """Rows that were read together."""

    columns: Columns
    keys: Sequence[Identity]
    linked: Linked
    naming: tuple[str, ...]
    """Why a record may have to stay; the last columns say for which of them it is so."""
    is_end: bool
    """Whether no more can follow."""
    examined: int = 0
    remarks: tuple[Fault, ...] = ()

    def pages(self) -> Iterator[_Some]:
        """Yield a page of the rows after the other; one without a row where there is none."""
        for start in range(0, len(self.keys) or 1, CHUNK):
            end = start + CHUNK
            columns = [one[start:end] for one in self.columns]
            is_end = self.is_end and end >= len(self.keys)
            yield replace(self, columns=columns, keys=self.keys[start:end], is_end=is_end)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the records of one kind."""

    store: Mapped
    mapped: MappedKind

    @property
    def _dialect(self) -> Dialect:
        return self.store.catalogue.dialect

    def pages(self, opening: Opening, request: ScanRequest, cursor: Cursor | None) -> Iterator[ScanPage]:
        """Yield the wanted records in the order of their keys."""
        behind = self._behind(cursor)
        examined = 0
        remarks: tuple[Fault, ...] = ()
        for some in self._read(opening, request, behind, is_first=cursor is None):
            examined, remarks = examined + some.examined, remarks + some.remarks
            for page in some.pages():
                behind = page.keys[-1] if page.keys else behind
                records = self._wanted(page, request)
                if records or page.is_end:
                    yield ScanPage(records, Cursor(json.dumps(behind or [])), examined, remarks)
                    examined, remarks = 0, ()

    def by_key(self, connection: Connection, keys: Collection[Identity]) -> dict[str, Record]:
        """Return the records with these keys, by the text of the key."""
        if not keys:
            return {}
        root = self.mapped.root.alias()
        rows = connection.execute(self._select(root).where(within(self.mapped.key(root), keys, self._dialect))).all()
        columns: Columns = list(zip(*rows, strict=True))
        found = keys_of(self.store, self.mapped, columns)
        records = described(self.store, self.mapped, found, columns, self._links(connection, found))
        whole = self._whole(connection, dict(zip(found, records, strict=True)))
        return {record.ref.key: record for record in whole}

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

    def _read(
        self, opening: Opening, request: ScanRequest, behind: Identity | None, *, is_first: bool
    ) -> Iterator[_Some]:
        """Yield the rows that may be wanted, some at a time, in short transactions.

        Where a reader is in nobody's way a statement stays open for a while, so that the database goes through its rows
        but once. Elsewhere no transaction is open while the caller works on what was read.
        """
        is_end = False
        while not is_end:
            with (
                opening.reading() as connection,
                closing(self._some(connection, request, behind, is_first=is_first)) as found,
            ):
                some, until = next(found), monotonic() + OPEN_SECONDS
                while self._dialect.reads_on and not some.is_end and monotonic() < until:
                    yield some
                    some = next(found)
            yield some
            is_first, is_end = False, some.is_end
            behind = some.keys[-1] if some.keys else behind

    def _some(
        self, connection: Connection, request: ScanRequest, behind: Identity | None, *, is_first: bool
    ) -> Generator[_Some]:
        """Yield the rows behind a key that may be wanted, and what other rows hold of them."""
        examined = self._size(connection) if is_first else 0
        remarks = nameless(connection, self.store, self.mapped) if is_first else ()
        statement, naming = self._statement(request, behind)
        if self._dialect.reads_on:
            statement = statement.execution_options(stream_results=True, max_row_buffer=AT_ONCE)
        else:
            statement = statement.limit(AT_ONCE)
        is_end = False
        with closing(connection.execute(statement)) as result:
            parts = result.partitions(AT_ONCE)
            while not is_end:
                rows = next(parts, ())
                columns, is_end = list(zip(*rows, strict=True)), len(rows) < AT_ONCE
                keys = keys_of(self.store, self.mapped, columns)
                yield _Some(columns, keys, self._links(connection, keys), naming, is_end, examined, remarks)
                examined, remarks = 0, ()

    def _statement(self, request: ScanRequest, behind: Identity | None) -> tuple[sa.Select[Any], tuple[str, ...]]:
        """Return the statement of the rows behind a key that may be wanted, and why each may have to stay."""
        root: Source = self.mapped.root.alias()
        dialect, key = self._dialect, self.mapped.key(root)
        found: list[Column] = [column.is_not(None) for column in key]
        if behind is not None:
            found.append(after(key, behind, dialect))
        whatever_class = narrowing(self.mapped, request, root, dialect)
        narrowed = None if whatever_class is None else dialect.narrowed(root, sa.and_(*found, whatever_class))
        if narrowed is not None:
            root, key, found = narrowed, self.mapped.key(narrowed), []
        naming = still_referred_to(self.store, self.mapped, request, root)
        statement = self._select(root).add_columns(*naming.values())
        statement = statement.where(*found, wanted_rows(self.mapped, request, root, dialect))
        return statement.order_by(*key), tuple(naming)

    def _wanted(self, page: _Some, request: ScanRequest) -> tuple[Record, ...]:
        found = described(self.store, self.mapped, page.keys, page.columns, page.linked)
        if not page.naming:
            return tuple(one for one in found if is_wanted(one, request))
        standing = zip(*page.columns[-len(page.naming) :], strict=True)
        wanted = ((one, flags) for one, flags in zip(found, standing, strict=True) if is_wanted(one, request))
        return tuple(replace(one, referred_to=tuple(compress(page.naming, flags))) for one, flags in wanted)

    def _select(self, root: sa.FromClause) -> sa.Select[Any]:
        kind, dialect = self.mapped.kind, self._dialect
        whens = [(one.holds(root, dialect), sa.literal(one.name, sa.Text())) for one in self.mapped.classes]
        own = [one.address.value(root, dialect) for one in looked_up(self.mapped) if one.is_own]
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

    def _links(self, connection: Connection, keys: Sequence[Identity]) -> Linked:
        """Return what other rows hold of the records with these keys, asked for some of them at a time."""
        linked: dict[MappedColumn, dict[Identity, list[Value]]] = {}
        for one in looked_up(self.mapped):
            if not one.is_own:
                found = linked.setdefault(one, {})
                for start in range(0, len(keys), CHUNK):
                    found.update(self._linked(connection, one, keys[start : start + CHUNK]))
        return linked

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
                recipients=texts(value for one in to for value in one.get(key, ())),
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
