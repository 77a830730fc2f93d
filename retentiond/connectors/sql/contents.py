"""The rows that make up records: read set-wise for many records at once, one statement a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress, repeat
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InvalidRequestError

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.below import reached
from retentiond.connectors.sql.catalogue import Catalogue, data_columns
from retentiond.connectors.sql.mapping import MappedKind
from retentiond.connectors.sql.paths import Followed, Path
from retentiond.connectors.sql.states import row_digests, section, state_of, written_of
from retentiond.connectors.sql.values import Column, Identity, as_read, within
from retentiond.domain.records import StateToken

ROWS_AT_ONCE = 500
"""Rows of a child table held in memory at one time; their content is digested and dropped."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that belong to records: two lists of one length, and no pair of their elements twice."""

    owners: list[Identity]
    """The key of the record that each belongs to."""
    addresses: list[Identity]

    def of(self, keys: Collection[Identity]) -> Rows:
        """Return those of records whose keys are given."""
        ours = [one in keys for one in self.owners]
        return Rows(list(compress(self.owners, ours)), list(compress(self.addresses, ours)))


_NONE = Rows([], [])


@dataclass(frozen=True, slots=True)
class Contents(Collection[Identity]):
    """What records consist of, read together: by their keys as read."""

    states: Mapping[Identity, StateToken]
    """The state token of each record."""
    sections: Mapping[str, Rows]
    """Path label (empty: the records' own rows) to the rows at its end."""
    whole: bool = True
    """Whether all those rows are of these records."""

    def __contains__(self, key: object) -> bool:
        """Whether the record with a key is among them."""
        return key in self.states

    def __iter__(self) -> Iterator[Identity]:
        """Yield the keys of the records."""
        return iter(self.states)

    def __len__(self) -> int:
        """Return how many records they are."""
        return len(self.states)

    def rows(self, label: str) -> Iterator[tuple[Identity, Identity]]:
        """Yield the key of a record and the address of a row of it, for each row at the end of the path of a label."""
        found = self._found(label)
        return zip(found.owners, found.addresses, strict=True)

    def owners(self, label: str) -> dict[Identity, Identity]:
        """Return the rows at the end of the path of a label, and whose they are: of two records, the one read last."""
        found = self._found(label)
        return dict(zip(found.addresses, found.owners, strict=True))

    def only(self, keys: Collection[Identity]) -> Contents:
        """Return the same of those records alone whose keys are given."""
        states = {key: state for key, state in self.states.items() if key in keys}
        return self if len(states) == len(self.states) else replace(self, states=states, whole=False)

    def _found(self, label: str) -> Rows:
        found = self.sections.get(label, _NONE)
        return found if self.whole else found.of(self.states)


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
    sections: dict[str, Rows] = {}
    written: dict[str, dict[Identity, bytes]] = {}
    paths = {path.label: path for path in (Path(mapped.root, ()), *mapped.contents, *mapped.passed)}
    found: list[Identity] = []
    for label, path in paths.items():
        if not (found if path.steps else keys):
            break
        read, wanted = (_rows_below if path.is_recursive else _rows), keys
        if path.of_key(mapped.kind.key) and _are_numbers(mapped.key_columns, found):
            read, wanted = _rows_by_key, found  # the records' own rows are not read again
        owners, addresses, digests = read(connection, catalogue, mapped, path, wanted, locking=locking)
        sections[label], written[label] = Rows(owners, addresses), written_of(label, owners, digests)
        if not path.steps:
            found = list(dict.fromkeys(owners))
    parts = [map(written[label].get, found, repeat(section(label, ()))) for label in sorted(sections)]
    return Contents(dict(zip(found, map(state_of, zip(*parts, strict=True)), strict=True)), sections)


_Read = tuple[list[Identity], list[Identity], list[bytes]]
"""Keys of records, addresses of rows of theirs, and digests of those rows; each pair of the first two once."""


def _rows(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    locking: bool,
) -> _Read:
    root = mapped.root.alias()
    way = path.followed(root, catalogue.dialect)
    return _read(connection, catalogue, path, way, mapped.key(root), keys=keys, locking=locking)


def _rows_by_key(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    locking: bool,
) -> _Read:
    """Read as :func:`_rows` does, of records that are there, beginning at the table after theirs."""
    first = path.steps[0]
    start = first.table.alias()
    way = Path(first.table, path.steps[1:]).followed(start, catalogue.dialect)
    way = replace(way, condition=sa.and_(way.condition, *first.conditions(start, catalogue.dialect)))
    key = tuple(start.c[name] for name in path.of_key(mapped.kind.key))
    return _read(connection, catalogue, path, way, key, keys=keys, locking=locking)


def _read(
    connection: Connection,
    catalogue: Catalogue,
    path: Path,
    way: Followed,
    key: Sequence[Column],
    *,
    keys: Collection[Identity],
    locking: bool,
) -> _Read:
    address = catalogue.identity(way.target, path.target)
    data = _Data.of(connection, catalogue, way.target, path.target)
    statement = way.select(*(as_read(column, catalogue.dialect) for column in (*key, *address)), *data.columns)
    statement = statement.where(within(key, keys, catalogue.dialect))
    if locking:
        statement = catalogue.dialect.locking(statement.order_by(*address), way.target)
    width, first = len(key), len(key) + len(address)
    owners: list[Identity] = []
    addresses: list[Identity] = []
    digests: list[bytes] = []
    for rows in data.rows(connection, statement):
        owners.extend([row[:width] for row in rows])
        addresses.extend([row[width:first] for row in rows])
        digests.extend(data.digests(rows, first))
    # By one step a row is reached once from each record; by more, as often as there are ways between.
    return (owners, addresses, digests) if len(path.steps) < 2 else _once(owners, addresses, digests)


def _rows_below(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    locking: bool,
) -> _Read:
    reaching = reached(connection, catalogue, mapped, path, keys, locking=locking)
    source = path.target.alias()
    address = catalogue.identity(source, path.target)
    data = _Data.of(connection, catalogue, source, path.target)
    statement = sa.select(*(as_read(column, catalogue.dialect) for column in address), *data.columns).where(
        within(address, reaching, catalogue.dialect)
    )
    owners: list[Identity] = []
    addresses: list[Identity] = []
    digests: list[bytes] = []
    for rows in data.rows(connection, statement) if reaching else ():
        for row, digest in zip(rows, data.digests(rows, len(address)), strict=True):
            found = row[: len(address)]
            for key in reaching[found]:
                owners.append(key)
                addresses.append(found)
                digests.append(digest)
    return _once(owners, addresses, digests)


def _are_numbers(columns: Sequence[Column], keys: Iterable[Identity]) -> bool:
    """Whether keys are whole numbers where their columns are declared so: SQLite keeps any value in any column."""
    typed = all(isinstance(column.type, sa.Integer) for column in columns)
    return typed or set(map(type, chain.from_iterable(keys))) == {int}


def _once(owners: list[Identity], addresses: list[Identity], digests: list[bytes]) -> _Read:
    pairs = dict(zip(zip(owners, addresses, strict=True), digests, strict=True))
    return [owner for owner, _ in pairs], [address for _, address in pairs], list(pairs.values())


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
