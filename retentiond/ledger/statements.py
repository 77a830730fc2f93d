"""What the parts of a transaction share: a connection, sets of references cut into statements, counted changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, Update, and_, func, select, tuple_

from retentiond.domain.errors import Fault, LedgerRefused
from retentiond.domain.records import RecordRef
from retentiond.ledger.keys import one_of_keys

MOST = 1000
"""Most references in one statement and most rows in one batch."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OnConnection:
    """A part of a transaction: it reads and writes on the transaction's own connection and nowhere else."""

    connection: Connection


def batches(rows: Iterable[T], size: int = MOST) -> Iterator[list[T]]:
    """Yield the rows in lists of at most ``size``, reading no further ahead than one list."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def grouped(refs: Iterable[RecordRef]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the distinct references as store, kind and at most :data:`MOST` sorted keys."""
    for (store, kind), found in sorted(_by_kind(refs).items()):
        for batch in batches(sorted(found)):
            yield store, kind, batch


def known(connection: Connection, table: Table, refs: Iterable[RecordRef]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield as :func:`grouped` those references of whose store and kind a table has any row at all.

    Most kinds of record have no row in most tables: nothing is asked of them for thousands of keys.
    """
    columns = table.c
    for (store, kind), found in sorted(_by_kind(refs).items()):
        some = select(columns.store).where(columns.store == store, columns.kind == kind).limit(1)
        if connection.execute(some).first() is not None:
            for batch in batches(sorted(found)):
                yield store, kind, batch


def _by_kind(refs: Iterable[RecordRef]) -> dict[tuple[str, str], set[str]]:
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for ref in refs:
        keys[ref.store, ref.kind].add(ref.key)
    return keys


def among(table: Table, store: str, kind: str, keys: Sequence[str], *, prefix: str = "") -> ColumnElement[bool]:
    """Return the condition that a row's reference is one of a group's. ``prefix`` is ``parent_`` for the parent's."""
    columns = table.c
    return and_(
        columns[f"{prefix}store"] == store, columns[f"{prefix}kind"] == kind, one_of_keys(columns[f"{prefix}key"], keys)
    )


def beyond(table: Table, after: RecordRef) -> ColumnElement[bool]:
    """Return the condition that a row's reference comes after another in the order of references."""
    return tuple_(table.c.store, table.c.kind, table.c.key) > tuple_(after.store, after.kind, after.key)


def ref_of(row: Any) -> RecordRef:  # noqa: ANN401 - a row of any table that has a reference
    """Return a row's reference."""
    return RecordRef(row.store, row.kind, row.key)


def change(connection: Connection, statement: Update, rows: list[dict[str, Any]] | None, expected: int) -> bool:
    """Carry out a compare-and-set and return whether it changed exactly as many rows as expected."""
    return connection.execute(statement, rows).rowcount == expected if rows or rows is None else expected == 0


def next_in_year(connection: Connection, table: Table, prefix: str, year: int) -> str:
    """Return the number after the last one given in a year: ``DL-2026-0001``, ``DL-2026-0002`` and so on."""
    start = f"{prefix}-{year:04d}-"
    numbers = table.c.number
    newest = (
        select(numbers)
        .where(func.substr(numbers, 1, len(start)) == start)
        .order_by(func.length(numbers).desc(), numbers.desc())
        .limit(1)
    )
    last = connection.execute(newest).scalar_one_or_none()
    return f"{start}{1 if last is None else int(last.removeprefix(start)) + 1:04d}"


def refused(place: str, message: str, remedy: str = "") -> LedgerRefused:
    """Return the ledger's refusal of a change that does not fit what it holds."""
    return LedgerRefused(Fault(place, message, remedy))
