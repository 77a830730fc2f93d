"""One kind of record, drafted: what it is told apart by, dated by, made of, and what about it to ask somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from retentiond.connectors.sql.catalogue import data_columns, declared
from retentiond.connectors.sql.drafting.counting import Counts
from retentiond.connectors.sql.drafting.dating import blocker_lines, states, trigger_lines
from retentiond.connectors.sql.drafting.names import (
    AUDIT,
    DELETED,
    REFERENCE,
    STATUS,
    WORKER,
    kebab,
    plurals,
    says,
    words,
)
from retentiond.connectors.sql.drafting.plans import plan_lines
from retentiond.connectors.sql.drafting.reaching import Reached, Shared, is_about_people, is_staff
from retentiond.connectors.sql.drafting.relations import Relations
from retentiond.connectors.sql.drafting.ways import is_sayable
from retentiond.domain.drafts import CONFIRM, DraftKind, Line, Said


def kind_drafted(relations: Relations, reached: Reached, counts: Mapping[str, Counts | None]) -> DraftKind:
    """Draft one kind of record.

    Args:
        relations: the links of the database.
        reached: the tables of the kind.
        counts: what was counted, by table; None where the login may not read a table.
    """
    key = relations.catalogue.primary.get(reached.root, ()) or _unique(relations, reached.root)
    return DraftKind(
        name=kebab(reached.root),
        table=reached.root,
        key=key,
        about=tuple(_about(relations, reached, counts)),
        reference=_references(relations, reached.root, key),
        conflict_of_interest=_conflicts(relations, reached.root),
        subjects=tuple(_subjects(relations, reached)),
        triggers=trigger_lines(relations, reached, counts),
        blockers=blocker_lines(relations, reached),
        parts=tuple(_parts(relations, reached)),
        shared=tuple(_shared(relations, one) for one in reached.shared),
        history=tuple(_history(relations, reached)),
        anonymise=plan_lines(relations, reached, key),
    )


def _unique(relations: Relations, table: str) -> tuple[str, ...]:
    found = sorted(relations.catalogue.unique.get(table, ()), key=lambda one: (len(one), sorted(one)))
    return tuple(sorted(found[0])) if found else ()


def _about(relations: Relations, reached: Reached, counts: Mapping[str, Counts | None]) -> Iterator[str]:
    root = reached.root
    mine = counts.get(root)
    rows = f"{mine.rows:,} rows" if mine else "rows not counted: this login may not read it, or counting was left out"
    hanging = len([way for way in reached.parts.values() if way.is_declared])
    yield f"The table {root}: {rows}; {hanging} tables hang on it by foreign keys."
    for name in states(relations, root, [*STATUS]):
        number = mine.different.get(name) if mine else None
        many = f"{number:,} different values" if number is not None else "not counted"
        yield f"A column of states: {name} ({many}); 'classify' may ask for one with 'where'."
    for name in states(relations, root, [*DELETED]):
        yield f"A column that marks rows as deleted: {name}. Such rows are still there, and still records."
    for name in reached.mapped:
        for trigger in relations.catalogue.triggers.get(name, ()):
            yield f"The trigger '{trigger}' on {name} acts with every disposal: check refuses it."
        for column in data_columns(relations.catalogue.tables[name]):
            if isinstance(declared(relations.catalogue.tables[name].columns[column]), sa.JSON):
                yield f"The column {name}.{column} holds JSON: dates and names may stand inside it."
    for link in relations.to.get(root, ()):
        if link.table == root:
            yield f"Its rows refer to one another by {', '.join(link.columns)}."
    if reached.lookups:
        yield f"It refers to rows that stay: {'; '.join(link.way for link in reached.lookups)}."


def _references(relations: Relations, table: str, key: tuple[str, ...]) -> tuple[Line, ...]:
    linking = {column for link in relations.out_of.get(table, ()) for column in link.columns}
    found = [
        name
        for name in data_columns(relations.catalogue.tables[table])
        if says(name, REFERENCE) and name not in {*linking, *key} and is_sayable(name)
    ]
    return tuple(Line(name, "what people call it", is_candidate=at > 0) for at, name in enumerate(found))


def _conflicts(relations: Relations, table: str) -> tuple[Line, ...]:
    to_staff = {c for link in relations.out_of.get(table, ()) if is_staff(link.to) for c in link.columns}
    found = [name for name in data_columns(relations.catalogue.tables[table]) if says(name, WORKER) or name in to_staff]
    remark = "whoever it names may not review: it has to hold ids of people in the settings"
    return tuple(Line(name, remark, is_candidate=at > 0) for at, name in enumerate(filter(is_sayable, found)))


def _subjects(relations: Relations, reached: Reached) -> Iterator[Line]:
    for one in reached.shared:
        key = relations.catalogue.primary.get(one.table, ())
        if is_about_people(relations, one.table) and len(key) == 1 and is_sayable(key[0]):
            said: dict[str, Said] = {"column": f"{one.table}.{key[0]}", **one.way.said(relations.catalogue)}
            yield Line(said, "for holds on a person", is_candidate=not one.way.is_declared)


def _parts(relations: Relations, reached: Reached) -> Iterator[Line]:
    """Yield the parts, children before what they hang on; those that only names suggest last."""
    ways = sorted(reached.parts.items(), key=lambda item: (not item[1].is_declared, -len(item[1].hops), item[0]))
    for table, way in ways:
        names = "; ".join(hop.link.way for hop in way.hops if not hop.link.is_declared)
        remark = f"by name only: {names}" if names else way.hops[-1].link.way
        if is_about_people(relations, table):
            remark += "; its rows look like people: confirm that each belongs to one record only"
        for link in relations.to.get(table, ()):
            if link.table == table and link.is_declared:
                remark += f"; its rows hang below one another: 'recursive: {link.columns[0]}' takes those below along"
        said: dict[str, Said] = {"table": table, **way.said(relations.catalogue)}
        yield Line(said, remark, is_candidate=not way.is_declared)
    (*key, last) = (*relations.catalogue.primary.get(reached.root, ()), "")
    if len(key) == 1 and not last:
        for one in relations.polymorphic:
            if one.table not in reached.parts and is_sayable(one.id_column):
                on: dict[str, Said] = {one.id_column: key[0]}
                where: dict[str, Said] = {one.type_column: CONFIRM}
                remark = f"{one.type_column} says in its own word which rows belong to {reached.root}"
                yield Line({"table": one.table, "on": on, "where": where}, remark, is_candidate=True)


def _shared(relations: Relations, one: Shared) -> Line:
    said: dict[str, Said] = {"table": one.table, **one.way.said(relations.catalogue)}
    parts: list[Said] = []
    for link in one.links:
        by = one.way.then(link, one.table).hops[-1]
        parts.append({"table": link.table, **type(one.way)((by,)).said(relations.catalogue)})
    said |= {"parts": parts} if parts else {}
    leaves = ", ".join(link.table for link in one.leaves)
    remark = "its rows go only when nothing refers to them any more"
    if leaves:
        remark += f"; rows of {leaves} keep them, unless taken up as its parts"
    return Line(said, remark, is_candidate=not one.way.is_declared)


def _history(relations: Relations, reached: Reached) -> Iterator[Line]:
    """Yield tables that are called like the history of a mapped one and hang on it by no foreign key."""
    for name, table in sorted(relations.catalogue.tables.items()):
        if name in reached.mapped or not says(name, AUDIT):
            continue
        rest = [word for word in words(name) if word not in AUDIT]
        for of in reached.mapped:
            if rest and rest in ([*words(of)], [*words(of.removesuffix("s"))]):
                pointing = next((one for one in data_columns(table) if _points(one, of)), CONFIRM)
                (of_key, *_) = (*relations.catalogue.primary.get(of, ()), CONFIRM)
                said: dict[str, Said] = {"table": name, "on": {pointing: of_key}}
                written: list[Said] = [*relations.catalogue.triggers.get(of, (CONFIRM,))]
                yield Line(said | {"written-by": written}, f"the history of {of}", is_candidate=True)


def _points(column: str, table: str) -> bool:
    """Return whether a column of a history looks as if it named the row of a table that the history is of."""
    told = words(column)
    stem = "".join(told[:-1])
    return told[-1:] == ("id",) and (stem in ("parent", "record", "item") or table.lower() in plurals(stem))
