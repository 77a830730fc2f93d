"""A whole database before and after: which rows went or changed, and whether every reference still leads somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from retentiond.domain.definitions import Reference

Row = Mapping[str, Any]
Whole = dict[str, dict[tuple[Any, ...], Row]]
"""Table to row by its primary key, or by all of it where the table has none."""


def whole(owner: sa.Engine) -> Whole:
    """Return everything in the database, our receipts apart."""
    found: Whole = {}
    with owner.connect() as connection:
        seen = sa.inspect(connection)
        for name in sorted(set(seen.get_table_names()) - {"retentiond_receipt"}):
            key = seen.get_pk_constraint(name)["constrained_columns"]
            rows = connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))).mappings().all()
            found[name] = {tuple(row[one] for one in key or sorted(map(str, row))): dict(row) for row in rows}
    return found


def gone(before: Whole, after: Whole) -> dict[str, set[Any]]:
    """Return by table the keys of rows that are no longer there; single keys as they are."""
    lost = {name: {_plain(key) for key in rows if key not in after[name]} for name, rows in before.items()}
    return {name: keys for name, keys in lost.items() if keys}


def touched(before: Whole, after: Whole) -> dict[str, set[Any]]:
    """Return by table the keys of rows that are new, or not as they were."""
    other = {
        name: {_plain(key) for key, row in rows.items() if before[name].get(key) != row} for name, rows in after.items()
    }
    return {name: keys for name, keys in other.items() if keys}


def dangling(now: Whole, references: Iterable[Reference]) -> list[str]:
    """Return every reference that leads to no row, as ``table.column=value``; those known to be left are no fault."""
    return sorted(_dangling(now, references))


def declared(owner: sa.Engine) -> list[Reference]:
    """Return the references that the database itself declares, of single columns."""
    with owner.connect() as connection:
        keys = sa.inspect(connection).get_multi_foreign_keys()
    return [
        Reference(name, one["constrained_columns"][0], one["referred_table"], one["referred_columns"][0])
        for (_, name), found in keys.items()
        for one in found
        if len(one["constrained_columns"]) == 1
    ]


def _dangling(now: Whole, references: Iterable[Reference]) -> Iterator[str]:
    for one in references:
        known = {str(row[one.to_column]) for row in now[one.to_table].values()}
        for row in now[one.table].values():
            value = row[one.column]
            if one.leave or value is None or any(row[name] != wanted for name, wanted in one.where.items()):
                continue
            if str(value) not in known:
                yield f"{one.table}.{one.column}={value}"


def _plain(key: tuple[Any, ...]) -> Any:
    return key[0] if len(key) == 1 else key
