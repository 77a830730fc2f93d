"""Groups of anonymised rows that agree in their quasi-identifiers: counted, and those that are too small blanked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.anonymising import is_telling
from retentiond.connectors.sql.catalogue import Catalogue
from retentiond.connectors.sql.values import Column, Identity, as_read, within
from retentiond.domain.anonymity import Groups
from retentiond.domain.definitions import ColumnPlan


def measured(connection: Connection, catalogue: Catalogue, table: sa.Table, plan: ColumnPlan) -> Groups:
    """Count the groups of a table, whichever record its rows belong to; ``k`` is left at 0."""
    row = table.alias()
    quasi = [catalogue.dialect.to_the_letter(row.c[name]) for name in plan.quasi_identifiers]
    count = sa.func.count()
    tells = sa.case((_any_set(quasi), 1), else_=0)
    sizes = _in_form(sa.select(count.label("size"), tells.label("tells")), row, catalogue, plan)
    found = sizes.group_by(*quasi).subquery()
    told = sa.case((found.c.tells == 1, found.c.size))
    blank = sa.case((found.c.tells == 0, found.c.size), else_=0)
    counts = sa.select(sa.func.count(told), sa.func.min(told), sa.func.sum(blank))
    groups, smallest, blanks = connection.execute(counts).one()
    return Groups(table.name, 0, int(groups), int(smallest or 0), int(blanks or 0))


def too_small(
    connection: Connection,
    catalogue: Catalogue,
    table: sa.Table,
    plan: ColumnPlan,
    wanted: Mapping[Identity, int],
) -> dict[Identity, int]:
    """Return the rows whose group is smaller than wanted, and how many rows their group has.

    Args:
        connection: the transaction that anonymised the rows.
        catalogue: the live catalogue.
        table: their table.
        plan: its plan.
        wanted: address of each row to the least size of its group.
    """
    row, other = table.alias(), table.alias()
    names, letters = plan.quasi_identifiers, catalogue.dialect.to_the_letter
    quasi = [letters(other.c[name]) for name in names]
    shown = (one.label(name) for one, name in zip(quasi, names, strict=True))
    counted = _in_form(sa.select(*shown, sa.func.count().label("size")), other, catalogue, plan)
    counted = counted.where(_any_set(quasi)).group_by(*quasi)
    small = counted.having(sa.func.count() < max(wanted.values(), default=0)).subquery()
    address = catalogue.identity(row, table)
    agree = (_agree(letters(row.c[name]), small.c[name]) for name in names)
    rows = (
        sa.select(*(as_read(column, catalogue.dialect) for column in address), small.c.size)
        .select_from(row, small)
        .where(within(address, wanted, catalogue.dialect), *agree)
    )
    found = {tuple(one[:-1]): int(one[-1]) for one in connection.execute(rows)}
    return {one: size for one, size in found.items() if size < wanted[one]}


def suppress(
    connection: Connection,
    catalogue: Catalogue,
    table: sa.Table,
    plan: ColumnPlan,
    wanted: Mapping[Identity, int],
) -> set[Identity]:
    """Blank quasi-identifiers, the last one written first, of rows whose groups are too small; return those rows.

    Only the rows given are touched, until their groups reach their size or nothing is left of them. Rows that were
    anonymised before count, and stay as they are.
    """
    changed: set[Identity] = set()
    for name in reversed(plan.quasi_identifiers):
        small = too_small(connection, catalogue, table, plan, wanted)
        if not small:
            break
        rows = within(catalogue.identity(table, table), small, catalogue.dialect)
        connection.execute(sa.update(table).where(rows).values({name: sa.null()}))
        changed.update(small)
    return changed


def _in_form(counted: sa.Select[Any], row: Source, catalogue: Catalogue, plan: ColumnPlan) -> sa.Select[Any]:
    tells = sa.case((is_telling(row, plan, catalogue.dialect), 1), else_=0)
    return counted.select_from(row).where(tells == 0)


def _any_set(quasi: Collection[Column]) -> Column:
    return sa.or_(*(one.is_not(None) for one in quasi))


def _agree(one: Column, other: Column) -> Column:
    return sa.or_(one == other, sa.and_(one.is_(None), other.is_(None)))
