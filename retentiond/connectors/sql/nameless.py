"""Rows of a record's table that no key names: they can be no record, and must not be passed over in silence."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.domain.errors import Fault


def nameless(connection: Connection, store: Mapped, mapped: MappedKind) -> tuple[Fault, ...]:
    """Return, for each column of the key that may be empty and somewhere is, how many rows it leaves without a name."""
    found = []
    for name in mapped.kind.key:
        if not mapped.root.c[name].nullable:
            continue
        counted = sa.select(sa.func.count()).select_from(mapped.root).where(mapped.root.c[name].is_(None))
        number = connection.execute(counted).scalar_one()
        if number:
            rows = "one of its rows has" if number == 1 else f"{number:,} of its rows have"
            message = f"{rows} nothing in '{name}', a column of the key, and can be no record"
            place = f"{store.definition.name}: table {mapped.root.name}"
            found.append(Fault(place, message, "give each a value, or name columns in 'key' that are never empty"))
    return tuple(found)
