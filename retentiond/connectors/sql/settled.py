"""Records that were anonymised before: they lead to shared rows still, and need no name of them any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.anonymising import is_telling
from retentiond.connectors.sql.below import reached
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.mapping import Mapped, MappedKind, MappedShared
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.sharing import Ours, Shared, keep_unneeded, rows_of
from retentiond.connectors.sql.values import Column, Identity, as_read, within
from retentiond.domain.definitions import ColumnPlan


def anonymised_before(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    linked: Collection[tuple[MappedShared, Mapping[Identity, Identity]]],
    keys: Collection[Identity],
) -> set[Identity]:
    """Return the keys of other records of the kind that lead to shared rows and bear the mark of being anonymised.

    The mark is a value that the plan puts into a column of the record's own row, or a pseudonym in it. Where it only
    empties columns, a record that was never filled in looks the same, and nothing is concluded from that. A live record
    may hold the value too, so no row that is the record's alone may tell more than its plan allows.

    Args:
        connection: a connection in a transaction.
        store: the store.
        mapped: the kind of record.
        linked: each shared table with the rows that are asked about.
        keys: the records that are no others.
    """
    plan, dialect = mapped.kind.anonymise[mapped.root.name], store.catalogue.dialect
    found: set[Identity] = set()
    marked = any(value is not None for value in plan.replace.values())
    if not marked and not plan.pseudonymise:
        return found
    for shared, rows in ((one, rows) for one, rows in linked if rows):
        root = mapped.root.alias()
        way = shared.path.followed(root, dialect)
        key, address = mapped.key(root), store.catalogue.identity(way.target, shared.path.target)
        conditions = (
            within(address, rows, dialect),
            sa.not_(within(key, keys, dialect)),
            sa.not_(_tells(root, plan, dialect)),
            sa.true() if marked else sa.or_(*(root.c[name].is_not(None) for name in plan.pseudonymise)),
        )
        statement = way.select(*(as_read(column, dialect) for column in key)).where(*conditions).distinct()
        found.update(tuple(one) for one in connection.execute(statement))
    for path in mapped.own if found else ():
        found -= _with_telling_rows(connection, store, mapped, path, found)
    return found


def _with_telling_rows(
    connection: Connection, store: Mapped, mapped: MappedKind, path: Path, keys: Collection[Identity]
) -> set[Identity]:
    """Return the keys of records of which a row at the end of a path is not in its anonymised form."""
    dialect, rows = store.catalogue.dialect, reached(connection, store.catalogue, mapped, path, keys)
    source = path.target.alias()
    address = store.catalogue.identity(source, path.target)
    plan = mapped.kind.anonymise[path.target.name]
    statement = sa.select(*(as_read(column, dialect) for column in address))
    statement = statement.where(within(address, rows, dialect), _tells(source, plan, dialect))
    return {key for row in connection.execute(statement) for key in rows[tuple(row)]} if rows else set()


def keep_unnamed(
    connection: Connection, store: Mapped, mapped: MappedKind, found: Collection[Shared], *, keys: Collection[Identity]
) -> None:
    """Leave among shared rows only those whose names nobody needs but records that are anonymised, now or before.

    Args:
        connection: a connection in a transaction.
        store: the store.
        mapped: the kind of record.
        found: the shared rows; those that keep their names are taken out.
        keys: the records that are anonymised now.
    """
    if not found:
        return
    linked = [(one.mapped, one.rows) for one in found]
    before = anonymised_before(connection, store, mapped, linked, keys)
    nobody = [*keys, *before]
    going = rows_of(connection, store, mapped, nobody)
    for one in found if before else ():
        name = one.mapped.path.target.name
        going.setdefault(name, set()).update(_nameless(connection, store, mapped, one.mapped.path, before))
    keep_unneeded(connection, store, Ours(mapped, nobody), found, going=going)


def _nameless(
    connection: Connection, store: Mapped, mapped: MappedKind, path: Path, keys: Collection[Identity]
) -> set[Identity]:
    """Return the shared rows of records anonymised before that were anonymised with them: they may go on referring."""
    plan, rows = mapped.kind.anonymise[path.target.name], reached(connection, store.catalogue, mapped, path, keys)
    source = path.target.alias()
    address = store.catalogue.identity(source, path.target)
    statement = sa.select(*(as_read(column, store.catalogue.dialect) for column in address)).where(
        within(address, rows, store.catalogue.dialect), sa.not_(_tells(source, plan, store.catalogue.dialect))
    )
    return {tuple(row) for row in connection.execute(statement)} if rows else set()


def _tells(source: Source, plan: ColumnPlan, dialect: Dialect) -> Column:
    return sa.func.coalesce(is_telling(source, plan, dialect), sa.false())
