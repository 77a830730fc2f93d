"""What anonymising could do to each column of a kind of record: a first plan, in which nothing is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlalchemy as sa

from retentiond.connectors.sql.catalogue import data_columns, declared
from retentiond.connectors.sql.drafting.names import (
    FREE_TEXT,
    NUMBERED,
    POSTCODE,
    WORKER,
    identifies,
    says,
    trigger_of,
)
from retentiond.connectors.sql.drafting.reaching import Reached
from retentiond.connectors.sql.drafting.relations import Relations
from retentiond.connectors.sql.drafting.ways import is_sayable
from retentiond.domain.drafts import Line, Said

REMOVED = "removed"


def plan_lines(relations: Relations, reached: Reached, key: tuple[str, ...]) -> tuple[Line, ...]:
    """Return the plan of every table that holds rows of the record; of a table that only may hold some, as a candidate.

    A part that holds free text is deleted, and with it what hangs on it: no rule for columns anonymises a narrative.
    """
    shared = {one.table for one in reached.shared}
    deleted: set[str] = set()
    for name in reached.tables:
        below = any(link.to in deleted for link in relations.out_of.get(name, ()))
        if name != reached.root and name not in shared and (below or _has_free_text(relations, name)):
            deleted.add(name)
    unsayable = {name for name in reached.mapped if not all(map(is_sayable, _columns(relations, name)))}
    lines: list[Line] = []
    for name in reached.tables:
        candidate = bool(unsayable) or name not in reached.mapped
        said: Said = "delete"
        remark = "it holds free text, or hangs on rows that do"
        if name not in deleted:
            said, doubtful = _plan(relations, name, key if name == reached.root else (), deleted)
            remark = (
                f"these name somebody, or rows that go, and may not be empty: {', '.join(doubtful)}" if doubtful else ""
            )
        if name in unsayable:
            remark = "a definition cannot say the name of one of its columns, so that no plan can cover it"
        lines.append(Line({name: said}, remark, is_candidate=candidate))
    return tuple(lines)


def _plan(
    relations: Relations, table: str, key: tuple[str, ...], deleted: Collection[str]
) -> tuple[dict[str, Said], list[str]]:
    kept: list[Said] = []
    blank: list[Said] = []
    replace: dict[str, Said] = {}
    generalise: dict[str, Said] = {}
    doubtful: list[str] = []
    torn = {name for link in relations.out_of.get(table, ()) if link.to in deleted for name in link.columns}
    fixed = {*key, *_bound(relations, table)} - torn
    for name in _columns(relations, table):
        column = relations.catalogue.tables[table].columns[name]
        rule = _general(column)
        if name in fixed or not (name in torn or _is_telling(column)):
            kept.append(name)
        elif rule:
            generalise[name] = rule
        elif column.nullable:
            blank.append(name)
        elif _takes(column) and not relations.catalogue.is_unique(table, [name]):
            replace[name] = REMOVED
        else:
            kept.append(name)
            doubtful.append(name)
    every = {"keep": kept, "generalise": generalise, "blank": blank, "replace": replace}
    return {word: said for word, said in every.items() if said}, doubtful  # type: ignore[misc]  # each is a Said


def _bound(relations: Relations, table: str) -> Iterator[str]:
    """Yield the columns by which rows are found and hang together: they stay."""
    yield from relations.catalogue.primary.get(table, ())
    for link in (*relations.out_of.get(table, ()), *relations.to.get(table, ())):
        yield from link.columns if link.table == table else link.to_columns


def _is_telling(column: sa.Column[object]) -> bool:
    name = column.name
    return (
        identifies(name)
        or says(name, FREE_TEXT | WORKER)
        or isinstance(declared(column), sa.JSON | sa.LargeBinary)
        or _is_long(column)
        or (says(name, NUMBERED) and isinstance(declared(column), sa.String))
    )


def _is_long(column: sa.Column[object]) -> bool:
    """Whether text of any length may stand there: on SQLite that is how any text may be declared, and says nothing."""
    return isinstance(declared(column), sa.Text) and not isinstance(column.type, sa.types.NullType)


def _has_free_text(relations: Relations, table: str) -> bool:
    columns = relations.catalogue.tables[table].columns
    found = [columns[name] for name in _columns(relations, table)]
    return any(_is_long(one) or (says(one.name, FREE_TEXT) and isinstance(declared(one), sa.String)) for one in found)


def _general(column: sa.Column[object]) -> str:
    kind = declared(column)
    if says(column.name, POSTCODE) and isinstance(kind, sa.String):
        return "outward-code"
    if trigger_of(column.name) in ("birth", "death") and isinstance(kind, sa.Date | sa.DateTime):
        return "year"
    return ""


def _takes(column: sa.Column[object]) -> bool:
    kind = declared(column)
    return isinstance(kind, sa.String) and not isinstance(kind, sa.Enum) and (kind.length or 99) >= len(REMOVED)


def _columns(relations: Relations, table: str) -> tuple[str, ...]:
    return data_columns(relations.catalogue.tables[table])
