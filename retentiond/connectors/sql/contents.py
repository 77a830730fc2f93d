"""The rows that make up records: read set-wise for many records at once, one statement a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidRequestError

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.below import reached
from retentiond.connectors.sql.catalogue import Catalogue, data_columns
from retentiond.connectors.sql.mapping import MappedKind
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.states import row_digest, state_of
from retentiond.connectors.sql.values import Column, Identity, as_read, within
from retentiond.domain.records import StateToken

ROWS_AT_ONCE = 500
"""Rows of a child table held in memory at one time; their content is digested and dropped."""


@dataclass(slots=True)
class Contents:
    """What one record consists of: the address and the digest of each of its rows."""

    root: Identity = ()
    sections: dict[str, dict[Identity, bytes]] = field(default_factory=dict)
    """Path label (empty: the record's own row) to row address to row digest."""

    def rows(self, label: str) -> Collection[Identity]:
        """Return the addresses of the record's rows at the end of the path with a label."""
        return self.sections.get(label, {}).keys()

    @property
    def state(self) -> StateToken:
        """The state token of the record."""
        return state_of({label: rows.values() for label, rows in self.sections.items()})


def read_contents(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    keys: Collection[Identity],
    *,
    locking: bool = False,
) -> dict[Identity, Contents]:
    """Return what each record with one of the keys consists of, by key as read.

    Args:
        connection: a connection in a transaction.
        catalogue: the live catalogue.
        mapped: the kind of record.
        keys: key values (see :func:`retentiond.connectors.sql.values.keys`).
        locking: take the lock of every row, the records' own first, so that what is compared is what goes.
    """
    found: dict[Identity, Contents] = {}
    if not keys:
        return found
    paths = {path.label: path for path in (Path(mapped.root, ()), *mapped.contents, *mapped.passed)}
    for label, path in paths.items():
        for key, address, digest in _rows(connection, catalogue, mapped, path, keys, locking=locking):
            if key not in found:
                found[key] = Contents(sections={label: {} for label in paths})
            found[key].sections[label][address] = digest
    for contents in found.values():
        *_, contents.root = contents.sections[""] or ((),)
    return {key: contents for key, contents in found.items() if contents.root}


def _rows(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    locking: bool,
) -> Iterator[tuple[Identity, Identity, bytes]]:
    if path.is_recursive:
        yield from _rows_below(connection, catalogue, mapped, path, keys, locking=locking)
        return
    root = mapped.root.alias()
    way = path.followed(root, catalogue.dialect)
    key = mapped.key(root)
    address = catalogue.identity(way.target, path.target)
    data = _Data.of(connection, catalogue, way.target, path.target)
    statement = way.select(*(as_read(column, catalogue.dialect) for column in (*key, *address)), *data.columns)
    statement = statement.where(within(key, keys, catalogue.dialect))
    if locking:
        statement = catalogue.dialect.locking(statement.order_by(*address), way.target)
    width, first = len(key), len(key) + len(address)
    for rows in data.rows(connection, statement):
        for row, digest in zip(rows, data.digests(rows, first), strict=True):
            yield row[:width], row[width:first], digest


def _rows_below(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    locking: bool,
) -> Iterator[tuple[Identity, Identity, bytes]]:
    owners = reached(connection, catalogue, mapped, path, keys, locking=locking)
    source = path.target.alias()
    address = catalogue.identity(source, path.target)
    data = _Data.of(connection, catalogue, source, path.target)
    statement = sa.select(*(as_read(column, catalogue.dialect) for column in address), *data.columns).where(
        within(address, owners, catalogue.dialect)
    )
    for rows in data.rows(connection, statement) if owners else ():
        for row, digest in zip(rows, data.digests(rows, len(address)), strict=True):
            found = row[: len(address)]
            yield from ((key, found, digest) for key in owners[found])


@dataclass(frozen=True, slots=True)
class _Data:
    """What is read of a row beside its address, and what becomes of it."""

    columns: list[Column]
    travels: bool
    """Whether the values themselves are read: never those of all rows at one time."""

    @staticmethod
    def of(connection: Connection, catalogue: Catalogue, source: Source, table: sa.Table) -> _Data:
        columns = [source.c[name] for name in data_columns(table)]
        digest = catalogue.dialect.row_digest(connection, columns)
        if digest is None:
            return _Data([as_read(column, catalogue.dialect) for column in columns], travels=True)
        return _Data([digest.label("retentiond_digest")], travels=False)

    def rows(self, connection: Connection, statement: sa.Select[Any]) -> Iterator[Sequence[Any]]:
        """Yield lists of rows: to ask for each one alone costs more than to read it."""
        if self.travels:
            statement = statement.execution_options(yield_per=ROWS_AT_ONCE)
        yield from connection.execute(statement).partitions()

    def digests(self, rows: Sequence[Any], first: int) -> list[bytes]:
        """Return the digests of rows whose data stand from a column on."""
        if self.travels:
            return [row_digest(row[first:]) for row in rows]
        return [_as_given(row[first]) for row in rows]


def _as_given(digest: object) -> bytes:
    if isinstance(digest, str):
        return digest.encode("ascii")
    if isinstance(digest, bytes):  # in a database without an encoding every text is bytes
        return digest
    raise InvalidRequestError("the database gave no digest of a row")


def delete_rows(connection: Connection, catalogue: Catalogue, table: sa.Table, rows: Collection[Identity]) -> int:
    """Delete rows by their addresses in one statement; return how many the database says went."""
    condition = within(catalogue.identity(table, table), rows, catalogue.dialect)
    return connection.execute(sa.delete(table).where(condition)).rowcount
