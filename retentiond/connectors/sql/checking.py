"""What in the live catalogue would make a disposal do more, or less, than was approved."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.addresses import address
from retentiond.connectors.sql.anonymising import touched, unplanned
from retentiond.connectors.sql.catalogue import Catalogue, ForeignKey
from retentiond.connectors.sql.grouping import ways_to
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.ordering import children_first
from retentiond.connectors.sql.paths import Path, Wayfinding
from retentiond.connectors.sql.receipts import RECEIPT_TABLE, has_receipt_table, receipt_table_ddl
from retentiond.connectors.sql.values import constant
from retentiond.domain.definitions import ColumnPlan
from retentiond.domain.errors import Fault


def unsafe(store: Mapped) -> tuple[Fault, ...]:
    """Return why a disposal could take other rows than the definition says; any of these stops every disposal.

    Undeclared foreign keys would block a delete or be orphaned by it; ON DELETE actions and triggers act on rows that
    nobody approved; rows that several records reach are not the parts of one.
    """
    return tuple(dict.fromkeys(fault for mapped in store.kinds.values() for fault in unsafe_for(store, mapped)))


def unsafe_for(store: Mapped, mapped: MappedKind) -> tuple[Fault, ...]:
    """Return what of this concerns one kind of record: no record of it is due while there is any."""
    ways = Wayfinding(store.catalogue, store.definition.name)
    _foreign_keys(ways, store, mapped)
    _triggers(ways, mapped)
    _ownership(ways, store, mapped)
    _addresses(ways, mapped)
    if mapped.kind.anonymise:
        unplanned(ways, mapped, receipts=store.definition.receipts)
        _torn_by_plan(ways, mapped)
        _cut_by_plan(ways, mapped)
        _uncountable(ways, store, mapped)
    return (*_flaws(store, mapped), *ways.faults)


def _flaws(store: Mapped, mapped: MappedKind) -> Iterator[Fault]:
    for flaw in store.catalogue.flaws:
        if not flaw.table or flaw.table in mapped.tables:
            place = f"{store.definition.name}: table {flaw.table}" if flaw.table else store.definition.name
            yield Fault(place, flaw.message, flaw.remedy)


def untypable(connection: Connection, store: Mapped) -> Iterator[Fault]:
    """Yield a fault for each value of a ``where`` that is none of its column's type."""
    referring = [(one.table, one.where) for one in store.catalogue.foreign_keys if one.where]
    for mapped in store.kinds.values():
        paths = [*mapped.contents, *(path for _, path in mapped.blockers)]
        paths.extend(one.exists for one in (*mapped.classes, *mapped.statuses) if one.exists is not None)
        paths.extend(one.path for one in (*mapped.triggers, *mapped.objects, *mapped.subjects))
        wheres = [*referring, *((mapped.root, one.where) for one in (*mapped.classes, *mapped.statuses))]
        wheres.extend((step.table, step.where) for path in paths for step in path.steps)
        for table, where in dict.fromkeys(wheres):
            for name, value in where:
                if not address(table, name).path and not _is_typable(
                    connection, store.catalogue, table.columns[name], value
                ):
                    place = f"{store.definition.name}: table {table.name}"
                    yield Fault(place, f"a value in 'where' does not fit its column '{name}'", "correct the value")


def unreadable(connection: Connection, store: Mapped) -> Iterator[Fault]:
    """Yield a fault for each column of text that is to hold JSON where this server cannot tell whether it does."""
    for doubt in (one for mapped in store.kinds.values() for one in mapped.doubts):
        table = doubt.path.target
        column = table.columns[address(table, doubt.name).column]
        if not store.catalogue.dialect.tells_json(connection, column):
            message = f"its column '{column.name}' is no jsonb, and this version cannot tell whether it holds JSON"
            remedy = "have its type changed to jsonb, or the database brought to PostgreSQL 16"
            yield Fault(f"{store.definition.name}: table {table.name}", message, remedy)


def unreceivable(connection: Connection, store: Mapped, role: Role) -> Iterator[Fault]:
    """Yield a fault where the credential that disposes can neither write our receipt table nor create it."""
    if role is not Role.DISPOSE or not store.definition.receipts:
        return
    name, dialect = RECEIPT_TABLE.name, store.catalogue.dialect
    if not dialect.may_write_receipts(connection, name, exists=has_receipt_table(connection)):
        ddl = " ".join(receipt_table_ddl(dialect.name).split())
        message = "the credential that disposes may not write receipts there"
        remedy = f"let the owner run: {ddl}; grant SELECT and INSERT on it; or set 'receipts: false'"
        yield Fault(f"{store.definition.name}: table {name}", message, remedy)


def _foreign_keys(ways: Wayfinding, store: Mapped, mapped: MappedKind) -> None:
    for name, table in mapped.gone_with_it.items():
        for foreign in ways.catalogue.referring_to(name):
            if foreign.leaves:
                continue
            who = foreign.table.fullname
            columns = ", ".join(foreign.columns)
            declared = not foreign.table.schema and who in store.tables
            if not declared:
                message = f"{who} ({columns}) refers to it and is no part of the record"
                remedy = f"declare {who} under parts or shared"
                ways.fault(name, message, remedy if foreign.is_enforced else f"{remedy}, or the reference with 'leave'")
            elif foreign.on_delete and who != name and not _goes_before(mapped, foreign, table):
                message = f"{who} ({columns}) has ON DELETE {foreign.on_delete}, which would change undeclared rows"
                ways.fault(name, message, "have the foreign key refuse instead (NO ACTION)")


def _torn_by_plan(ways: Wayfinding, mapped: MappedKind) -> None:
    """Note the columns that an anonymise plan keeps although it deletes the rows they name."""
    plans = mapped.kind.anonymise
    for foreign in ways.catalogue.foreign_keys:
        plan, gone = plans.get(foreign.table.fullname), plans.get(foreign.to)
        if plan is None or gone is None or foreign.leaves or plan.delete_rows or not gone.delete_rows:
            continue
        let_go = {*plan.blank, *(name for name, value in plan.replace.items() if value is None)}
        if not let_go & set(foreign.columns):
            message = f"its column '{', '.join(foreign.columns)}' names rows of {foreign.to}, which the plan deletes"
            ways.fault(foreign.table.name, message, "blank it, or say what becomes of the columns instead of 'delete'")


def _cut_by_plan(ways: Wayfinding, mapped: MappedKind) -> None:
    """Note the columns that an anonymise plan changes although rows are found by them: nobody would find them again.

    Where both sides become pseudonyms under one key, they agree as before.
    """
    plans = mapped.kind.anonymise
    for path in mapped.contents:
        before = path.start
        for step in path.steps:
            ours, theirs = plans.get(before.name, ColumnPlan()), plans.get(step.table.name, ColumnPlan())
            up = [one for one in ways.catalogue.referring_to(step.table.name) if one.table is before]
            for left, right in step.pairs:
                key = ours.pseudonymise.get(left)
                if key is not None and key == theirs.pseudonymise.get(right):
                    continue
                if not (theirs.delete_rows and any(left in one.columns for one in up)):
                    # what names rows that go has to be let go of
                    _changed_by_plan(ways, mapped, before, left, step.table.name)
                if not theirs.delete_rows:
                    _changed_by_plan(ways, mapped, step.table, right, before.name)
            before = step.table


def _changed_by_plan(ways: Wayfinding, mapped: MappedKind, table: sa.Table, name: str, other: str) -> None:
    plan = mapped.kind.anonymise.get(table.name)
    if plan is None or plan.delete_rows or not {name, address(table, name).column} & {*touched(plan)}:
        return
    message = f"its column '{name}' joins it to {other}, and the plan changes it: its rows could not be found again"
    ways.fault(table.name, message, "keep it, or join them by another column")


def _uncountable(ways: Wayfinding, store: Mapped, mapped: MappedKind) -> None:
    """Note the tables of which no statement can tell to how many records the rows of a group belong."""
    for name, plan in mapped.kind.anonymise.items():
        below = name in mapped.tables and any(path.is_recursive for _, path in ways_to(store, mapped.tables[name]))
        if plan.quasi_identifiers and below:
            message = "its rows are reached through rows below one another, so the records of a group cannot be counted"
            ways.fault(name, message, "take its quasi-identifiers out, and generalise or blank them")


def _goes_before(mapped: MappedKind, foreign: ForeignKey, table: sa.Table) -> bool:
    """Whether every row the foreign key's action could reach is deleted, as declared, before its parent is."""
    pairs = set(zip(foreign.to_columns, foreign.columns, strict=True))
    parts = [*mapped.parts, *(one.path.then(part) for one in mapped.shared for part in one.parts)]
    return any(
        path.target is foreign.table
        and not any(step.where for step in path.steps)
        and set(path.steps[-1].pairs) == pairs
        and Path(path.start, path.steps[:-1]).target is table
        for path in parts
    )


def _triggers(ways: Wayfinding, mapped: MappedKind) -> None:
    known = {trigger for one in mapped.history for trigger in one.written_by}
    standing = {trigger for name in mapped.tables for trigger in ways.catalogue.triggers.get(name, ())}
    for one in mapped.history:
        for trigger in one.written_by:
            if trigger not in standing:
                message = f"no table of the record has a trigger '{trigger}', which is to write it"
                ways.fault(one.path.target.name, message, "correct the name in 'written-by'")
    for name in mapped.tables:
        for trigger in ways.catalogue.triggers.get(name, ()):
            if trigger in known:
                continue
            message = f"the trigger or rule '{trigger}' on it would act beyond what was approved"
            remedy = "have it removed, or made not to fire for the user that disposes, or name the table it writes"
            ways.fault(name, message, f"{remedy} under 'history'")


def _ownership(ways: Wayfinding, store: Mapped, mapped: MappedKind) -> None:
    kinds = {one.root.name: one.kind.name for one in store.kinds.values() if one is not mapped}
    for name in mapped.tables:
        if name in kinds:
            message = f"its rows are records of the kind '{kinds[name]}' and may not go with another record"
            ways.fault(name, message, f"take it out of '{mapped.kind.name}'")
    for path in (*mapped.own, *(part for one in mapped.shared for part in one.parts)):
        before = path.start
        for step in path.steps:
            if not ways.catalogue.is_unique(before.name, step.exact_lefts(before, ways.catalogue.dialect)):
                message = f"one of its rows may belong to several rows of {before.name}, so it is no part of one record"
                ways.fault(path.target.name, message, "declare it under shared, or have both columns compare alike")
            if step.recursive and not ways.catalogue.is_unique(step.table.name, [named for named, _ in step.recursive]):
                message = "one of its rows may hang below several others, so it is no part of one record"
                ways.fault(step.table.name, message, "have the column unique that 'recursive' names rows by")
            before = step.table
    below = {
        step.table.name for kind in store.kinds.values() for path in kind.own for step in path.steps if step.recursive
    }
    for one in mapped.shared:
        if one.path.target.name in below:
            message = "its rows go with what they hang below, and cannot be shared between records"
            ways.fault(one.path.target.name, message, "take it out of 'shared', or take 'recursive' out")
    for foreign in children_first(ways.catalogue, mapped.tables.values()).stuck:
        message = f"it and {foreign.to} refer to each other, so neither can go first"
        ways.fault(
            foreign.table.name, message, f"allow {', '.join(foreign.columns)} to be empty, or to be checked late"
        )


def _addresses(ways: Wayfinding, mapped: MappedKind) -> None:
    for name in mapped.tables:
        if not ways.catalogue.identities.get(name):
            ways.fault(name, "nothing names one of its rows", "give it a primary key")


def _is_typable(connection: Connection, catalogue: Catalogue, column: sa.Column[object], value: str | None) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(sa.select(constant(column, value, catalogue.dialect)))
    except SQLAlchemyError:
        return False
    return True
