"""What hangs on what: declared foreign keys, and references that only the names of columns show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from retentiond.connectors.sql.catalogue import Catalogue, data_columns, declared
from retentiond.connectors.sql.drafting.names import EXTENSION, plurals, words


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """Rows of one table refer to rows of another."""

    table: str
    columns: tuple[str, ...]
    to: str
    to_columns: tuple[str, ...]
    is_declared: bool = True

    @property
    def way(self) -> str:
        """Say it in short."""
        return f"{self.table}.{', '.join(self.columns)} to {self.to}.{', '.join(self.to_columns)}"


@dataclass(frozen=True, slots=True, order=True)
class Polymorphic:
    """A pair of columns of which one names a kind of row and the other the row."""

    table: str
    type_column: str
    id_column: str


@dataclass(frozen=True)
class Relations:
    """All links of a catalogue, found once."""

    catalogue: Catalogue

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link between tables of the catalogue, declared ones first, in a stable order."""
        found = {
            Link(one.table.name, one.columns, one.to, one.to_columns)
            for one in self.catalogue.foreign_keys
            if not one.table.schema and one.to in self.catalogue.tables and one.to_columns
        }
        return (*sorted(found), *sorted(self._undeclared({(one.table, one.columns) for one in found})))

    @cached_property
    def to(self) -> Mapping[str, tuple[Link, ...]]:
        """Table to the links that lead to it."""
        return _by(self.links, lambda one: one.to)

    @cached_property
    def out_of(self) -> Mapping[str, tuple[Link, ...]]:
        """Table to the links that lead out of it."""
        return _by(self.links, lambda one: one.table)

    @cached_property
    def polymorphic(self) -> tuple[Polymorphic, ...]:
        """Pairs such as ``notable_type`` and ``notable_id``."""
        found = []
        for name, table in sorted(self.catalogue.tables.items()):
            columns = {words(column): column for column in data_columns(table)}
            for told, column in columns.items():
                pair = columns.get((*told[:-1], "id"))
                if len(told) > 1 and told[-1] == "type" and pair is not None:
                    found.append(Polymorphic(name, column, pair))
        return tuple(found)

    def hanging_on(self, table: str) -> frozenset[str]:
        """Return every table that hangs on another by declared links, to any depth."""
        seen: set[str] = {table}
        waiting = [table]
        while waiting:
            for link in self.to.get(waiting.pop(), ()):
                if link.is_declared and link.table not in seen:
                    seen.add(link.table)
                    waiting.append(link.table)
        return frozenset(seen - {table})

    def _undeclared(self, known: set[tuple[str, tuple[str, ...]]]) -> Iterator[Link]:
        """Yield links by name: ``contact_id`` to the one table of contacts that has a fitting key of one column."""
        keys = {name: columns[0] for name, columns in self.catalogue.primary.items() if len(columns) == 1}
        tables: dict[str, list[str]] = defaultdict(list)
        for name in keys:
            tables["".join(words(name))].append(name)
        polymorphic = {(one.table, one.id_column) for one in self.polymorphic}
        for name, table in sorted(self.catalogue.tables.items()):
            for column in data_columns(table):
                told = words(column)
                if told[-1:] != ("id",) or len(told) < 2 or (name, (column,)) in known or (name, column) in polymorphic:
                    continue
                meant = [one for stem in plurals("".join(told[:-1])) for one in tables.get(stem, ())]
                found = [one for one in dict.fromkeys(meant) if (one, keys[one]) != (name, column)]
                if len(found) == 1 and _agree(table.columns[column], self._key(found[0], keys[found[0]])):
                    yield Link(name, (column,), found[0], (keys[found[0]],), is_declared=False)
        yield from self._extensions(keys, known)

    def _extensions(self, keys: Mapping[str, str], known: set[tuple[str, tuple[str, ...]]]) -> Iterator[Link]:
        """Yield second tables of the same rows: ``cases_custom`` has a row more of each of ``cases``, by its key."""
        for name, key in sorted(keys.items()):
            base = next((one for one in keys if _extends(name, one)), None)
            if base is None or (name, (key,)) in known or not _agree(self._key(name, key), self._key(base, keys[base])):
                continue
            yield Link(name, (key,), base, (keys[base],), is_declared=False)

    def _key(self, table: str, column: str) -> sa.Column[object]:
        return self.catalogue.tables[table].columns[column]


def _by(links: tuple[Link, ...], what: object) -> Mapping[str, tuple[Link, ...]]:
    found: dict[str, list[Link]] = defaultdict(list)
    for one in links:
        found[what(one)].append(one)  # type: ignore[operator]
    return {name: tuple(some) for name, some in found.items()}


def _extends(table: str, base: str) -> bool:
    told, of = words(table), words(base)
    return bool(of) and told[:-1] == of and told[-1] in EXTENSION


def _agree(one: sa.Column[object], other: sa.Column[object]) -> bool:
    """Whether values of two columns can be the same at all: numbers are not text."""
    kinds = [isinstance(declared(each), sa.Integer | sa.Numeric) for each in (one, other)]
    return kinds[0] == kinds[1]
