"""The anonymised form of a column: how it is made in SQL, and how it is recognised afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.addresses import Address, Source, address, holds_json, some
from retentiond.connectors.sql.catalogue import Catalogue, data_columns, declared
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.fields import FieldPlan, field_plans, prune_rows, without_fields
from retentiond.connectors.sql.generalising import generalised, is_finer, unfit
from retentiond.connectors.sql.mapping import MappedKind
from retentiond.connectors.sql.paths import Wayfinding
from retentiond.connectors.sql.pseudonymising import Keyed, is_no_pseudonym, pseudonymise_rows, unfit_for_pseudonyms
from retentiond.connectors.sql.shifting import Moves, Shift, unmovable
from retentiond.connectors.sql.values import Column, Identity, constant, within
from retentiond.domain.definitions import ColumnPlan


def anonymise_rows(
    connection: Connection,
    catalogue: Catalogue,
    table: sa.Table,
    plan: ColumnPlan,
    rows: Mapping[Identity, Identity],
    *,
    moves: Moves,
    keyed: Keyed,
) -> int:
    """Bring rows into their anonymised form with one statement; return how many the database says it touched.

    Args:
        connection: the open transaction.
        catalogue: the live catalogue.
        table: their table.
        plan: its plan.
        rows: address of each row to the record whose it is.
        moves: how far the dates of each record move.
        keyed: what makes pseudonyms.

    Raises:
        NoPseudonym, ShiftDiffers, UnnamedFields: roll back.
    """
    made = _Rewriting.of(catalogue, table, plan)
    for planned in made.fields:
        prune_rows(connection, catalogue, table, planned, rows)
    plan = made.plan
    if plan.pseudonymise:
        pseudonymise_rows(connection, catalogue, table, plan, rows, keyed=keyed)
    if not plan.shift:
        condition = within(catalogue.identity(table, table), rows, catalogue.dialect)
        return connection.execute(made.update.where(condition)).rowcount if made.changes else len(rows)
    days = {row: moves.of(key) for row, key in rows.items()}
    shift = Shift(connection, catalogue, table, plan, days)
    joined = shift.joined
    shift.remember()
    moving = made.update.where(shift.condition(joined)).values(shift.changes(joined))
    done = connection.execute(moving).rowcount
    shift.compare()
    return done


@dataclass(frozen=True, slots=True)
class _Rewriting:
    """What a plan makes of the rows of a table, whichever they are: written once, since it takes longer than to run."""

    given: ColumnPlan
    """The plan it was made from, held on to: it is found again by that object."""
    plan: ColumnPlan
    """The part that is about columns as wholes."""
    fields: tuple[FieldPlan, ...]
    changes: dict[str, Column]
    """What becomes of each column whose value is made from itself alone."""
    update: sa.Update

    @staticmethod
    def of(catalogue: Catalogue, table: sa.Table, plan: ColumnPlan) -> _Rewriting:
        """Return what the plan makes of the table, a table of the catalogue's."""
        known: dict[int, _Rewriting] = table.info.setdefault("retentiond_rewriting", {})
        if id(plan) not in known:
            whole = without_fields(table, plan)
            fixed = (name for name in touched(whole) if name not in whole.shift and name not in whole.pseudonymise)
            changes = {name: _made(table.c[name], name, whole, catalogue.dialect) for name in fixed}
            update = sa.update(table).values(changes)
            known[id(plan)] = _Rewriting(plan, whole, field_plans(table, plan, table.name), changes, update)
        return known[id(plan)]


def touched(plan: ColumnPlan) -> tuple[str, ...]:
    """Return the columns a plan changes."""
    return (*plan.blank, *plan.replace, *plan.generalise, *plan.shift, *plan.pseudonymise)


def is_telling(source: Source, plan: ColumnPlan, dialect: Dialect) -> Column:
    """Return the condition that some column of a row tells more than its plan allows.

    Of JSON it asks for what is to be blanked; fields that no plan names are found by looking through the documents.
    """
    if plan.delete_rows:
        return sa.true()
    blanked = [one for one in (address(source, name) for name in plan.blank) if one.path]
    fields = [_is_there(one, source, dialect) for one in blanked if not _holds_kept(one, source, plan)]
    plan = without_fields(source, plan)
    columns: list[Column] = [source.c[name].is_not(None) for name in plan.blank]
    for name, value in plan.replace.items():
        column = source.c[name]
        differs = column.is_not(None) if value is None else column != constant(column, value, dialect)
        columns.append(differs if value is None else sa.or_(column.is_(None), differs))
    columns.extend(is_finer(source.c[name], rule, dialect) for name, rule in plan.generalise.items())
    columns.extend(is_no_pseudonym(source.c[name], dialect) for name in plan.pseudonymise)
    dates = (source.c[name] for name in plan.shift)
    columns.extend(sa.and_(one.is_not(None), dialect.shifted(one, sa.literal(0)).is_(None)) for one in dates)
    return sa.or_(sa.false(), *columns, *fields)


def _is_there(one: Address, source: Source, dialect: Dialect) -> Column:
    reached = one.reached(source, dialect)
    is_there = reached.value.is_not(None)
    return some(reached.lists, is_there) if reached.lists else is_there


def _holds_kept(one: Address, source: Source, plan: ColumnPlan) -> bool:
    """Whether something stays below a branch that is blanked: that the branch is there is then no fault."""
    kept = (address(source, name) for name in plan.keep)
    return any(other.column == one.column and other.path[: len(one.path)] == one.path for other in kept)


def _made(column: Column, name: str, plan: ColumnPlan, dialect: Dialect) -> Column:
    if name in plan.generalise:
        return generalised(column, plan.generalise[name], dialect)
    return constant(column, plan.replace.get(name), dialect)


def unplanned(ways: Wayfinding, mapped: MappedKind, *, receipts: bool) -> None:
    """Note what is wrong about a kind's plan: every column named once, and changeable.

    Args:
        ways: gathers the faults.
        mapped: the kind of record.
        receipts: whether the store keeps our receipts, which alone can show later that dates were moved and that what
            looks like a pseudonym is one.
    """
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
            if plan.shift and not receipts:
                message = "its dates are to be shifted, and without receipts nobody could tell whether they were"
                ways.fault(name, message, "have the owner allow 'receipts', or generalise them")
            if plan.pseudonymise and not receipts:
                message = "its values become pseudonyms, and without receipts nobody could tell whether they did"
                ways.fault(name, message, "have the owner allow 'receipts', or blank them")


def _unplanned_columns(ways: Wayfinding, mapped: MappedKind, table: sa.Table, plan: ColumnPlan) -> None:
    by_field = [one.column for one in field_plans(table, plan, table.name)]
    whole = without_fields(table, plan)
    listed = [*whole.keep, *touched(whole), *by_field]
    for column in data_columns(table):
        if listed.count(column) != 1:
            how = "is not named" if column not in listed else "is named more than once"
            message = f"its column '{column}' {how} in the anonymise plan"
            ways.fault(
                table.name, message, "name it once, under keep, blank, replace, generalise, shift or pseudonymise"
            )
    for name in dict.fromkeys(listed):
        if not ways.column(table, name):
            continue
        for message in _impossible(ways.catalogue, mapped, table, table.columns[name], whole):
            ways.fault(table.name, f"its column '{name}' {message}", "choose another rule for it")
        document = table.columns[name]
        if name in by_field and (isinstance(declared(document), ARRAY) or not holds_json(document)):
            message = f"its column '{name}' holds no JSON, and fields of it are named in the anonymise plan"
            ways.fault(table.name, message, "name the column as a whole")
    _unfit_groups(ways, table, whole)
    for message, remedy in unfit_for_pseudonyms(ways.catalogue, mapped, table, whole):
        ways.fault(table.name, message, remedy)
    read_back = whole.shift or whole.pseudonymise or by_field
    if (whole.quasi_identifiers or read_back) and not _stays_named(ways.catalogue, table, whole):
        lost = "their groups cannot be counted" if whole.quasi_identifiers else "nothing of them can be read back"
        message = f"its rows cannot be found again once they are anonymised, so {lost}"
        ways.fault(table.name, message, "give it a primary key that the plan keeps")


def _unfit_groups(ways: Wayfinding, table: sa.Table, plan: ColumnPlan) -> None:
    """Note what forbids counting the groups of a table, or blanking its quasi-identifiers."""
    for name in plan.quasi_identifiers:
        if not ways.column(table, name):
            continue
        column = table.columns[name]
        if not {name} & {*plan.keep, *plan.generalise, *plan.shift}:
            message = f"its column '{name}' is a quasi-identifier, and nothing of it stays"
            ways.fault(table.name, message, "name it under keep, generalise or shift too, or take it out")
        if isinstance(declared(column), sa.JSON | sa.LargeBinary):
            message = f"its column '{name}' is a quasi-identifier, and such values cannot be compared"
            ways.fault(table.name, message, "take it out")
        if not column.nullable and not plan.leaves_small_groups:
            message = f"its column '{name}' may not be empty, and is a quasi-identifier that may have to be blanked"
            ways.fault(table.name, message, "take it out, or write 'below-k: leave'")


def _stays_named(catalogue: Catalogue, table: sa.Table, plan: ColumnPlan) -> bool:
    names = catalogue.identities.get(table.name, ())
    moves = not catalogue.dialect.keeps_addresses and any(table.columns[name].system for name in names)
    return not moves and not set(names) & set(touched(plan))


def _impossible(
    catalogue: Catalogue, mapped: MappedKind, table: sa.Table, column: sa.Column[Any], plan: ColumnPlan
) -> Iterator[str]:
    name = column.name
    empties = name in plan.blank or (name in plan.replace and plan.replace[name] is None)
    if column.info.get("computed") is not None and name not in plan.keep:
        yield "is computed by the database from others, and cannot be changed itself"
        return
    if empties and not column.nullable:
        yield "may not be empty, and is to be blanked"
    if table is mapped.root and name in mapped.kind.key and name not in plan.keep:
        yield "is the record's key and must be kept"
    if plan.replace.get(name) is not None and catalogue.is_unique(table.name, [name]):
        yield "is unique, and is to be replaced by one value for all"
    if name in plan.generalise:
        yield from unfit(column, plan.generalise[name])
    if name in plan.shift:
        yield from unmovable(column)
