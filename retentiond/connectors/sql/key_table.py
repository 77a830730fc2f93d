"""A table that says of each object of a bucket what class it has and when its clock started. It is only ever read."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import NoSuchTableError, SAWarning

from retentiond.connectors.document_kinds import DocumentKind
from retentiond.connectors.interface import Role
from retentiond.connectors.keyed_rows import KeyedRow
from retentiond.connectors.sql.catalogue import reflected_column
from retentiond.connectors.sql.dates import civil_date
from retentiond.connectors.sql.dialects import dialect_named
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.values import as_read, as_text, equals, keys, within
from retentiond.domain.definitions import KeyTable
from retentiond.domain.errors import Fault, StoreRefused


class KeyTableReader:
    """Reads a key table, a page of keys a statement, on a connection that cannot write.

    Args:
        store: the name of the store whose objects it is about.
        where: which table, and which of its columns holds the keys. A view does as well.
        url: the database URL, secrets filled in; it is never shown.
    """

    def __init__(self, store: str, where: KeyTable, url: str) -> None:
        self._place = f"{store}: key table {where.table}"
        self._where = where
        self._schema, _, self._name = where.table.rpartition(".")
        self._opening = Opening(self._place, url, Role.SCAN)
        self._table: sa.Table | None = None

    def rows(self, wanted: Collection[str], kind: DocumentKind) -> Mapping[str, KeyedRow]:
        """Return what stands under each key; one without a row is left out.

        Raises:
            StoreUnavailable: the database did not answer.
            StoreRefused: it answered no, or the table is not as the definition says.
        """
        dates, values = sorted(kind.columns), sorted(kind.values, key=str)
        with self._opening.reading() as connection:
            table = self._reflected(connection, {*dates, *(name for name, _ in values)})
            dialect = dialect_named(connection.dialect.name)
            key = table.c[self._where.key]
            given = keys([key], wanted, dialect)
            if not given:
                return {}
            flags = [sa.case((equals(table.c[name], value, dialect), 1), else_=0) for name, value in values]
            shown = [as_read(table.c[name], dialect) for name in (self._where.key, *dates)]
            found: dict[str, list[Sequence[Any]]] = {}
            for row in connection.execute(sa.select(*shown, *flags).where(within([key], given, dialect))):
                found.setdefault(as_text(row[0]), []).append(tuple(row))
        asked = frozenset(wanted)
        return {key: _told(rows, dates, values) for key, rows in found.items() if key in asked}

    def _reflected(self, connection: Connection, columns: Iterable[str]) -> sa.Table:
        if self._table is None:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SAWarning)  # a type SQLAlchemy does not know is read as text
                    told = sa.inspect(connection).get_columns(self._name, schema=self._schema or None)
            except NoSuchTableError:
                remedy = "correct 'table' under 'key-table', or grant the right to see it"
                raise StoreRefused(Fault(self._place, "the table does not exist", remedy)) from None
            made = (reflected_column(one, dialect_named(connection.dialect.name)) for one in told)
            self._table = sa.Table(self._name, sa.MetaData(), *made, schema=self._schema or None)
        lacking = sorted({self._where.key, *columns} - set(self._table.columns.keys()))
        if lacking:
            remedy = "correct the name in the definition"
            raise StoreRefused(*(Fault(self._place, f"it has no column '{name}'", remedy) for name in lacking))
        return self._table


def _told(
    rows: Collection[Sequence[Any]], dates: Collection[str], values: Collection[tuple[str, str | None]]
) -> KeyedRow:
    holding = {value for row in rows for value, flag in zip(values, row[1 + len(dates) :], strict=True) if flag}
    if len(rows) > 1:
        return KeyedRow(dict.fromkeys(dates), frozenset(), frozenset(holding), len(rows))
    (row,) = rows
    found = {name: civil_date(value) for name, value in zip(dates, row[1 : 1 + len(dates)], strict=True)}
    days: dict[str, date | None] = {name: one.day for name, one in found.items()}
    return KeyedRow(days, frozenset(name for name, one in found.items() if one.problem), frozenset(holding))
