"""Which columns may hold the dates that periods count from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from retentiond.connectors.sql.catalogue import data_columns, declared
from retentiond.connectors.sql.dates import is_date_like
from retentiond.connectors.sql.drafting.counting import Counts
from retentiond.connectors.sql.drafting.names import DATE_WORDS, TRIGGERS, kebab, says, trigger_of
from retentiond.connectors.sql.drafting.reaching import Reached, is_about_people
from retentiond.connectors.sql.drafting.relations import Relations
from retentiond.connectors.sql.drafting.ways import Way, is_sayable
from retentiond.domain.drafts import Line, Said

_OPENED = "case-opened"
"""A period that counts from the opening is rare, so that this trigger is only ever proposed."""


def date_columns(table: sa.Table) -> tuple[str, ...]:
    """Return the columns of a table that may hold dates and are called like a usual trigger, sorted."""
    return tuple(name for name in data_columns(table) if trigger_of(name) and _may_be_date(table.columns[name]))


def trigger_lines(relations: Relations, reached: Reached, counts: Mapping[str, Counts | None]) -> tuple[Line, ...]:
    """Return candidates for triggers: of the record's own row, then of the people it is about, then of its parts."""
    tables = [(reached.root, Way())]
    tables += [(one.table, one.way) for one in reached.shared if is_about_people(relations, one.table)]
    tables += list(reached.parts.items())
    taken: set[str] = set()
    lines: list[Line] = []
    for table, way in tables:
        for trigger, column in _ranked(relations, table, counts.get(table)):
            own = table == reached.root
            if table in reached.parts and trigger == _OPENED:
                continue
            sure = way.is_declared and trigger not in taken and trigger != _OPENED and table not in reached.parts
            said: Said = column if own else {"latest": f"{table}.{column}", **way.said(relations.catalogue)}
            remark = filling(counts.get(table), column) + ("" if own else "; the latest of all its rows counts")
            lines.append(Line({trigger: said}, remark, is_candidate=not sure))
            if trigger == "birth" and not own and "youngest-birth" not in taken:
                taken.add("youngest-birth")
                same = "the same day, for a schedule that counts from the youngest of several"
                lines.append(Line({"youngest-birth": said}, same, is_candidate=True))
            if sure:
                taken.add(trigger)
    return tuple(lines)


def blocker_lines(relations: Relations, reached: Reached) -> tuple[Line, ...]:
    """Return candidates for reasons why not now: rows beside the record that have no end yet."""
    lines = []
    ways = dict(reached.parts)
    for one in reached.shared:
        ways |= {link.table: one.way.then(link, one.table) for link in one.leaves}
    for table, way in ways.items():
        ends = [name for name in date_columns(relations.catalogue.tables[table]) if trigger_of(name) == "case-closed"]
        for column in ends[:1]:
            where: dict[str, Said] = {column: None}
            exists: dict[str, Said] = {"exists": table, "where": where, **way.said(relations.catalogue)}
            lines.append(Line({f"open-{kebab(table)}": exists}, "", is_candidate=True))
    return tuple(lines)


def filling(counts: Counts | None, column: str) -> str:
    """Return in words how a column of dates is filled."""
    found = counts.dates.get(column) if counts else None
    if counts is None or found is None:
        return "not counted"
    said = f"{found.rows:,} of {counts.rows:,} rows have one"
    if not found.rows:
        return said
    years = (
        "the earliest or latest of which is no ISO date"
        if found.earliest is None
        else f"from {found.earliest} to {found.latest}"
    )
    return f"{said}, {years}"


def _ranked(relations: Relations, table: str, counts: Counts | None) -> Iterator[tuple[str, str]]:
    """Yield trigger and column, triggers in their order, of each the column that is filled best first."""
    found = [name for name in date_columns(relations.catalogue.tables[table]) if is_sayable(name)]
    for trigger in TRIGGERS:
        columns = [name for name in found if trigger_of(name) == trigger]
        yield from ((trigger, name) for name in sorted(columns, key=lambda name: (-_filled(counts, name), name)))


def _filled(counts: Counts | None, column: str) -> int:
    found = counts.dates.get(column) if counts else None
    return found.rows if found else 0


def _may_be_date(column: sa.Column[object]) -> bool:
    kind = declared(column)
    return isinstance(kind, sa.Date | sa.DateTime) or (is_date_like(column) and says(column.name, DATE_WORDS))


def states(relations: Relations, table: str, among: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a table whose name holds one of some words, sorted."""
    return tuple(name for name in data_columns(relations.catalogue.tables[table]) if says(name, among))
