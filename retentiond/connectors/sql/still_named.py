"""Who names a document by now: the rows that hold its key and are not of the record it goes with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from sqlalchemy.engine import Connection

from retentiond.connectors.sql.documents import holders, looked_for, may_hold_any, rows_holding
from retentiond.connectors.sql.mapping import Mapped, MappedColumn, MappedKind
from retentiond.connectors.sql.values import Identity, is_sendable, key_text, keys
from retentiond.domain.records import RecordRef

_Asked: TypeAlias = Mapping[str, RecordRef | None]
"""Object key to the anonymised record that is no reason for its object to stay; None: there is none."""


def still_named(
    connection: Connection, store: Mapped, documents: Mapping[RecordRef, RecordRef | None]
) -> set[RecordRef]:
    """Return the documents that something names beyond the record each goes with.

    Rows count in every column of the definition that holds keys of the same store, whether or not a record reaches
    them; and a row of the record's own counts where another record reaches it as well, or where it is shared.

    Args:
        connection: a connection in a transaction.
        store: the store.
        documents: each with the anonymised record it goes with; None: that record is gone.
    """
    named: set[RecordRef] = set()
    for other in sorted({ref.store for ref in documents}):
        asked = {ref.key: with_it for ref, with_it in documents.items() if ref.store == other}
        found = {key for key in asked if not is_sendable(key)}  # nobody can tell
        for kind in store.kinds.values():
            for column in kind.objects:
                if column.name == other:
                    found |= _named(connection, store, kind, column, asked)
        named |= {ref for ref in documents if ref.store == other and ref.key in found}
    return named


def _named(connection: Connection, store: Mapped, kind: MappedKind, column: MappedColumn, asked: _Asked) -> set[str]:
    catalogue, values = store.catalogue, looked_for(asked, store.catalogue.dialect)
    if may_hold_any(connection, catalogue, column):
        return {*asked}
    rows = rows_holding(connection, catalogue, column, values)
    if not rows:
        return set()
    theirs = {one.key for one in asked.values() if one is not None and one.kind == kind.kind.name}
    if column.path.target.name in kind.shared_tables:
        theirs = set()  # a shared row that still holds a key belongs to whoever else refers to it
    ours: dict[str, set[Identity]] = {}
    if theirs:
        records = keys(kind.key_columns, theirs, catalogue.dialect)
        for key, value, row in holders(connection, catalogue, kind, column, records=records):
            if _is_with(asked.get(value), kind, key):
                ours.setdefault(value, set()).add(row)
    found = {value for value, held in rows.items() if held - ours.get(value, set())}
    for key, value, _ in holders(connection, catalogue, kind, column, values=values):
        if not _is_with(asked.get(value), kind, key):
            found.add(value)
    return found


def _is_with(record: RecordRef | None, kind: MappedKind, key: Identity) -> bool:
    return record is not None and (record.kind, record.key) == (kind.kind.name, key_text(key))
