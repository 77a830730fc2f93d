"""The rows that make up records: read set-wise for many records at once, one statement a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
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
from retentiond.connectors.sql.values import Column, Identity, Value, as_read, within
from retentiond.domain.records import StateToken

ROWS_AT_ONCE = 500
"""Rows of a child table held in memory at one time; their content is digested and dropped."""
DIGESTS_AT_ONCE = 5_000
"""The same where the database digests the content, and only addresses and digests travel."""


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
            contents = found.get(key)
            if contents is None:
                contents = found[key] = Contents()
            if not path.steps:
                contents.root = address
            contents.sections.setdefault(label, {})[address] = digest
    for contents in found.values():
        for label in paths:
            contents.sections.setdefault(label, {})
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
    for values in data.rows(connection, statement):
        yield values[:width], values[width:first], data.digest_of(values[first:])


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
    for values in data.rows(connection, statement) if owners else ():
        found, digest = values[: len(address)], data.digest_of(values[len(address) :])
        yield from ((key, found, digest) for key in owners[found])


@dataclass(frozen=True, slots=True)
class _Data:
    """What is read of a row beside its address, and what becomes of it."""

    columns: list[Column]
    digest_of: Callable[[tuple[Value, ...]], bytes]
    at_once: int
    """Rows held in memory at one time."""

    @staticmethod
    def of(connection: Connection, catalogue: Catalogue, source: Source, table: sa.Table) -> _Data:
        columns = [source.c[name] for name in data_columns(table)]
        digest = catalogue.dialect.row_digest(connection, columns)
        if digest is None:
            return _Data([as_read(column, catalogue.dialect) for column in columns], row_digest, ROWS_AT_ONCE)
        return _Data([digest.label("retentiond_digest")], _as_given, DIGESTS_AT_ONCE)

    def rows(self, connection: Connection, statement: sa.Select[Any]) -> Iterator[tuple[Value, ...]]:
        # a list of rows at a time: to ask for each one alone costs more than to read it
        for rows in connection.execute(statement.execution_options(yield_per=self.at_once)).partitions():
            yield from map(tuple, rows)


def _as_given(values: tuple[Value, ...]) -> bytes:
    match values:
        case (str() as digest,):
            return digest.encode("ascii")
        case (bytes() as digest,):  # in a database without an encoding every text is bytes
            return digest
        case _:
            raise InvalidRequestError("the database gave no digest of a row")


def delete_rows(connection: Connection, catalogue: Catalogue, table: sa.Table, rows: Collection[Identity]) -> int:
    """Delete rows by their addresses in one statement; return how many the database says went."""
    condition = within(catalogue.identity(table, table), rows, catalogue.dialect)
    return connection.execute(sa.delete(table).where(condition)).rowcount
