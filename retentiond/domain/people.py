"""Who may do what: roles, and the rules that keep powers in different hands."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

ADMINISTRATOR = "administrator"
"""Runs the service. Never approves a disposal."""
RECORDS_MANAGER = "records-manager"
"""Gathers lists, places and lifts holds; approves lists that somebody else gathered."""
AUDITOR = "auditor"
"""Reads everything, decides nothing."""
NEVER_APPROVES = frozenset({ADMINISTRATOR, AUDITOR})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who decides. Roles beyond the three above are the schedule's own stages of review."""

    id: str
    name: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval of one stage, bound to the digest of the exact list."""

    stage: str
    person: str
    at: str
    """RFC 3339 UTC."""
    digest: str


def why_not_gather(person: Person) -> str | None:
    """Return why the person may not gather a list, or None."""
    if RECORDS_MANAGER not in person.roles:
        return f"{person.name} is not a records manager, and only a records manager gathers a disposal list"
    return None


def why_not_hold(person: Person) -> str | None:
    """Return why the person may not place or lift a hold, or None."""
    if RECORDS_MANAGER not in person.roles:
        return f"{person.name} is not a records manager, and only a records manager places or lifts a hold"
    return None


def why_not_adopt(person: Person) -> str | None:
    """Return why the person may not adopt a version of a retention schedule, or None."""
    refused = why_not_adopt_with(person)
    if refused is None and RECORDS_MANAGER not in person.roles:
        return f"{person.name} is not a records manager, and only a records manager adopts a schedule"
    return refused


def why_not_adopt_with(person: Person) -> str | None:
    """Return why the person may not be one of those who adopt a schedule together with a records manager, or None."""
    barred = " and ".join(sorted(person.roles & NEVER_APPROVES))
    if barred:
        return f"{person.name} is {barred}, and that role never adopts a schedule"
    return None


def why_not_accept(person: Person) -> str | None:
    """Return why the person may not accept that a store's tables have changed, or None."""
    if not person.roles & {RECORDS_MANAGER, ADMINISTRATOR}:
        return f"{person.name} is neither a records manager nor an administrator, and only they accept changed tables"
    return None


def why_not_make_key(person: Person) -> str | None:
    """Return why the person may not make a pseudonym key, or None."""
    if not person.roles & {RECORDS_MANAGER, ADMINISTRATOR}:
        return f"{person.name} is neither a records manager nor an administrator, and only they make a pseudonym key"
    return None


def why_not_destroy_key(person: Person) -> str | None:
    """Return why the person may not decide that a pseudonym key is destroyed, or None."""
    if RECORDS_MANAGER not in person.roles:
        return f"{person.name} is not a records manager, and only a records manager has a pseudonym key destroyed"
    return why_not_destroy_key_with(person)


def why_not_destroy_key_with(person: Person) -> str | None:
    """Return why the person may not be the other one who decides that a pseudonym key is destroyed, or None."""
    barred = " and ".join(sorted(person.roles & NEVER_APPROVES))
    if barred:
        return f"{person.name} is {barred}, and that role never decides that a pseudonym key is destroyed"
    return None


def why_not_decide(person: Person) -> str | None:
    """Return why the person may not take decisions on single records of a list, or None."""
    if not person.roles - NEVER_APPROVES:
        return f"{person.name} has no role that reviews records"
    return None


def why_not_approve(
    person: Person,
    stage: str,
    *,
    gathered_by: str,
    already: Iterable[Approval],
    excluded: Collection[str],
) -> str | None:
    """Return why the person may not approve this stage of a list, or None.

    Args:
        person: who asks.
        stage: the role whose approval is wanted next.
        gathered_by: id of the person who gathered the list.
        already: approvals given to the list as it stands.
        excluded: ids of people named in a conflict-of-interest field of a record on it.
    """
    if person.roles & NEVER_APPROVES:
        barred = " and ".join(sorted(person.roles & NEVER_APPROVES))
        return f"{person.name} is {barred}, and that role never approves a disposal"
    if stage not in person.roles:
        return f"this stage needs a {stage.replace('-', ' ')}, and {person.name} is not one"
    if person.id == gathered_by:
        return f"{person.name} gathered this list, and whoever gathered a list cannot approve it"
    if person.id in {one.person for one in already}:
        return f"{person.name} approved an earlier stage, and two stages need two people"
    if person.id in excluded:
        return f"a record on this list names {person.name} in its conflict-of-interest field"
    return None
