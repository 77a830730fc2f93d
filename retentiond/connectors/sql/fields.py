"""Plans for the fields of JSON: what stays of a document, and whether it holds anything that no plan names.

A document is taken apart in Python, alike for every database, since only so each of its fields can be found without
knowing their names. A field that nobody planned is never guessed: its record is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.types import JSON

from retentiond.connectors.sql.addresses import EACH, Source, address
from retentiond.connectors.sql.catalogue import Catalogue
from retentiond.connectors.sql.values import Identity, Value, as_read, within
from retentiond.domain.definitions import ColumnPlan

Path: TypeAlias = tuple[str, ...]
DOCUMENTS_AT_ONCE = 50
"""Documents held in memory at one time: each may have a megabyte."""


class UnnamedFields(Exception):
    """Documents hold fields that no plan names; everything is taken back."""

    def __init__(self, found: Mapping[Identity, str]) -> None:
        super().__init__()
        self.found = found
        """Key of each record to why it cannot be anonymised, in words without values or names of fields."""


class _Unreadable(ValueError):
    """Text that is no JSON, or a number that would not come out as it went in."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What becomes of the fields of one column of JSON."""

    table: str
    column: str
    keep: frozenset[Path]
    """Ways to single values; :data:`EACH` goes on with every element of a list."""
    blank: frozenset[Path]
    """Ways to values, or to whole branches; what is kept within such a branch stays."""

    @property
    def words(self) -> str:
        """Why a record cannot be anonymised whose documents hold more than is planned."""
        return f"its column {self.column} of {self.table} holds a field the plan does not name"

    def is_covered(self, text: Value) -> bool:
        """Whether every value of a document is named; a document that cannot be read is not."""
        try:
            return all(self._is_named(path) for path, _ in _leaves(_read(text)))
        except _Unreadable:
            return False

    def is_pruned(self, text: Value) -> bool:
        """Whether a document holds nothing but what is kept."""
        try:
            return all(path in self.keep for path, _ in _leaves(_read(text)))
        except _Unreadable:
            return False

    def pruned(self, text: Value) -> str:
        """Return a document with what is kept and nothing else.

        Raises:
            ValueError: it cannot be read.
        """
        return json.dumps(_pruned(_read(text), (), self.keep), ensure_ascii=False, allow_nan=False)

    def _is_named(self, path: Path) -> bool:
        return path in self.keep or any(path[:length] in self.blank for length in range(1, len(path) + 1))


def field_plans(table: sa.Table | Source, plan: ColumnPlan, name: str) -> tuple[FieldPlan, ...]:
    """Return the plans for the columns of a table, called ``name``, whose fields are named one by one."""
    ways: dict[str, tuple[set[Path], set[Path]]] = {}
    for index, texts in enumerate((plan.keep, plan.blank)):
        for text in texts:
            found = address(table, text)
            if found.path:
                ways.setdefault(found.column, (set(), set()))[index].add(found.path)
    return tuple(FieldPlan(name, column, frozenset(keep), frozenset(blank)) for column, (keep, blank) in ways.items())


def without_fields(table: sa.Table | Source, plan: ColumnPlan) -> ColumnPlan:
    """Return the part of a plan that is about columns as wholes."""
    keep, blank = (tuple(one for one in texts if not address(table, one).path) for texts in (plan.keep, plan.blank))
    return replace(plan, keep=keep, blank=blank)


def prune_rows(
    connection: Connection,
    catalogue: Catalogue,
    table: sa.Table,
    planned: FieldPlan,
    rows: Mapping[Identity, Identity],
) -> None:
    """Leave of the documents of rows what is kept, with one statement.

    Raises:
        UnnamedFields: roll back.
    """
    dialect, column = catalogue.dialect, table.c[planned.column]
    made: list[Identity] = []
    unnamed: dict[Identity, str] = {}
    for row, text in documents(connection, catalogue, table, planned.column, rows):
        if planned.is_covered(text):
            made.append((*row, planned.pruned(text)))
        else:
            unnamed[rows[row]] = planned.words
    if unnamed:
        raise UnnamedFields(unnamed)
    if not made:
        return
    named = catalogue.identity(table, table)
    joined = dialect.table_of((*named, sa.column("document", sa.Text)), made)
    *keys, document = joined.c
    value = sa.cast(document, column.type) if isinstance(column.type, JSON) else document
    same = (left == right for left, right in zip(named, keys, strict=True))
    connection.execute(sa.update(table).where(*same).values({planned.column: value}))


def documents(
    connection: Connection, catalogue: Catalogue, table: sa.Table, column: str, rows: Collection[Identity]
) -> Iterator[tuple[Identity, Value]]:
    """Yield the address of each row that holds a document, and the document."""
    named = catalogue.identity(table, table)
    wanted = sa.select(*(as_read(one, catalogue.dialect) for one in (*named, table.c[column])))
    wanted = wanted.where(within(named, rows, catalogue.dialect), table.c[column].is_not(None))
    for found in connection.execute(wanted.execution_options(yield_per=DOCUMENTS_AT_ONCE)):
        yield tuple(found[:-1]), found[-1]


def _read(text: Value) -> Any:  # noqa: ANN401 - whatever JSON may hold
    try:
        if isinstance(text, str):
            return json.loads(text, parse_float=_exact, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise _Unreadable from error
    raise _Unreadable


def _exact(text: str) -> float:
    number = float(text)
    if Decimal(repr(number)) != Decimal(text):
        raise _Unreadable
    return number


def _refused(_text: str) -> float:
    raise _Unreadable


def _leaves(document: Any, way: Path = ()) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - whatever JSON may hold
    """Yield each value of a document with the way to it; null is none."""
    if isinstance(document, dict):
        for name, inner in document.items():
            yield from _leaves(inner, (*way, name))
    elif isinstance(document, list):
        for inner in document:
            yield from _leaves(inner, (*way, EACH))
    elif document is not None:
        yield way, document


def _pruned(document: Any, way: Path, keep: frozenset[Path]) -> Any:  # noqa: ANN401 - whatever JSON may hold
    """Return what is kept of a document; a list keeps its length, so that what stays in it stays in its place."""
    if isinstance(document, dict):
        inner = {name: _pruned(one, (*way, name), keep) for name, one in document.items()}
        return {name: one for name, one in inner.items() if one is not None and one not in ({}, [])}
    if isinstance(document, list):
        return [_pruned(one, (*way, EACH), keep) for one in document] if _is_kept_below((*way, EACH), keep) else []
    return document if way in keep else None


def _is_kept_below(way: Path, keep: frozenset[Path]) -> bool:
    return any(one[: len(way)] == way for one in keep)
