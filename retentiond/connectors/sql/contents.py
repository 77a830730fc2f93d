"""The rows that make up records: read set-wise for many records at once, one statement a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

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
    data, digest_of = _data(connection, catalogue, way.target, path.target)
    statement = way.select(*(as_read(column, catalogue.dialect) for column in (*key, *address)), *data)
    statement = statement.where(within(key, keys, catalogue.dialect))
    if locking:
        statement = catalogue.dialect.locking(statement.order_by(*address), way.target)
    width, first = len(key), len(key) + len(address)
    for row in connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE)):
        values: tuple[Value, ...] = tuple(row)
        yield values[:width], values[width:first], digest_of(values[first:])


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
    data, digest_of = _data(connection, catalogue, source, path.target)
    statement = sa.select(*(as_read(column, catalogue.dialect) for column in address), *data).where(
        within(address, owners, catalogue.dialect)
    )
    for row in connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE)) if owners else ():
        values: tuple[Value, ...] = tuple(row)
        found, digest = values[: len(address)], digest_of(values[len(address) :])
        yield from ((key, found, digest) for key in owners[found])


def _data(
    connection: Connection, catalogue: Catalogue, source: Source, table: sa.Table
) -> tuple[list[Column], Callable[[tuple[Value, ...]], bytes]]:
    """Return what to read of a row beside its address, and what makes a digest of it."""
    columns = [source.c[name] for name in data_columns(table)]
    digest = catalogue.dialect.row_digest(connection, columns)
    if digest is None:
        return [as_read(column, catalogue.dialect) for column in columns], row_digest
    return [digest.label("retentiond_digest")], _of_digest


def _of_digest(values: tuple[Value, ...]) -> bytes:
    if None in values:
        raise InvalidRequestError("the database gave no digest of a row")
    return row_digest(values)


def delete_rows(connection: Connection, catalogue: Catalogue, table: sa.Table, rows: Collection[Identity]) -> int:
    """Delete rows by their addresses in one statement; return how many the database says went."""
    condition = within(catalogue.identity(table, table), rows, catalogue.dialect)
    return connection.execute(sa.delete(table).where(condition)).rowcount
