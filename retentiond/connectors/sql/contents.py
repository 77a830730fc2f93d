"""The rows that make up records: read set-wise for many records at once, one statement a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.catalogue import Catalogue, data_columns
from retentiond.connectors.sql.mapping import MappedKind
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.states import row_digest, state_of
from retentiond.connectors.sql.values import Identity, Value, as_read, within
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
    paths = {path.label: path for path in (Path(mapped.root, ()), *mapped.contents)}
    for label, path in paths.items():
        for key, address, digest in _rows(connection, catalogue, mapped, path, keys, locking=locking):
            contents = found.setdefault(key, Contents())
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
) -> list[tuple[Identity, Identity, bytes]]:
    root = mapped.root.alias()
    way = path.followed(root, catalogue.dialect)
    key = mapped.key(root)
    address = catalogue.identity(way.target, path.target)
    names = data_columns(path.target)
    columns = [*key, *address, *(way.target.c[name] for name in names)]
    statement = way.select(*(as_read(column, catalogue.dialect) for column in columns))
    statement = statement.where(within(key, keys, catalogue.dialect))
    if locking:
        statement = catalogue.dialect.locking(statement.order_by(*address), way.target)
    first = len(key) + len(address)
    found = []
    for row in connection.execute(statement.execution_options(yield_per=ROWS_AT_ONCE)):
        values: Sequence[Value] = tuple(row)
        found.append((tuple(values[: len(key)]), tuple(values[len(key) : first]), row_digest(values[first:])))
    return found


def linked_rows(
    connection: Connection, catalogue: Catalogue, path: Path, sources: Collection[Identity], *, locking: bool = False
) -> dict[Identity, set[Identity]]:
    """Return the addresses of the rows at the end of a path, by the address of the row it starts from."""
    start: Source = path.start.alias()
    way = path.followed(start, catalogue.dialect)
    before, address = catalogue.identity(start, path.start), catalogue.identity(way.target, path.target)
    statement = way.select(*(as_read(column, catalogue.dialect) for column in (*before, *address)))
    statement = statement.where(within(before, sources, catalogue.dialect))
    if locking:
        statement = catalogue.dialect.locking(statement.order_by(*address), way.target)
    found: dict[Identity, set[Identity]] = {}
    for row in connection.execute(statement):
        values: Sequence[Value] = tuple(row)
        found.setdefault(tuple(values[: len(before)]), set()).add(tuple(values[len(before) :]))
    return found


def delete_rows(connection: Connection, catalogue: Catalogue, table: sa.Table, rows: Collection[Identity]) -> int:
    """Delete rows by their addresses in one statement; return how many the database says went."""
    condition = within(catalogue.identity(table, table), rows, catalogue.dialect)
    return connection.execute(sa.delete(table).where(condition)).rowcount
