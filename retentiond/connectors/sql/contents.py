"""The rows that make up records: read set-wise for many records at once, one statement a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidRequestError

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.below import reached
from retentiond.connectors.sql.catalogue import Catalogue, data_columns
from retentiond.connectors.sql.mapping import MappedKind
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.states import row_digests, section, state_of
from retentiond.connectors.sql.values import Column, Identity, as_read, within
from retentiond.domain.records import StateToken

ROWS_AT_ONCE = 500
"""Rows of a child table held in memory at one time; their content is digested and dropped."""


@dataclass(frozen=True, slots=True)
class Contents(Collection[Identity]):
    """What records consist of, read together: by their keys as read."""

    states: Mapping[Identity, StateToken]
    """The state token of each record."""
    sections: Mapping[str, Collection[tuple[Identity, Identity]]]
    """Path label (empty: the records' own rows) to pairs of a record's key and a row's address, each pair once."""

    def __contains__(self, key: object) -> bool:
        """Whether the record with a key is among them."""
        return key in self.states

    def __iter__(self) -> Iterator[Identity]:
        """Yield the keys of the records."""
        return iter(self.states)

    def __len__(self) -> int:
        """Return how many records they are."""
        return len(self.states)

    def rows(self, label: str) -> list[tuple[Identity, Identity]]:
        """Return the key of a record and the address of a row of it, for each row at the end of the path of a label."""
        return [pair for pair in self.sections.get(label, ()) if pair[0] in self.states]

    def only(self, keys: Collection[Identity]) -> Contents:
        """Return the same of those records alone whose keys are given."""
        return replace(self, states={key: state for key, state in self.states.items() if key in keys})


def read_contents(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    keys: Collection[Identity],
    *,
    locking: bool = False,
) -> Contents:
    """Return what each record with one of the keys consists of.

    Args:
        connection: a connection in a transaction.
        catalogue: the live catalogue.
        mapped: the kind of record.
        keys: key values (see :func:`retentiond.connectors.sql.values.keys`).
        locking: take the lock of every row, the records' own first, so that what is compared is what goes.
    """
    sections: dict[str, list[tuple[Identity, Identity]]] = {}
    written: dict[str, dict[Identity, bytes]] = {}
    paths = {path.label: path for path in (Path(mapped.root, ()), *mapped.contents, *mapped.passed)}
    for label, path in paths.items() if keys else ():
        rows = dict(_rows(connection, catalogue, mapped, path, keys, locking=locking))
        sections[label], written[label] = list(rows), _written(label, rows)
    labels = [(written[label], section(label, ())) for label in sorted(sections)]
    found = dict.fromkeys(key for key, _ in sections.get("", ()))
    states = {key: state_of(by_key.get(key, nothing) for by_key, nothing in labels) for key in found}
    return Contents(states, sections)


def _written(label: str, rows: Mapping[tuple[Identity, Identity], bytes]) -> dict[Identity, bytes]:
    """Return what a table adds to the state of each record that has rows in it."""
    digests: dict[Identity, list[bytes]] = {}
    for (key, _), digest in rows.items():
        if key in digests:
            digests[key].append(digest)
        else:
            digests[key] = [digest]
    return {key: section(label, ours) for key, ours in digests.items()}


def _rows(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    locking: bool,
) -> Iterator[tuple[tuple[Identity, Identity], bytes]]:
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
            yield (row[:width], row[width:first]), digest


def _rows_below(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    locking: bool,
) -> Iterator[tuple[tuple[Identity, Identity], bytes]]:
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
            yield from (((key, found), digest) for key in owners[found])


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
            statement = statement.execution_options(stream_results=True, max_row_buffer=ROWS_AT_ONCE)
        yield from connection.execute(statement).partitions(ROWS_AT_ONCE)

    def digests(self, rows: Sequence[Any], first: int) -> list[bytes]:
        """Return the digests of rows whose data stand from a column on."""
        if self.travels:
            return row_digests([row[first:] for row in rows])
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
