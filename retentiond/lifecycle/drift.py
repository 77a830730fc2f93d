"""Drift: what has changed about the tables of connected stores since people last accepted how they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retentiond.connectors.interface import Role
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import ConfigurationRefused, DecisionRefused, Fault, StoreRefused, StoreUnavailable
from retentiond.domain.outlines import Change, Outline, changes, doubts, in_faults, widened
from retentiond.domain.people import Person, why_not_accept
from retentiond.lifecycle.tools import Tools, trust_clock


@dataclass(frozen=True, slots=True)
class KindDrift:
    """How one kind of record stands beside what was accepted."""

    store: str
    kind: str
    accepted: bool
    """Whether anything was; if not, the next scan remembers the tables as it finds them."""
    changes: tuple[Change, ...]
    unsafe: tuple[Fault, ...]
    """What makes a disposal of it unsafe, and cannot be accepted away."""

    @property
    def doubts(self) -> tuple[Fault, ...]:
        """Why none of its records is due, and what to do."""
        return (*in_faults(self.store, self.changes), *self.unsafe)


@dataclass(frozen=True, slots=True)
class Drift:
    """How the kinds of record of several stores stand, and why some stores could not be looked at."""

    kinds: tuple[KindDrift, ...]
    unread: tuple[Fault, ...]

    @property
    def is_settled(self) -> bool:
        """Whether every store was looked at and nothing speaks against any of its kinds."""
        return not self.unread and not any(one.doubts for one in self.kinds)


def drift(tools: Tools, *, stores: Sequence[str] = ()) -> Drift:
    """Compare the live outlines of stores with those that were accepted; change nothing.

    A store that does not answer, that answers no, or whose credential is missing keeps no other from being looked at.

    Args:
        tools: the installation.
        stores: names of the stores; empty: all. One that has no catalogue, such as a bucket, says nothing.

    Raises:
        NotFound: no store of a name is connected.
    """
    kinds: list[KindDrift] = []
    unread: list[Fault] = []
    for definition in [tools.definition(name) for name in stores] or tools.definitions:
        try:
            kinds.extend(_compared(tools, definition))
        except (ConfigurationRefused, StoreUnavailable, StoreRefused) as refusal:
            unread.extend(refusal.faults)
    return Drift(tuple(kinds), tuple(unread))


def accept(tools: Tools, person: Person, store: str, *, reason: str) -> tuple[KindDrift, ...]:
    """Accept how a store's tables are now, for every kind of record that is not as it was accepted.

    Returns:
        What was accepted. The next scan judges the records anew.

    Raises:
        DecisionRefused: the person may not, no reason is given, or nothing has changed.
        StoreUnavailable, StoreRefused: the store did not answer, or answered no.
    """
    refused = why_not_accept(person)
    if refused:
        raise DecisionRefused.about(store, refused, "ask a records manager or an administrator")
    if not reason.strip():
        raise DecisionRefused.about(store, "accepting its tables as they are needs a reason", "give one with --reason")
    live = _live(tools, tools.definition(store))
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        before = tx.outlines.accepted(store)
        found = [_kind(store, kind, before.get(kind), one) for kind, one in live.items()]
        differing = tuple(one for one in found if one.changes or not one.accepted)
        for one in differing:
            tx.outlines.accept(store, one.kind, live[one.kind], now, by=person.id, reason=reason.strip())
    if not differing:
        raise DecisionRefused.about(store, "its tables are as they were accepted last", "nothing needs to be accepted")
    return differing


def mind_outline(tools: Tools, store: str, kind: str, live: Outline | None) -> tuple[Fault, ...]:
    """Return why no record of a kind is due; remember what is seen for the first time.

    That is a kind no scan has seen, or a table that a later definition names: people wrote the definition.
    """
    if live is None:
        return ()
    with tools.ledger.transaction() as tx:
        accepted = tx.outlines.accepted(store).get(kind)
        known = live if accepted is None else widened(accepted, live)
        if known != accepted and known.tables:
            tx.outlines.remember(store, kind, known, tools.clock())
    return doubts(store, known, live)


def _compared(tools: Tools, definition: Definition) -> list[KindDrift]:
    live = _live(tools, definition)
    with tools.ledger.transaction() as tx:
        accepted = tx.outlines.accepted(definition.name)
    return [_kind(definition.name, kind, accepted.get(kind), one) for kind, one in live.items()]


def _live(tools: Tools, definition: Definition) -> dict[str, Outline]:
    with tools.stores(Role.SCAN) as opened:
        return {kind: one for kind, one in opened(definition.name).outline().items() if one.tables or one.faults}


def _kind(store: str, kind: str, accepted: Outline | None, live: Outline) -> KindDrift:
    found = changes(accepted, live) if accepted is not None else ()
    return KindDrift(store, kind, accepted is not None, found, live.faults)
