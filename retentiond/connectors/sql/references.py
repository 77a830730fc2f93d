"""References that the database does not declare: a definition says them, and they count as foreign keys do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from retentiond.connectors.sql.catalogue import Catalogue, ForeignKey
from retentiond.connectors.sql.paths import Wayfinding
from retentiond.domain.definitions import Reference


def with_references(ways: Wayfinding, references: Iterable[Reference]) -> Catalogue:
    """Return the catalogue with a definition's references among its foreign keys; note those that do not fit it."""
    known = {(one.table, one.columns, one.to, one.to_columns) for one in ways.catalogue.foreign_keys}
    found = (one for one in _found(ways, references) if (one.table, one.columns, one.to, one.to_columns) not in known)
    return replace(ways.catalogue, foreign_keys=(*ways.catalogue.foreign_keys, *found))


def _found(ways: Wayfinding, references: Iterable[Reference]) -> Iterator[ForeignKey]:
    for one in references:
        table, to = ways.table(one.table), ways.table(one.to_table)
        if table is None or to is None:
            continue
        fits = [ways.column(table, one.column), ways.column(to, one.to_column)]
        where = ways.where(table, one.where)
        if all(fits) and len(where) == len(one.where):
            yield ForeignKey(
                table=table,
                columns=(one.column,),
                to=to.name,
                to_columns=(one.to_column,),
                where=where,
                is_enforced=False,
                leaves=one.leave,
            )
