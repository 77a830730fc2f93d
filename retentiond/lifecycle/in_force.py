"""In force: nothing is judged, listed, approved or disposed of under a schedule that no person adopted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from retentiond.domain.errors import DecisionRefused, Fault
from retentiond.domain.schedule import Schedule
from retentiond.domain.wording import in_words
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Adoption
from retentiond.lifecycle.proofs import signed, why_not_signed
from retentiond.lifecycle.tools import Tools

ADOPT = "'retentiond schedule adopt'"


def mind_in_force(tools: Tools, tx: Transaction) -> None:
    """Refuse to go on where a schedule of the configuration is not the version that people adopted last.

    Raises:
        DecisionRefused: with one fault for each schedule that is not adopted, was changed since, was replaced, or
            whose adoption no signed event bears out.
    """
    faults = [*not_in_force(tools.schedules, tx), *_unproved(tools, tx)]
    if faults:
        raise DecisionRefused(*faults)


def not_in_force(schedules: Iterable[Schedule], tx: Transaction) -> Iterator[Fault]:
    """Yield, for each schedule that is not the version in force under its name, why not and what to do."""
    in_force = tx.schedules.in_force()
    for one in schedules:
        now = in_force.get(one.name)
        if now is None or now.digest != one.digest:
            yield _fault(one, now, tx)


def _fault(one: Schedule, now: Adoption | None, tx: Transaction) -> Fault:
    known = tx.schedules.digest_of(one.name, one.version)
    if known not in (None, one.digest):
        return other_content(one)
    called = f"version {one.version} of '{one.name}'"
    if now is None:
        return Fault(one.source, f"{called} is not adopted, and no version of it ever was", f"read it, then {ADOPT}")
    if known is None:
        remedy = f"see what it would change with 'retentiond schedule diff', then {ADOPT}"
        return Fault(one.source, f"{called} is not adopted", remedy)
    return Fault(
        one.source,
        f"{called} is no longer in force: version {now.version} was adopted on {in_words(now.at.date())}",
        f"put the file of that version there and reload a running daemon, or go back with {ADOPT}",
    )


def other_content(one: Schedule) -> Fault:
    """Return the fault of a schedule that was changed after it was adopted: a version in use never changes."""
    return Fault(
        one.source,
        f"version {one.version} of '{one.name}' was adopted with other content",
        "give the changed schedule a version of its own",
    )


def _unproved(tools: Tools, tx: Transaction) -> Iterator[Fault]:
    """Yield the schedules whose adoption stands in the ledger's tables only: those can be changed by hand."""
    in_force = tx.schedules.in_force()
    for one in tools.schedules:
        now = in_force.get(one.name)
        if now is not None and now.digest == one.digest and not is_proved(tools, tx, now):
            said = f"the ledger says that version {one.version} of '{one.name}' was adopted, and no signed event does"
            yield Fault(one.source, *why_not_signed(tools, tx, now.event_seq, said))


def is_proved(tools: Tools, tx: Transaction, adoption: Adoption) -> bool:
    """Return whether a signed event says that these people adopted this very version."""
    payload = signed(tools, tx, adoption.event_seq)
    if payload is None:
        return False
    said = json.loads(payload)["predicate"]
    return (
        said.get("schedule") == adoption.name
        and said["digest"] == adoption.digest
        and said["version"] == adoption.version
        and [one["person"] for one in said["adopted_by"]] == list(adoption.adopted_by)
        and said["log"]["index"] == adoption.log_index
    )
