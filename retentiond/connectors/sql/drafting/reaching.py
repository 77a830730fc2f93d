"""Which tables belong to one kind of record: parts that hang on it, and rows that it shares with other records."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from retentiond.connectors.sql.catalogue import data_columns
from retentiond.connectors.sql.drafting.names import (
    AUDIT,
    CASE,
    STAFF,
    WORKER,
    identifies,
    names_a_person,
    says,
    trigger_of,
)
from retentiond.connectors.sql.drafting.relations import Link, Relations
from retentiond.connectors.sql.drafting.ways import Way

DEPTH = 6
"""How many links away from its record a part is still looked for where a link on the way is not declared."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A table whose rows several records may share, and the link tables that go along with them."""

    table: str
    way: Way
    links: tuple[Link, ...] = ()
    """Of tables that link it to people: they are its parts."""
    leaves: tuple[Link, ...] = ()
    """Of tables that refer to it and to which nothing refers: likely parts."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The tables of one kind of record."""

    root: str
    parts: Mapping[str, Way]
    """Table to the way there, the nearest first."""
    shared: tuple[Shared, ...]
    lookups: tuple[Link, ...]
    """Links to tables whose rows stay."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Every table it is about, candidates among them."""
        return tuple(dict.fromkeys((*self.mapped, *self.parts, *(one.table for one in self.shared))))

    @property
    def mapped(self) -> tuple[str, ...]:
        """Every table whose rows a disposal would take, if the draft were accepted as it is; candidates apart."""
        parts = [name for name, way in self.parts.items() if way.is_declared]
        own = [link.table for one in self.shared if one.way.is_declared for link in one.links]
        shared = [one.table for one in self.shared if one.way.is_declared]
        return tuple(dict.fromkeys((self.root, *parts, *shared, *own)))


def likely_records(relations: Relations) -> list[tuple[str, int]]:
    """Return the tables that may be records, the likeliest first, each with how many tables hang on it.

    A record has an end, is called like a case, and others hang on it. Staff, histories and link tables are none.
    """
    found = []
    for name in relations.catalogue.tables:
        if (
            is_staff(name)
            or says(name, AUDIT)
            or not relations.catalogue.primary.get(name)
            or _only_links(relations, name)
        ):
            continue
        hanging = len(relations.hanging_on(name)) or len(relations.to.get(name, ()))
        ends = any(trigger_of(column) == "case-closed" for column in _columns(relations, name))
        if hanging or ends:
            found.append(((-(ends + says(name, CASE)), not ends, -hanging, name), name, hanging))
    return [(name, hanging) for _, name, hanging in sorted(found)]


def reached(relations: Relations, root: str, others: Collection[str]) -> Reached:
    """Follow every link from a record's table.

    Args:
        relations: the links of the database.
        root: the record's table.
        others: tables of other kinds of record, which are no parts of this one.
    """
    parts = _parts(relations, root, others)
    taken = {root, *parts, *others}
    shared: dict[str, Shared] = {}
    lookups: list[Link] = []
    for table, way in [(root, Way()), *parts.items()]:
        for link in relations.out_of.get(table, ()):
            if link.to in taken or link.to in shared:
                continue
            there = way.then(link, table)
            found = [] if _is_worker(link) else list(_shared(relations, there, taken))
            if not found and link.is_declared:
                lookups.append(link)
            for one in found:
                shared.setdefault(one.table, one)
    return Reached(root, parts, tuple(shared.values()), tuple(lookups))


def is_staff(table: str) -> bool:
    """Return whether a table looks as if it held the people who work there; who works on a case is part of the case."""
    return says(table, STAFF) and not says(table, CASE)


def is_about_people(relations: Relations, table: str) -> bool:
    """Return whether a table looks as if each of its rows were a person."""
    columns = _columns(relations, table)
    telling = any(names_a_person(one) for one in columns) or sum(map(identifies, columns)) > 2
    return telling and not is_staff(table) and not says(table, AUDIT)


def _parts(relations: Relations, root: str, others: Collection[str]) -> dict[str, Way]:
    """Walk down the declared links, breadth first; then the undeclared ones, for what those did not reach."""
    found: dict[str, Way] = {}
    for declared_only in (True, False):
        waiting = deque([(root, Way()), *found.items()])
        while waiting:
            table, way = waiting.popleft()
            for link in relations.to.get(table, ()) if declared_only or len(way.hops) < DEPTH else ():
                passable = link.is_declared or not declared_only
                if passable and _may_be_part(relations, link, found, root, others):
                    found[link.table] = way.then(link, table)
                    waiting.append((link.table, found[link.table]))
    return found


def _may_be_part(relations: Relations, link: Link, found: Collection[str], root: str, others: Collection[str]) -> bool:
    if link.table in found or link.table in (root, *others) or is_staff(link.table):
        return False
    if is_about_people(relations, link.table):
        # People whom the record itself names may be others' too.
        named = any(one.table == root for one in relations.to.get(link.table, ()))
        if named or not link.is_declared:
            return False
    return relations.catalogue.is_unique(link.to, link.to_columns)


def _shared(relations: Relations, way: Way, taken: Collection[str]) -> Iterator[Shared]:
    table = way.target
    if is_staff(table):
        return
    if is_about_people(relations, table):
        yield Shared(table, way, leaves=_leaves(relations, table, taken))
        return
    for link in relations.to.get(table, ()):
        people = [
            one
            for one in relations.out_of.get(link.table, ())
            if one.to != table and one.is_declared and is_about_people(relations, one.to)
        ]
        if link.table in taken or not link.is_declared or not people or not _is_leaf(relations, link.table):
            continue
        yield Shared(table, way, links=(link,), leaves=_leaves(relations, table, {*taken, link.table}))
        there = way.then(link, table)
        for one in people:
            if one.to not in taken:
                leaves = _leaves(relations, one.to, {*taken, link.table})
                yield Shared(one.to, there.then(one, link.table), leaves=leaves)
        return


def _leaves(relations: Relations, table: str, taken: Collection[str]) -> tuple[Link, ...]:
    return tuple(
        link
        for link in relations.to.get(table, ())
        if link.table not in taken and link.is_declared and not is_staff(link.table) and _is_leaf(relations, link.table)
    )


def _is_leaf(relations: Relations, table: str) -> bool:
    return not any(one.is_declared for one in relations.to.get(table, ()))


def _is_worker(link: Link) -> bool:
    return any(says(column, WORKER | STAFF) for column in link.columns)


def _only_links(relations: Relations, table: str) -> bool:
    linking = {column for link in relations.out_of.get(table, ()) if link.is_declared for column in link.columns}
    return len(linking) > 1 and set(relations.catalogue.primary[table]) <= linking


def _columns(relations: Relations, table: str) -> tuple[str, ...]:
    return data_columns(relations.catalogue.tables[table])
