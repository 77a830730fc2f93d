"""Adopt: people put a version of a retention schedule in force, byte for byte, as a signed event.

From then on the version never changes, and what stood on lists under the one before is judged again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

from retentiond.domain.errors import ConfigurationRefused, DecisionRefused, Fault, NotFound
from retentiond.domain.people import Person, why_not_adopt, why_not_adopt_with
from retentiond.domain.schedule import Schedule
from retentiond.domain.wording import in_words
from retentiond.evidence import predicates
from retentiond.evidence.parts import Fields
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Adoption
from retentiond.lifecycle.in_force import is_proved, other_content
from retentiond.lifecycle.reassess import Reassessed, reassess_lists
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools, trust_clock


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came into force, and what that did to the lists people had before them."""

    adoptions: tuple[Adoption, ...]
    unchanged: tuple[str, ...]
    """Names of schedules that were in force as they stand already."""
    older: tuple[str, ...]
    """Names of schedules that went back to a version with an earlier date than the one they had."""
    lists: tuple[Reassessed, ...]


def adopt(
    tools: Tools, person: Person, *, names: Sequence[str] = (), together_with: Sequence[Person] = (), reason: str = ""
) -> Adopted:
    """Put schedules of the configuration in force, all of them or none, and judge open lists again under them.

    The adoption stands also where a store does not answer and a list cannot be judged again: approval and the gate
    judge every record in any case.

    Args:
        tools: the installation, with the schedules as their files say.
        person: who adopts; a records manager.
        names: which schedules; empty: all that are not in force as they stand.
        together_with: who else adopted them (a board's chair, the owner of the service).
        reason: why, in a person's words; it stays in the ledger and is in no signed statement.

    Raises:
        NotFound: no schedule of the configuration has the name.
        DecisionRefused: a person may not adopt; a version was adopted before with other content, is not in force yet
            by its own words, or lacks a class that is in use. Every fault at once; nothing was adopted.
    """
    _mind_people(person, together_with)
    chosen = _chosen(tools, names)
    people = (person, *together_with)
    with tools.ledger.transaction() as tx:
        now = trust_clock(tools, tx)
        before = dict(tx.schedules.in_force())
        new = [one for one in chosen if not _stands(tools, tx, one, before.get(one.name))]
        sources = {one.digest: _bytes_of(one) for one in new}
        used = _in_use(tools, tx) if new else set()
        faults = [
            fault for one in new for fault in _faults(tools, tx, one, before.get(one.name), sources[one.digest], used)
        ]
        if faults:
            raise DecisionRefused(*faults)
        adoptions = tuple(
            _adopt(tools, tx, one, before.get(one.name), people, reason.strip(), sources[one.digest], now)
            for one in new
        )
    return Adopted(
        adoptions,
        unchanged=tuple(one.name for one in chosen if one not in new),
        older=tuple(one.name for one in new if one.name in before and one.adopted < before[one.name].effective_from),
        lists=reassess_lists(tools, by=person) if adoptions else (),
    )


def _stands(tools: Tools, tx: Transaction, one: Schedule, now: Adoption | None) -> bool:
    """Return whether a schedule is in force as it is, by an event of the key in use; else it is adopted anew."""
    return now is not None and now.digest == one.digest and is_proved(tools, tx, now)


def _mind_people(person: Person, together_with: Sequence[Person]) -> None:
    faults = [Fault("schedule", refused, "ask a records manager") for refused in [why_not_adopt(person)] if refused]
    seen = {person.id}
    for one in together_with:
        refused = why_not_adopt_with(one)
        if refused:
            faults.append(Fault("schedule", refused, "leave them out"))
        if one.id in seen:
            faults.append(Fault("schedule", f"{one.name} is named twice", "name each of them once"))
        seen.add(one.id)
    if faults:
        raise DecisionRefused(*faults)


def _chosen(tools: Tools, names: Sequence[str]) -> list[Schedule]:
    known = {one.name: one for one in tools.schedules}
    faults = []
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            said = f"did you mean '{near[0]}'?" if near else f"the schedules are {', '.join(sorted(known))}"
            faults.append(Fault(name, "the configuration has no schedule of this name", said))
    if faults:
        raise NotFound(*faults)
    return [known[name] for name in dict.fromkeys(names)] if names else list(tools.schedules)


def _faults(  # noqa: PLR0917 - one version, and everything it is held against
    tools: Tools, tx: Transaction, one: Schedule, before: Adoption | None, source: bytes, used: set[str]
) -> Iterator[Fault]:
    if sha256(source).hexdigest() != one.digest:
        yield Fault(one.source, "the file was changed while it was read", "adopt it again")
    if tx.schedules.digest_of(one.name, one.version) not in (None, one.digest):
        yield other_content(one)
    if one.adopted > tools.today(one):
        said = f"version {one.version} of '{one.name}' says that it is in force from {in_words(one.adopted)}"
        yield Fault(one.source, said, "adopt it on that day, or correct 'adopted'")
    for code in sorted((set(before.classes) if before else set()) & used - tools.classes().keys()):
        said = f"class {code} is in use and has vanished"
        yield Fault(one.source, said, "keep it with 'retired' and 'successor'")


def _bytes_of(one: Schedule) -> bytes:
    try:
        return Path(one.source).read_bytes()
    except OSError as error:
        raise ConfigurationRefused.about(one.source, "it cannot be read any more", "put it back") from error


def _in_use(tools: Tools, tx: Transaction) -> set[str]:
    """Return every class that something rests on: a definition, a hold, a finding, a list, a certificate.

    Records on a certificate stay on its list, their titles erased, so that lists answer for certificates as well.
    """
    named = {line.record_class for store in tools.definitions for kind in store.records for line in kind.classify}
    held = {code for hold in tx.holds.active() for code in hold.scope.classes}
    return named | held | tx.findings.classes() | tx.lists.classes()


def _adopt(  # noqa: PLR0917 - an adoption is one sentence: what, instead of what, by whom, why, which bytes, when
    tools: Tools,
    tx: Transaction,
    one: Schedule,
    before: Adoption | None,
    people: Sequence[Person],
    reason: str,
    source: bytes,
    now: datetime,
) -> Adoption:
    retired = tuple(each.code for each in one.classes if each.retired is not None)

    def said(base: Fields) -> Fields:
        return predicates.schedule_adopted(
            base,
            schedule=one.name,
            version=one.version,
            digest=one.digest,
            mandate=sorted({law for each in one.classes for law in each.mandate}),
            effective_from=one.adopted,
            adopted_by=[(each.id, each.name) for each in people],
            replaces=before.digest if before else None,
            retired=retired,
        )

    subjects = [(one.name, one.digest)]
    recorded = record(
        tools, tx, "schedule-adopted", said, subjects=subjects, operator=people[0], role="records-manager"
    )
    adoption = Adoption(
        name=one.name,
        version=one.version,
        digest=one.digest,
        effective_from=one.adopted,
        classes=tuple(each.code for each in one.classes),
        retired=retired,
        adopted_by=tuple(each.id for each in people),
        at=now,
        reason=reason,
        replaces=before.digest if before else None,
        event_seq=recorded.seq,
        log_index=recorded.log_index,
    )
    tx.schedules.adopt(adoption, source)
    return adoption
