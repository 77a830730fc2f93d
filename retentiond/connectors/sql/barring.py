"""Which records cannot go without tearing something: shared rows that would go along are no reason against them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from retentiond.connectors.sql.contents import Contents
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.referring import is_accounted_for, owned_rows, tied, ties
from retentiond.connectors.sql.sharing import shared_of
from retentiond.connectors.sql.values import Identity


def barred(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    records: Contents,
    *,
    losing: Collection[str] | None = None,
) -> dict[Identity, str]:
    """Return which of records that are to go together cannot, and why.

    Whether a shared row goes depends on the records that go, and whether these may go on what shared rows that stay
    refer to; so what must stay is taken out, and the rest asked about again, until nothing changes.

    Args:
        connection: a connection in a transaction.
        store: the store.
        mapped: the kind of record.
        records: by key as read, with the addresses of their rows.
        losing: the tables whose rows go (anonymising may delete some); None: all that belong to the records alone.
    """
    going = records
    kept: dict[Identity, str] = {}
    leans = losing is None and _refers_back(store, mapped)
    while going:
        along: dict[str, set[Identity]] = {}
        for shared in shared_of(connection, store, mapped, going, owned_rows(mapped, going)) if leans else ():
            for table, rows in shared.with_parts:
                along.setdefault(table.name, set()).update(rows)
        found = tied(ties(connection, store, mapped, going, losing=losing, along=along), going)
        kept |= found
        going = going.only(going.states.keys() - found.keys())
        if not leans or not found:
            break
    return kept


def _refers_back(store: Mapped, mapped: MappedKind) -> bool:
    """Whether rows of a shared table can refer to those of a record."""
    shared = {one.path.target.name for one in mapped.shared}
    shared |= {part.target.name for one in mapped.shared for part in one.parts}
    owned = {mapped.root.name, *(path.target.name for path in mapped.own)}
    return any(
        one.table.name in shared and one.to in owned and not one.leaves and not is_accounted_for(mapped, one)
        for one in store.catalogue.foreign_keys
    )
