"""Versions: every schedule version that was ever adopted, and its exact words, answered for from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, TypeAlias

from retentiond.domain.errors import EvidenceRefused, NotFound
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Adoption
from retentiond.lifecycle.in_force import is_proved
from retentiond.lifecycle.tools import Tools

State: TypeAlias = Literal["in-force", "replaced", "no-file"]


@dataclass(frozen=True, slots=True)
class Version:
    """One adoption, and whether it still holds."""

    adoption: Adoption
    state: State
    """``no-file``: nothing took its place, and no file of the configuration has it: nothing is judged under it."""


def versions(tools: Tools, tx: Transaction) -> list[Version]:
    """Return every adoption, oldest first."""
    newest = {one.event_seq for one in tx.schedules.in_force().values()}
    configured = {one.digest for one in tools.schedules}

    def state(one: Adoption) -> State:
        if one.event_seq not in newest:
            return "replaced"
        return "in-force" if one.digest in configured else "no-file"

    return [Version(one, state(one)) for one in tx.schedules.adoptions()]


def adopted_version(tools: Tools, tx: Transaction, name: str, version: str | None) -> tuple[Adoption, bytes]:
    """Return the newest adoption of a version and the exact bytes that were adopted.

    Args:
        tools: the signer whose word counts.
        tx: the ledger.
        name: the schedule's name.
        version: which; None: the one that is in force.

    Raises:
        NotFound: no such schedule, or version of it, was ever adopted.
        EvidenceRefused: what the ledger keeps is not what a signed event says was adopted.
    """
    adoptions = tx.schedules.adoptions()
    of_name = [one for one in adoptions if one.name == name]
    if not of_name:
        known = ", ".join(sorted({one.name for one in adoptions})) or "none yet"
        raise NotFound.about(name, "no schedule of this name was ever adopted", f"adopted were {known}")
    found = [one for one in of_name if version in (None, one.version)]
    if not found:
        known = ", ".join(dict.fromkeys(one.version for one in of_name))
        raise NotFound.about(name, f"version {version} of it was never adopted", f"adopted were {known}")
    source = tx.schedules.source(found[-1].digest)
    if sha256(source).hexdigest() != found[-1].digest or not is_proved(tools, tx, found[-1]):
        said = f"what the ledger keeps as version {found[-1].version} is not what was adopted"
        raise EvidenceRefused.about(name, said, "run 'retentiond verify' and keep this ledger as it is")
    return found[-1], source
