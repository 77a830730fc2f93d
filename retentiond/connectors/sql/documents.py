"""Documents of a record in other stores: the object keys that its rows hold and no other record's rows do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.document_kinds import PART
from retentiond.connectors.sql.below import reached
from retentiond.connectors.sql.catalogue import Catalogue
from retentiond.connectors.sql.contents import Contents
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.mapping import Mapped, MappedColumn, MappedKind
from retentiond.connectors.sql.referring import owned_rows
from retentiond.connectors.sql.sharing import shared_of
from retentiond.connectors.sql.values import Identity, as_read, as_text, is_sendable, within
from retentiond.domain.records import RecordRef

_Holders = dict[str, dict[Identity, set[Identity]]]
"""Object key to record key to the rows that hold it."""


def documents_of(
    connection: Connection, store: Mapped, mapped: MappedKind, records: Contents
) -> tuple[dict[Identity, tuple[RecordRef, ...]], dict[Identity, tuple[RecordRef, ...]]]:
    """Return the documents that go with each record, and those it shares with others, by its key as read.

    A key that any row beyond the record's own refers to is shared: a sibling's document stays. Rows are counted in
    every column of the definition that holds keys of the same store, whichever kind of record they belong to. What a
    shared row holds stays with it.

    Args:
        connection: a connection in a transaction.
        store: the store.
        mapped: the kind of record.
        records: by key as read, with the addresses of their rows.
    """
    keys = list(records)
    own: dict[Identity, set[RecordRef]] = {}
    shared: dict[Identity, set[RecordRef]] = {}
    for other in sorted({one.name for one in mapped.objects}):
        columns = [one for one in mapped.objects if one.name == other]
        held: dict[tuple[str, str], _Holders] = {}
        for one in columns:
            place = held.setdefault((one.path.target.name, one.column), {})
            for key, value, row in holders(connection, store.catalogue, mapped, one, records=keys):
                place.setdefault(value, {}).setdefault(key, set()).add(row)
        values = {value for place in held.values() for value in place}
        stays = _held_elsewhere(connection, store, mapped, other, held=held, values=values) if values else set()
        for (table, _), place in held.items():
            stays |= set(_in_rows_that_stay(connection, store, mapped, records, table=table, place=place))
        for place in held.values():
            for value, by_record in place.items():
                for key in by_record:
                    found = shared if (value, key) in stays else own
                    found.setdefault(key, set()).add(RecordRef(other, PART, value))
    return _in_order(own), _in_order(shared)


def _in_rows_that_stay(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    records: Contents,
    *,
    table: str,
    place: _Holders,
) -> Iterator[tuple[str, Identity]]:
    """Yield the pairs of object key and record key where a shared row holds the key and stays when the record goes."""
    if table not in mapped.shared_tables:
        return
    for key in sorted({key for by_record in place.values() for key in by_record}, key=str):
        alone = records.only([key])
        found = shared_of(connection, store, mapped, alone, owned_rows(mapped, alone))
        goes = {row for one in found for other, rows in one.with_parts if other.name == table for row in rows}
        yield from ((value, key) for value, by_record in place.items() if by_record.get(key, set()) - goes)


def _in_order(found: dict[Identity, set[RecordRef]]) -> dict[Identity, tuple[RecordRef, ...]]:
    return {key: tuple(sorted(refs)) for key, refs in found.items()}


def holders(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    column: MappedColumn,
    *,
    records: Collection[Identity] | None = None,
    values: Collection[Identity] | None = None,
) -> list[tuple[Identity, str, Identity]]:
    """Return key of record, object key and row for each row on a column's way that holds one.

    Args:
        connection: a connection in a transaction.
        catalogue: the live catalogue.
        mapped: the kind of record.
        column: holds object keys.
        records: only rows of these records; None: of any.
        values: only these object keys; None: all.
    """
    if column.path.is_recursive and records is not None:
        return _holders_below(connection, catalogue, mapped, column, records)
    root = mapped.root.alias()
    way, holds = column.reached(root, catalogue.dialect)
    key = mapped.key(root)
    row = catalogue.identity(way.target, column.path.target)
    statement = way.select(*(as_read(one, catalogue.dialect) for one in (*key, holds, *row))).where(holds.is_not(None))
    if records is not None:
        statement = statement.where(within(key, records, catalogue.dialect))
    if values is not None:
        statement = statement.where(within([holds], values, catalogue.dialect))
    width = len(key)
    found = [
        (tuple(one[:width]), as_text(one[width]), tuple(one[width + 1 :])) for one in connection.execute(statement)
    ]
    return [one for one in found if one[1]]


def _holders_below(
    connection: Connection,
    catalogue: Catalogue,
    mapped: MappedKind,
    column: MappedColumn,
    records: Collection[Identity],
) -> list[tuple[Identity, str, Identity]]:
    owners = reached(connection, catalogue, mapped, column.path, records)
    if not owners:
        return []
    source = column.path.target.alias()
    row = catalogue.identity(source, column.path.target)
    holds = column.address.reached(source, catalogue.dialect)
    statement = sa.select(*(as_read(one, catalogue.dialect) for one in (holds.value, *row)))
    statement = statement.select_from(source, *holds.lists).where(within(row, owners, catalogue.dialect))
    found = connection.execute(statement)
    held = [(as_text(one[0]), tuple(one[1:])) for one in found]
    return [(key, value, address) for value, address in held if value for key in owners[address]]


def _held_elsewhere(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    other: str,
    *,
    held: dict[tuple[str, str], _Holders],
    values: set[str],
) -> set[tuple[str, Identity]]:
    """Return the pairs of object key and record key where something beyond that record holds the object key."""
    catalogue, asked = store.catalogue, looked_for(values, store.catalogue.dialect)
    records = {value: {key for place in held.values() for key in place.get(value, {})} for value in values}
    # A text that cannot be looked for may stand anywhere.
    told = (value for value, keys in records.items() if len(keys) > 1 or not is_sendable(value))
    stays = {(value, key) for value in told for key in records[value]}
    for kind in store.kinds.values():
        for column in (one for one in kind.objects if one.name == other):
            for key, value, _ in holders(connection, catalogue, kind, column, values=asked):
                stays.update((value, one) for one in records.get(value, ()) if kind is not mapped or one != key)
            place = (column.path.target.name, column.column)
            if may_hold_any(connection, catalogue, column):
                stays.update((value, key) for value, keys in records.items() for key in keys)
            for value, rows in rows_holding(connection, catalogue, column, asked).items():
                for key in records.get(value, ()):
                    if len(rows) > len(held.get(place, {}).get(value, {}).get(key, ())):
                        stays.add((value, key))
    return stays


def looked_for(texts: Collection[str], dialect: Dialect) -> list[Identity]:
    """Return the values of one column under which object keys may stand, those that can be sent, in order."""
    return [(value,) for text in sorted(texts) if is_sendable(text) for value in dialect.values_of(text)]


def rows_holding(
    connection: Connection, catalogue: Catalogue, column: MappedColumn, values: Collection[Identity]
) -> dict[str, set[Identity]]:
    """Return the rows of a column's table that hold object keys, whether or not any record reaches them, by key."""
    table = column.path.target
    holds = column.address.reached(table, catalogue.dialect)
    shown = (as_read(one, catalogue.dialect) for one in (holds.value, *catalogue.identity(table, table)))
    statement = sa.select(*shown).select_from(table, *holds.lists).distinct()
    found: dict[str, set[Identity]] = {}
    for row in connection.execute(statement.where(within([holds.value], values, catalogue.dialect))):
        found.setdefault(as_text(row[0]), set()).add(tuple(row[1:]))
    return found


def may_hold_any(connection: Connection, catalogue: Catalogue, column: MappedColumn) -> bool:
    """Whether some row's JSON is such that the object keys in it cannot be told."""
    table = column.path.target
    unclear = column.address.unclear(table, catalogue.dialect)
    if unclear is None:
        return False
    found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(table).where(unclear).limit(1)
    return connection.execute(found).first() is not None
