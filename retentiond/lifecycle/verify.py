"""Verify: look at what is left, over another connection and by other queries than those that disposed of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from retentiond.connectors.interface import CHUNK, Connector, Role
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import (
    ConfigurationRefused,
    DecisionRefused,
    NotFound,
    RetentiondError,
    StoreRefused,
    StoreUnavailable,
)
from retentiond.domain.lists import Document, Entry, ListState, Standing
from retentiond.domain.outcomes import Sight
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.dispose import orders_for
from retentiond.lifecycle.manifests import stated_definitions
from retentiond.lifecycle.tools import Tools

CLAIMED_GONE = frozenset({Standing.DESTROYED, Standing.ANONYMISED, Standing.PSEUDONYMISED, Standing.ALREADY_ABSENT})
"""What a certificate may only repeat once it has been seen."""

LEFT_ALONE = frozenset({Standing.SKIPPED_HELD, Standing.SKIPPED_CHANGED, Standing.SKIPPED_NOT_DUE, Standing.FAILED})
"""What a store says it left alone. Where an order was sent that is looked at as well: it can err both ways."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What the independent read saw, counted by store."""

    number: str
    seen: dict[str, Counter[Sight]]

    def total(self, sight: Sight) -> int:
        """Return how often one sight was seen over all stores."""
        return sum(counts[sight] for counts in self.seen.values())


def verify(tools: Tools, number: str) -> Verified:
    """Read independently what is left of every record and document that an order of a list was sent for.

    Those that are claimed to be gone are counted; of the others it is kept what was seen. A store that does not answer
    keeps no other from being looked at.

    Raises:
        DecisionRefused: the list has not been disposed of.
        StoreUnavailable: a store did not answer; nothing was concluded about it, and the step can be repeated.
        StoreRefused: a store refused, or its definition is no longer the one the list was approved through.
        NotFound: a store is no longer connected.
    """
    with tools.ledger.transaction() as tx:
        state = tx.lists.get(number).state
        if state is not ListState.DISPOSED:
            raise DecisionRefused.about(number, f"it is {state.spoken}, and only what was disposed of can be verified")
        approved = stated_definitions(tx.lists.proposal(number))
    seen: dict[str, Counter[Sight]] = {}
    silent: dict[str, RetentiondError] = {}
    with tools.stores(Role.VERIFY) as opened:
        for group in _groups(tools, number):
            store = group[0].ref.store
            if store in silent:
                continue
            try:
                _mind_definition(tools.definition(store), approved)
                seen.setdefault(store, Counter()).update(_look(tools, number, opened(store), group))
            except (StoreUnavailable, StoreRefused, ConfigurationRefused, NotFound) as failure:
                silent[store] = failure
    for why in silent.values():
        raise why
    return Verified(number, seen)


def _mind_definition(definition: Definition, approved: Mapping[str, str]) -> None:
    """Refuse to look through another definition: it may lead elsewhere, or name less of a record than it has."""
    if approved.get(definition.name) != definition.digest:
        raise StoreRefused.about(
            definition.name,
            "its definition is no longer the one the list was approved through, so nothing it shows is a sight of it",
            "put that definition back, have the list certified, and change it then",
        )


def _look(tools: Tools, number: str, store: Connector, group: Sequence[Entry] | Sequence[Document]) -> Counter[Sight]:
    """Look at some records of one kind, keep what was seen, and count it of those that are claimed to be gone."""
    orders = orders_for(group, ks=tools.ks())
    asked = {one.id: one for one in orders}
    sightings = [one for one in store.inspect(orders) if asked.get(one.order.id) == one.order]
    with tools.ledger.transaction() as tx:
        tx.lists.saw(number, sightings, tools.clock())
    tools.passing("sightings-written")
    claimed = {one.order for one in group if one.standing in CLAIMED_GONE}
    return Counter(one.sight for one in sightings if one.order.id in claimed)


def _groups(tools: Tools, number: str) -> Iterator[Sequence[Entry] | Sequence[Document]]:
    """Yield what is claimed to be gone or was attempted, at most a batch of one kind of one store at a time."""
    after: RecordRef | None = None
    while True:
        with tools.ledger.transaction() as tx:
            entries = tx.lists.entries(number, CLAIMED_GONE | LEFT_ALONE, after=after, limit=CHUNK)
        if not entries:
            break
        after = entries[-1].ref
        wanted = [one for one in entries if one.attempts or one.standing in CLAIMED_GONE]
        for _, group in groupby(wanted, key=lambda one: (one.ref.store, one.ref.kind)):
            yield list(group)
    after = None
    while True:
        with tools.ledger.transaction() as tx:
            documents = tx.lists.documents(number, standings=CLAIMED_GONE | LEFT_ALONE, after=after, limit=CHUNK)
        if not documents:
            return
        after = documents[-1].ref
        asked = [one for one in documents if one.attempts or one.standing in CLAIMED_GONE]
        for _, parts in groupby(asked, key=lambda one: (one.ref.store, one.ref.kind)):
            yield list(parts)
