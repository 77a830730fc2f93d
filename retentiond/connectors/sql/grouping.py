"""Groups of anonymised rows that agree in their quasi-identifiers: counted, and those that are too small blanked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.addresses import Source
from retentiond.connectors.sql.anonymising import is_telling
from retentiond.connectors.sql.catalogue import Catalogue
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.paths import Path
from retentiond.connectors.sql.values import Column, Identity, as_read, within
from retentiond.domain.anonymity import Groups
from retentiond.domain.definitions import ColumnPlan

_SIZE, _UNIT = "retentiond_size", "retentiond_unit"


@dataclass(frozen=True, slots=True)
class Grouping:
    """A table whose plan names quasi-identifiers, and how its groups are counted.

    The size of a group is the number of records whose rows agree, however many rows each has in it: six rows may be
    those of two families. Rows that several records share are no more people than rows, so that of the two numbers the
    smaller one counts. A row to which no record leads counts by itself.
    """

    catalogue: Catalogue
    table: sa.Table
    plan: ColumnPlan
    ways: tuple[tuple[MappedKind, Path], ...] = ()
    """How records of all kinds lead to its rows; none: each row is a record's own."""
    is_shared: bool = False
    """Whether several records may lead to one row."""

    @staticmethod
    def of(store: Mapped, table: sa.Table, plan: ColumnPlan) -> Grouping:
        """Return how the groups of a table of the store are counted."""
        return Grouping(store.catalogue, table, plan, ways_to(store, table), table.name in _shared(store))

    def measured(self, connection: Connection) -> Groups:
        """Count the groups of the table, whichever record its rows belong to; ``k`` is left at 0."""
        found = self._sizes().subquery()
        told = sa.case((_any_set(found.c[name] for name in self.plan.quasi_identifiers), found.c[_SIZE]))
        row = self.table.alias()
        blank = self._in_form(sa.select(sa.func.count()), row).where(sa.not_(_any_set(self._quasi(row))))
        counts = sa.select(sa.func.count(told), sa.func.min(told), blank.scalar_subquery())
        groups, smallest, blanks = connection.execute(counts).one()
        return Groups(self.table.name, 0, int(groups), int(smallest or 0), int(blanks or 0))

    def too_small(self, connection: Connection, wanted: Mapping[Identity, int]) -> dict[Identity, int]:
        """Return the rows whose group is smaller than wanted, and how many records their group has.

        Args:
            connection: the transaction that anonymised the rows.
            wanted: address of each row to the least size of its group.
        """
        row, names = self.table.alias(), self.plan.quasi_identifiers
        sizes = self._sizes().subquery()
        least = max(wanted.values(), default=0)
        letters = self.catalogue.dialect.to_the_letter
        address = self.catalogue.identity(row, self.table)
        agree = (_agree(letters(row.c[name]), sizes.c[name]) for name in names)
        rows = (
            sa.select(*(as_read(column, self.catalogue.dialect) for column in address), sizes.c[_SIZE])
            .select_from(row, sizes)
            .where(within(address, wanted, self.catalogue.dialect), *agree)
            .where(sizes.c[_SIZE] < least, _any_set(sizes.c[name] for name in names))
        )
        found = {tuple(one[:-1]): int(one[-1]) for one in connection.execute(rows)}
        return {one: size for one, size in found.items() if size < wanted[one]}

    def suppress(self, connection: Connection, wanted: Mapping[Identity, int]) -> set[Identity]:
        """Blank quasi-identifiers, the last one written first, of rows whose groups are too small; return those rows.

        Only the rows given are touched, until their groups reach their size or nothing is left of them. Rows that were
        anonymised before count, and stay as they are.
        """
        changed: set[Identity] = set()
        for name in reversed(self.plan.quasi_identifiers):
            small = self.too_small(connection, wanted)
            if not small:
                break
            rows = within(self.catalogue.identity(self.table, self.table), small, self.catalogue.dialect)
            connection.execute(sa.update(self.table).where(rows).values({name: sa.null()}))
            changed.update(small)
        return changed

    def _sizes(self) -> sa.Select[Any]:
        """Return the statement of each group's quasi-identifiers and size, those that are all blank among them."""
        if not self.ways:
            return self._of_rows()
        if not self.is_shared:
            return self._of_records()
        both = sa.union_all(self._of_rows(), self._of_records()).subquery()
        names = [both.c[name] for name in self.plan.quasi_identifiers]
        return sa.select(*names, sa.func.min(both.c[_SIZE]).label(_SIZE)).group_by(*names)

    def _of_rows(self) -> sa.Select[Any]:
        row = self.table.alias()
        quasi = self._quasi(row)
        return self._in_form(sa.select(*self._named(quasi), sa.func.count().label(_SIZE)), row).group_by(*quasi)

    def _of_records(self) -> sa.Select[Any]:
        row, dialect = self.table.alias(), self.catalogue.dialect
        led: list[sa.Select[Any]] = []
        for kind, path in self.ways:
            root = kind.root.alias()
            way = path.followed(root, dialect)
            address = self.catalogue.identity(way.target, self.table)
            shown = (column.label(f"retentiond_{n}") for n, column in enumerate(address))
            led.append(way.select(*shown, self._unit(kind, root).label(_UNIT)))
        leads = sa.union(*led).subquery() if len(led) > 1 else led[0].distinct().subquery()
        address = self.catalogue.identity(row, self.table)
        here = sa.and_(*(column == leads.c[f"retentiond_{n}"] for n, column in enumerate(address)))
        alone = (
            sa.case((leads.c[_UNIT].is_(None), column)).label(f"retentiond_{n}") for n, column in enumerate(address)
        )
        each = sa.select(*self._named(self._quasi(row)), leads.c[_UNIT], *alone)
        of_each = self._in_form(each, row, row.outerjoin(leads, here)).distinct().subquery()
        quasi = [of_each.c[name] for name in self.plan.quasi_identifiers]
        return sa.select(*quasi, sa.func.count().label(_SIZE)).group_by(*quasi)

    def _unit(self, kind: MappedKind, root: Source) -> Column:
        """Return one text for the key of a record; two records that share one count as one, and never more.

        A record without a key shares its text with all others: it must not look like a row to which none leads.
        """
        dialect = self.catalogue.dialect
        found: Column = sa.literal(kind.kind.name, sa.Text())
        for column in kind.key(root):
            is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
            shown = dialect.to_the_letter(column) if is_text else as_read(column, dialect)
            found = found.concat("/").concat(sa.func.coalesce(shown, "") if column.nullable else shown)
        return found

    def _quasi(self, row: Source) -> list[Column]:
        return [self.catalogue.dialect.to_the_letter(row.c[name]) for name in self.plan.quasi_identifiers]

    def _named(self, quasi: Collection[Column]) -> Iterator[Column]:
        return (one.label(name) for one, name in zip(quasi, self.plan.quasi_identifiers, strict=True))

    def _in_form(self, counted: sa.Select[Any], row: Source, source: sa.FromClause | None = None) -> sa.Select[Any]:
        tells = sa.case((is_telling(row, self.plan, self.catalogue.dialect), 1), else_=0)
        return counted.select_from(row if source is None else source).where(tells == 0)


def ways_to(store: Mapped, table: sa.Table) -> tuple[tuple[MappedKind, Path], ...]:
    """Return every way by which records of the store, of whatever kind, lead to rows of a table not their own."""
    return tuple((kind, path) for kind in store.kinds.values() for path in kind.contents if path.target is table)


def _shared(store: Mapped) -> set[str]:
    shared = [one for kind in store.kinds.values() for one in kind.shared]
    return {path.target.name for one in shared for path in (one.path, *one.parts)}


def _any_set(quasi: Iterator[Column] | Collection[Column]) -> Column:
    return sa.or_(*(one.is_not(None) for one in quasi))


def _agree(one: Column, other: Column) -> Column:
    return sa.or_(one == other, sa.and_(one.is_(None), other.is_(None)))
