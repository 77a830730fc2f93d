"""How connectors come by the keys of pseudonyms: the ledger is asked before a file is believed.

A key it does not know, or knows to be given up, is no key, and one with another fingerprint than the ledger's is
another key: also where its file came back from a backup.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from retentiond.connectors.pseudonym_keys import PseudonymKeys
from retentiond.domain.errors import ConfigurationRefused, Fault, RetentiondError, StoreRefused
from retentiond.domain.pseudonyms import fingerprint
from retentiond.evidence.pseudonym_keys import mind_file, read_pseudonym_key
from retentiond.ledger.ledger import Ledger
from retentiond.ledger.values import PseudonymKey

_OTHER = "plan with another key, or take the plan out"


def keys_for_stores(ledger: Ledger, folder: Path) -> PseudonymKeys:
    """Return how connectors come by keys: only such as the ledger knows, and has not given up.

    Whether one can be used is told without reading it, so that a role which is not to have keys needs none.

    Args:
        ledger: the installation's.
        folder: where the keys' files lie.
    """

    def why_not(name: str) -> Fault | None:
        try:
            _known(ledger, name)
            mind_file(folder, name, elsewhere=True)
        except RetentiondError as refusal:
            return refusal.faults[0]
        return None

    def secret(name: str) -> bytes:
        known = _known(ledger, name)
        try:
            key = read_pseudonym_key(folder, name)
        except ConfigurationRefused as refusal:
            raise StoreRefused(*refusal.faults) from None
        if fingerprint(key) != known.fingerprint:
            said = "its file holds another key than the one that was made under this name"
            raise _unusable(name, said, "put the right file back, or plan with another key")
        return key

    return PseudonymKeys(why_not, secret)


def unusable_keys(keys: PseudonymKeys, names: Iterable[str]) -> dict[str, Fault]:
    """Return why keys cannot be used, by name, once each was read: for who checks everything and has every key.

    Args:
        keys: the installation's.
        names: which.
    """
    found: dict[str, Fault] = {}
    for name in names:
        try:
            keys.secret(name)
        except RetentiondError as refusal:
            found[name] = refusal.faults[0]
    return found


def _known(ledger: Ledger, name: str) -> PseudonymKey:
    with ledger.transaction() as tx:
        known = tx.pseudonym_keys.find(name)
    if known is None:
        raise _unusable(name, "there is no such key", f"make it first: 'retentiond pseudonym-key create {name}'")
    if known.begun_at is not None:
        raise _unusable(name, "it was destroyed, and its name is never used again", _OTHER)
    return known


def keys_in(folder: Path) -> PseudonymKeys:
    """Return whether keys can be used as far as their files show, for whoever asks without a ledger. None is given."""

    def why_not(name: str) -> Fault | None:
        try:
            mind_file(folder, name)
        except ConfigurationRefused as refusal:
            return refusal.faults[0]
        return None

    return PseudonymKeys(why_not)


def _unusable(name: str, said: str, remedy: str) -> StoreRefused:
    return StoreRefused(Fault(f"pseudonym key {name}", said, remedy))
