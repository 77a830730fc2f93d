"""The outline of each kind of record, from the live catalogue: what people accept, and what stops a disposal anyway."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.exc import CompileError

from retentiond.connectors.sql.catalogue import Catalogue, data_columns, declared, digest
from retentiond.connectors.sql.checking import unsafe_for
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.paths import Path
from retentiond.domain.outlines import Outline, Referrer


def outlined(store: Mapped) -> dict[str, Outline]:
    """Return the outline of every kind that fits the catalogue, by name."""
    return {name: _outline(store, mapped) for name, mapped in store.kinds.items()}


def _outline(store: Mapped, mapped: MappedKind) -> Outline:
    named = {mapped.root.name: mapped.root}
    named |= {step.table.name: step.table for path in _paths(mapped) for step in path.steps}
    return Outline(
        tables={name: _columns(table) for name, table in sorted(named.items())},
        referrers=frozenset(_referrers(store.catalogue, mapped)),
        acting={name: one for name in sorted(mapped.tables) if (one := _trusted(store.catalogue, mapped, name))},
        faults=unsafe_for(store, mapped),
    )


def _trusted(catalogue: Catalogue, mapped: MappedKind, table: str) -> dict[str, str]:
    """Return the triggers and rules of a table that the definition trusts; any other is a fault."""
    known = {trigger for one in mapped.history for trigger in one.written_by}
    return {name: text for name, text in catalogue.triggers.get(table, {}).items() if name in known}


def _paths(mapped: MappedKind) -> Iterator[Path]:
    """Yield every way the definition goes: a table that only dates or classifies a record matters as well."""
    yield from mapped.contents
    yield from (path for _, path in mapped.blockers)
    yield from (one.exists for one in (*mapped.classes, *mapped.statuses) if one.exists is not None)
    named = (*mapped.triggers, *mapped.objects, *mapped.subjects, *mapped.conflicts, *mapped.recipients)
    yield from (one.path for one in named)


def _columns(table: sa.Table) -> dict[str, str]:
    return {name: _type(table.columns[name]) for name in data_columns(table)}


def _type(column: sa.Column[object]) -> str:
    """Return the type in words, and of what the database computes itself a digest of how it does.

    How text is collated is left out, since it differs from server to server.
    """
    kind, computed = declared(column), column.info.get("computed")
    try:
        words = str(kind).partition(" COLLATE ")[0]
    except CompileError:
        words = type(kind).__name__
    return f"{words} computed as {digest(computed)}" if computed is not None else words


def _referrers(catalogue: Catalogue, mapped: MappedKind) -> Iterator[Referrer]:
    for name in mapped.tables:
        for one in catalogue.referring_to(name):
            if one.is_enforced:  # what only the definition says is no surprise to those who wrote it
                yield Referrer(one.table.fullname, one.columns, name, one.on_delete)
