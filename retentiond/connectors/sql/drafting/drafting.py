"""A first definition of a whole database: read its catalogue, choose its records, count, put it together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.catalogue import Catalogue, data_columns, reflected
from retentiond.connectors.sql.drafting.counting import Counts, counted
from retentiond.connectors.sql.drafting.dating import date_columns, states
from retentiond.connectors.sql.drafting.kinds import kind_drafted
from retentiond.connectors.sql.drafting.names import RECIPIENT, STATUS, says
from retentiond.connectors.sql.drafting.reaching import Reached, likely_records, reached
from retentiond.connectors.sql.drafting.relations import Relations
from retentiond.connectors.sql.drafting.ways import Way, is_sayable
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.receipts import RECEIPT_TABLE
from retentiond.domain.drafts import CONFIRM, Draft, Line, Said
from retentiond.domain.errors import Fault, StoreRefused, StoreUnavailable

_TO_WHOM = RECIPIENT | {"name", "organisation", "agency"}
_MOST = 12
"""How many names a comment lists."""


def drafted(name: str, url: str, *, tables: Sequence[str] = (), counts: bool = True) -> Draft:
    """Draft a definition of a database. It is only read, and nothing but counts and years leaves it.

    Args:
        name: what the store is to be called.
        url: the database, secrets filled in; it is never shown.
        tables: the tables whose rows are the records; empty: the likeliest one.
        counts: whether to count rows, dates and states in the tables concerned, which reads each of them once.

    Raises:
        StoreUnavailable: the database did not answer.
        StoreRefused: it did not accept the credential, holds no table, or holds none that was named.
    """
    opening = Opening(name, url, Role.SCAN)
    try:
        with opening.reading() as connection:
            catalogue = reflected(connection)
        whole = set(catalogue.tables)
        catalogue = _sayable(catalogue)
        relations = Relations(catalogue)
        likely = likely_records(relations)
        roots = tuple(dict.fromkeys(tables)) or tuple(table for table, _ in likely[:1])
        _mind_roots(name, catalogue, roots)
        kinds = [reached(relations, root, set(roots) - {root}) for root in roots]
        found = {} if not counts else dict(_counts(opening, relations, kinds))
    finally:
        opening.close()
    return Draft(
        name=name,
        kinds=tuple(kind_drafted(relations, one, found) for one in kinds),
        about=tuple(_about(relations, kinds, likely, whole - set(catalogue.tables) - {RECEIPT_TABLE.name})),
        recipients=tuple(_recipients(relations, kinds[0])),
        references=tuple(_references(relations)),
    )


def _sayable(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue without our own table, and without tables whose names a definition cannot say."""
    kept = {name: table for name, table in catalogue.tables.items() if is_sayable(name) and name != RECEIPT_TABLE.name}
    return replace(
        catalogue, tables=kept, foreign_keys=tuple(one for one in catalogue.foreign_keys if one.table.fullname in kept)
    )


def _mind_roots(name: str, catalogue: Catalogue, roots: Sequence[str]) -> None:
    if not roots:
        said = "no table in it looks as if its rows were records" if catalogue.tables else "it holds no table"
        remedy = "name one with --table" if catalogue.tables else "check which database and schema the login sees"
        raise StoreRefused(Fault(name, said, remedy))
    missing = [one for one in roots if one not in catalogue.tables]
    if missing:
        remedy = f"name one of {_listed(sorted(catalogue.tables))}"
        raise StoreRefused(*(Fault(f"{name}: table {one}", "the table does not exist", remedy) for one in missing))


def _counts(opening: Opening, relations: Relations, kinds: Sequence[Reached]) -> Iterator[tuple[str, Counts | None]]:
    """Yield what was counted; None for a table that could not be read. Each has a transaction of its own."""
    for name in dict.fromkeys(table for one in kinds for table in one.tables):
        table = relations.catalogue.tables[name]
        asked = states(relations, name, [*STATUS]) if any(name == one.root for one in kinds) else ()
        try:
            with opening.reading() as connection:
                yield name, counted(connection, table, date_columns(table), asked)
        except (StoreRefused, StoreUnavailable):
            yield name, None


def _about(
    relations: Relations, kinds: Sequence[Reached], likely: Sequence[tuple[str, int]], unsayable: set[str]
) -> Iterator[str]:
    known = {name for one in kinds for name in one.tables}
    linked = {link.to for one in kinds for link in one.lookups}
    others = [f"{name} ({hanging} tables hang on it)" for name, hanging in likely if name not in known | linked]
    if others:
        yield f"Other tables that may hold records (--table NAME drafts them): {_listed(others)}."
    if relations.catalogue.views:
        yield f"Views are left out: {_listed(sorted(relations.catalogue.views))}."
    if unsayable:
        quoted = [f"'{name}'" for name in sorted(unsayable)]
        yield f"A definition cannot say the names of these tables, so they are left out: {_listed(quoted)}."
    told = known | linked | {name for name, _ in likely} | {one.table for one in relations.polymorphic}
    rest = sorted(set(relations.catalogue.tables) - told)
    if rest:
        yield f"Nothing is said here of {len(rest)} more tables: {_listed(rest)}."


def _recipients(relations: Relations, one: Reached) -> Iterator[Line]:
    for table in sorted(relations.catalogue.tables):
        if not says(table, RECIPIENT):
            continue
        way = one.parts.get(table)
        for shared in one.shared:
            found = [link for link in (*shared.links, *shared.leaves) if link.table == table]
            way = way or (shared.way.then(found[0], shared.table) if found else None)
        columns = data_columns(relations.catalogue.tables[table])
        fixed = {column for link in relations.out_of.get(table, ()) for column in link.columns}
        fixed |= set(relations.catalogue.primary.get(table, ()))
        named = [name for name in columns if says(name, _TO_WHOM) and name not in fixed]
        for column in named[:1]:
            said: dict[str, Said] = {"table": table, "name": column, **(way or Way()).said(relations.catalogue)}
            yield Line(said, "to whom a record was disclosed", is_candidate=True)


def _references(relations: Relations) -> Iterator[Line]:
    """Yield the references that names suggest and no foreign key declares, over the whole database."""
    for link in relations.links:
        if not link.is_declared and all(map(is_sayable, (*link.columns, *link.to_columns))):
            said: dict[str, Said] = {
                "from": f"{link.table}.{link.columns[0]}",
                "to": f"{link.to}.{link.to_columns[0]}",
            }
            yield Line(said, "by name only", is_candidate=True)
    for one in relations.polymorphic:
        said = {"from": f"{one.table}.{one.id_column}", "to": CONFIRM, "where": {one.type_column: CONFIRM}}
        yield Line(said, "the type says which table", is_candidate=True)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")
