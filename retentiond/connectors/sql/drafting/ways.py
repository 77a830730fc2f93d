"""How a definition says the way from one table to another, so that the connector finds the same join again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retentiond.connectors.sql.catalogue import Catalogue
from retentiond.connectors.sql.drafting.relations import Link
from retentiond.domain.definitions import SAYABLE
from retentiond.domain.drafts import Said

_SAYABLE = re.compile(SAYABLE)


def is_sayable(name: str) -> bool:
    """Return whether a definition can say the name of a table or column."""
    return _SAYABLE.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Hop:
    """One link, followed from one of its two tables to the other."""

    link: Link
    before: str

    @property
    def table(self) -> str:
        """The table it leads to."""
        return self.link.to if self.before == self.link.table else self.link.table


@dataclass(frozen=True, slots=True)
class Way:
    """Links followed one after another from a record's table."""

    hops: tuple[Hop, ...] = ()

    @property
    def target(self) -> str:
        """The table it ends in; empty: the record's own."""
        return self.hops[-1].table if self.hops else ""

    @property
    def is_declared(self) -> bool:
        """Whether every link on it is a foreign key."""
        return all(hop.link.is_declared for hop in self.hops)

    def then(self, link: Link, before: str) -> Way:
        """Return the way that goes on along a link."""
        return Way((*self.hops, Hop(link, before)))

    def said(self, catalogue: Catalogue) -> dict[str, Said]:
        """Return the keys ``through`` and ``on`` that say it, without its last table."""
        passed: list[Said] = []
        for hop in self.hops[:-1]:
            on = _on(catalogue, hop)
            passed.append({"table": hop.table, "on": on} if on else hop.table)
        said: dict[str, Said] = {"through": passed} if passed else {}
        on = _on(catalogue, self.hops[-1]) if self.hops else ""
        return said | ({"on": on} if on else {})


def _on(catalogue: Catalogue, hop: Hop) -> Said:
    """Return how a hop joins its tables: empty where the one foreign key between them says it."""
    link = hop.link
    if link.is_declared and len(catalogue.between(link.table, link.to)) == 1:
        return ""
    down = hop.before == link.to
    theirs, ours = (link.columns, link.to_columns) if down else (link.to_columns, link.columns)
    if theirs == ours:
        return theirs[0] if len(theirs) == 1 else [*theirs]
    return dict(zip(theirs, ours, strict=True))
