"""JSON of another form than the definition takes it for: what cannot be told must not pass for what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from retentiond.connectors.sql.addresses import Source, address
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.paths import Path, Step
from retentiond.connectors.sql.values import Column


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that JSON may leave open about a record."""

    path: Path
    """The way to the rows whose JSON is looked at; those among them count that may be meant."""
    name: str
    """What is looked up there."""

    @property
    def words(self) -> str:
        """What is wrong where the doubt is real."""
        column = address(self.path.target, self.name).column
        return f"the JSON in {self.path.target.name}.{column} is not such that {self.name} can be told"

    def stands(self, root: Source, dialect: Dialect) -> Column:
        """Return the condition that it is real of a record's row."""
        way = self.path.followed(root, dialect)
        unclear = address(way.target, self.name).unclear(way.target, dialect)
        return way.exists(sa.false() if unclear is None else unclear)


def doubts_about(root: sa.Table, named: Iterable[str], ways: Iterable[tuple[Path, str]]) -> tuple[Doubt, ...]:
    """Return what JSON may leave open about a kind of record.

    Args:
        root: the record's own table.
        named: what is looked up in its row.
        ways: the ways to other rows, and what is looked up in the last of them (empty: nothing).
    """
    found = [Doubt(Path(root, ()), name) for name in named if address(root, name).path]
    for path, name in ways:
        found.extend(doubts_along(path, name))
    return tuple(dict.fromkeys(found))


def doubts_along(path: Path, name: str = "") -> Iterator[Doubt]:
    """Yield what JSON may leave open about the rows a path leads to, and about a name looked up in the last of them."""
    yield from (one for one in _along(path, name) if address(one.path.target, one.name).path)


def _along(path: Path, name: str) -> Iterator[Doubt]:
    steps: list[Step] = []
    lefts = [left for step in path.steps[:1] for left, _ in step.pairs]
    yield from (Doubt(Path(path.start, ()), one) for one in (*lefts, *(one for one, _ in path.where)))
    for index, step in enumerate(path.steps):
        # A row whose JSON says neither that it belongs nor that it does not may belong.
        sure = Step(step.table, _plain(step.pairs, step.table), _plain_where(step))
        way = Path(path.start, (*steps, sure))
        names = [right for _, right in step.pairs]
        names.extend(one for one, _ in step.where)
        names.extend(left for after in path.steps[index + 1 : index + 2] for left, _ in after.pairs)
        yield from (Doubt(way, one) for one in names)
        steps.append(step)
    if name:
        yield Doubt(path, name)


def _plain(pairs: tuple[tuple[str, str], ...], table: sa.Table) -> tuple[tuple[str, str], ...]:
    return tuple((left, right) for left, right in pairs if not address(table, right).path)


def _plain_where(step: Step) -> tuple[tuple[str, str | None], ...]:
    return tuple((name, value) for name, value in step.where if not address(step.table, name).path)
