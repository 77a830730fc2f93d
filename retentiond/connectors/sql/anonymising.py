"""The anonymised form of a column: how it is made in SQL, and how it is recognised afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.catalogue import Catalogue, data_columns, declared
from retentiond.connectors.sql.mapping import MappedKind
from retentiond.connectors.sql.paths import Source, Wayfinding
from retentiond.connectors.sql.values import Column, Identity, constant, within
from retentiond.domain.definitions import ColumnPlan

YEAR, MONTH, OUTWARD = "year", "month", "outward-code"
_OUTWARD_LONGEST = 4
"""An outward code has two to four characters, the inward code behind it three (Royal Mail PAF)."""


def anonymise_rows(
    connection: Connection, catalogue: Catalogue, table: sa.Table, plan: ColumnPlan, rows: Collection[Identity]
) -> int:
    """Bring rows into their anonymised form with one statement; return how many the database says it touched."""
    changes = {name: _made(table.c[name], name, plan, catalogue.dialect) for name in touched(plan)}
    if not changes:
        return len(rows)
    condition = within(catalogue.identity(table, table), rows, catalogue.dialect)
    return connection.execute(sa.update(table).where(condition).values(changes)).rowcount


def touched(plan: ColumnPlan) -> tuple[str, ...]:
    """Return the columns a plan changes."""
    return (*plan.blank, *plan.replace, *plan.generalise)


def is_telling(source: Source, plan: ColumnPlan, dialect: str) -> Column:
    """Return the condition that some column of a row tells more than its plan allows."""
    if plan.delete_rows:
        return sa.true()
    columns: list[Column] = [source.c[name].is_not(None) for name in plan.blank]
    for name, value in plan.replace.items():
        column = source.c[name]
        differs = column.is_not(None) if value is None else column != constant(column, value, dialect)
        columns.append(differs if value is None else sa.or_(column.is_(None), differs))
    columns.extend(_is_finer(source.c[name], rule, dialect) for name, rule in plan.generalise.items())
    return sa.or_(sa.false(), *columns)


def _made(column: Column, name: str, plan: ColumnPlan, dialect: str) -> Column:
    if name in plan.generalise:
        return _general(column, plan.generalise[name], dialect)
    return constant(column, plan.replace.get(name), dialect)


def _general(column: Column, rule: str, dialect: str) -> Column:
    if rule == OUTWARD:
        code = sa.func.replace(sa.func.upper(column), " ", "")
        length = sa.func.length(code)
        # Too long for a postcode: there is no telling what it names.
        return sa.case(
            (length <= _OUTWARD_LONGEST, code),
            (length <= _OUTWARD_LONGEST + 3, sa.func.substr(code, 1, length - 3)),
            else_=sa.null(),
        )
    kept = 4 if rule == YEAR else 7
    rest = _rest(column, rule)
    if dialect != "sqlite" and not isinstance(column.type, sa.String):
        return sa.cast(sa.func.date_trunc(rule, column), column.type)
    text = sa.func.substr(column, 1, kept)
    made = text.concat(rest) if rest else text
    return sa.case((column.like("____-__-__%"), made), (column.like("_" * kept + rest), column), else_=sa.null())


def _rest(column: Column, rule: str) -> str:
    """Return what stands behind the kept part: text is cut short, a date needs a day, a moment a time."""
    first = "-01-01" if rule == YEAR else "-01"
    match declared(column):
        case sa.DateTime():
            return f"{first} 00:00:00"
        case sa.Date():
            return first
        case _:
            return ""


def _is_finer(column: Column, rule: str, dialect: str) -> Column:
    if rule == OUTWARD:
        return sa.or_(sa.func.length(column) > _OUTWARD_LONGEST, column.like("% %"))
    if dialect != "sqlite" and not isinstance(column.type, sa.String):
        return column != sa.cast(sa.func.date_trunc(rule, column), column.type)
    pattern = ("____" if rule == YEAR else "____-__") + _rest(column, rule)
    return column.not_like(pattern)


def unplanned(ways: Wayfinding, mapped: MappedKind) -> None:
    """Note what is wrong about a kind's plan: every column named once, and changeable."""
    plans = mapped.kind.anonymise
    for name in plans:
        if name not in mapped.tables:
            ways.fault(name, "it has an anonymise plan but is no part of the record", "take the plan out")
    for name, table in mapped.tables.items():
        plan = plans.get(name)
        if plan is None:
            ways.fault(
                name,
                "it holds rows of the record and has no anonymise plan",
                "name it under parts and plan its columns",
            )
        elif plan.delete_rows:
            if table is mapped.root:
                ways.fault(name, "anonymising cannot delete the record's own row", "say what becomes of its columns")
        else:
            _unplanned_columns(ways, mapped, table, plan)


def _unplanned_columns(ways: Wayfinding, mapped: MappedKind, table: sa.Table, plan: ColumnPlan) -> None:
    listed = [*plan.keep, *touched(plan)]
    for column in data_columns(table):
        if listed.count(column) != 1:
            how = "is not named" if column not in listed else "is named more than once"
            message = f"its column '{column}' {how} in the anonymise plan"
            ways.fault(table.name, message, "name it once, under keep, blank, replace or generalise")
    for name in dict.fromkeys(listed):
        if not ways.column(table, name):
            continue
        for message in _impossible(ways.catalogue, mapped, table, table.columns[name], plan):
            ways.fault(table.name, f"its column '{name}' {message}", "choose another rule for it")


def _impossible(
    catalogue: Catalogue, mapped: MappedKind, table: sa.Table, column: sa.Column[Any], plan: ColumnPlan
) -> Iterator[str]:
    name = column.name
    empties = name in plan.blank or (name in plan.replace and plan.replace[name] is None)
    if empties and not column.nullable:
        yield "may not be empty, and is to be blanked"
    if table is mapped.root and name in mapped.kind.key and name not in plan.keep:
        yield "is the record's key and must be kept"
    if plan.replace.get(name) is not None and catalogue.is_unique(table.name, [name]):
        yield "is unique, and is to be replaced by one value for all"
    rule, kind = plan.generalise.get(name), declared(column)
    if rule in (YEAR, MONTH) and not isinstance(kind, sa.Date | sa.DateTime | sa.String):
        yield f"holds no dates, and is to be generalised to its {rule}"
    if rule == OUTWARD and not isinstance(kind, sa.String):
        yield "holds no text, and is to be cut to an outward code"
    if rule is not None and rule not in (YEAR, MONTH, OUTWARD):
        yield f"is to be generalised by '{rule}', which is no rule"
