"""Rows that still tell more than the anonymise plan of their kind allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.anonymising import is_telling
from retentiond.connectors.sql.below import Reached, reached
from retentiond.connectors.sql.fields import DOCUMENTS_AT_ONCE, documents, field_plans
from retentiond.connectors.sql.mapping import Mapped, MappedKind, MappedShared
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.settled import keep_unnamed
from retentiond.connectors.sql.sharing import shared_by
from retentiond.connectors.sql.values import Identity, Value, as_read, key_text, within
from retentiond.domain.definitions import ColumnPlan


def telling_rows(
    connection: Connection, store: Mapped, mapped: MappedKind, keys: Collection[Identity]
) -> dict[str, Counter[str]]:
    """Count, by table and text of the record's key, the rows that are not in the anonymised form of their plan.

    A shared row that something beyond these records refers to stays as it is, and is not counted.
    """
    found: dict[str, Counter[str]] = {}
    for path in (Path(mapped.root, ()), *mapped.own):
        seen = found.setdefault(f"table {path.target.name}", Counter())
        seen.update(key_text(key) for key, _, _ in set(_telling(connection, store, mapped, path, keys, shared=None)))
    for path, rows, free in _of_shared(connection, store, mapped, keys):
        seen = found.setdefault(f"table {path.target.name}", Counter())
        seen.update(key_text(key) for key, _, owner in rows if owner in free)
    return found


def still_named(connection: Connection, store: Mapped, mapped: MappedKind, keys: Collection[Identity]) -> Counter[str]:
    """Count, by text of the record's key, the shared rows it leads to that are needed elsewhere and stay as they are.

    They are no part of what was anonymised, and a reader should know that they stand beside it.
    """
    own = {one.path for one in mapped.shared}
    found: Counter[str] = Counter()
    for path, rows, free in _of_shared(connection, store, mapped, keys):
        if path in own:
            found.update(key_text(key) for key, _, owner in rows if owner not in free)
    return found


def _of_shared(
    connection: Connection, store: Mapped, mapped: MappedKind, keys: Collection[Identity]
) -> Iterator[tuple[Path, set[tuple[Identity, Identity, Identity]], set[Identity]]]:
    """Yield each way to shared rows and to parts of theirs, the telling rows there, and which shared rows are free."""
    if not mapped.shared:
        return
    linked = [(one, _one_each(reached(connection, store.catalogue, mapped, one.path, keys))) for one in mapped.shared]
    free = shared_by(connection, store, linked)
    keep_unnamed(connection, store, mapped, free, keys=keys)
    for shared in free:
        for path in (shared.mapped.path, *(shared.mapped.path.then(part) for part in shared.mapped.parts)):
            yield path, set(_telling(connection, store, mapped, path, keys, shared=shared.mapped)), set(shared.rows)


def _one_each(found: Reached) -> dict[Identity, Identity]:
    return {row: min(keys, key=str) for row, keys in found.items()}


def _telling_below(
    connection: Connection, store: Mapped, mapped: MappedKind, path: Path, keys: Collection[Identity]
) -> Iterator[tuple[Identity, Identity, Identity]]:
    catalogue, plan = store.catalogue, mapped.kind.anonymise[path.target.name]
    owners = reached(connection, catalogue, mapped, path, keys)
    source = path.target.alias()
    address = catalogue.identity(source, path.target)
    statement = sa.select(*(as_read(column, catalogue.dialect) for column in address))
    conditions = (within(address, owners, catalogue.dialect), is_telling(source, plan, catalogue.dialect))
    for row in connection.execute(statement.where(*conditions)) if owners else ():
        yield from ((key, tuple(row), ()) for key in owners[tuple(row)])
    for planned in field_plans(path.target, plan, path.target.name) if owners else ():
        for one, text in documents(connection, catalogue, path.target, planned.column, owners):
            if not planned.is_pruned(text):
                yield from ((key, one, ()) for key in owners[one])


def _telling(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    path: Path,
    keys: Collection[Identity],
    *,
    shared: MappedShared | None,
) -> Iterator[tuple[Identity, Identity, Identity]]:
    """Yield the record's key, the row and the shared row it hangs on."""
    catalogue = store.catalogue
    plan = mapped.kind.anonymise.get(path.target.name)
    if plan is None:
        return
    if path.is_recursive:
        yield from _telling_below(connection, store, mapped, path, keys)
        return
    root = mapped.root.alias()
    way = path.followed(root, catalogue.dialect)
    key, row = mapped.key(root), catalogue.identity(way.target, path.target)
    owner = () if shared is None else catalogue.identity(way.passed[len(shared.path.steps) - 1], shared.path.target)
    columns = [as_read(column, catalogue.dialect) for column in (*key, *row, *owner)]
    ours = within(key, keys, catalogue.dialect)
    first, second = len(key), len(key) + len(row)

    def named(one: Sequence[Value]) -> tuple[Identity, Identity, Identity]:
        return tuple(one[:first]), tuple(one[first:second]), tuple(one[second : len(columns)])

    telling = is_telling(way.target, plan, catalogue.dialect)
    for one in connection.execute(way.select(*columns).where(ours, telling)):
        yield named(tuple(one))
    for planned in field_plans(way.target, plan, path.target.name):
        document = way.target.c[planned.column]
        wanted = way.select(*columns, as_read(document, catalogue.dialect)).where(ours, document.is_not(None))
        for one in connection.execute(wanted.execution_options(yield_per=DOCUMENTS_AT_ONCE)):
            if not planned.is_pruned(one[-1]):
                yield named(tuple(one))


def unnamed_fields(
    connection: Connection, store: Mapped, mapped: MappedKind, keys: Collection[Identity]
) -> dict[Identity, tuple[str, ...]]:
    """Return the records whose JSON holds a field that no plan names, and in which columns, by key as read."""
    found: dict[Identity, dict[str, None]] = {}
    for path in (Path(mapped.root, ()), *mapped.contents):
        plan = mapped.kind.anonymise.get(path.target.name, ColumnPlan(delete_rows=True))
        if plan.delete_rows:
            continue
        for planned in field_plans(path.target, plan, path.target.name):
            owners = reached(connection, store.catalogue, mapped, path, keys)
            for row, text in documents(connection, store.catalogue, path.target, planned.column, owners):
                for key in () if planned.is_covered(text) else owners[row]:
                    found.setdefault(key, {})[planned.words] = None
    return {key: tuple(words) for key, words in found.items()}
