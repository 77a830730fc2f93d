from __future__ import annotations

from itertools import combinations

import pytest

from retentiond.domain.people import (
    ADMINISTRATOR,
    AUDITOR,
    NEVER_APPROVES,
    RECORDS_MANAGER,
    Approval,
    Person,
    why_not_adopt,
    why_not_adopt_with,
    why_not_approve,
    why_not_decide,
    why_not_gather,
    why_not_hold,
)

ROLES = (ADMINISTRATOR, AUDITOR, RECORDS_MANAGER, "service-manager")
ROLE_SETS = [frozenset(chosen) for size in range(len(ROLES) + 1) for chosen in combinations(ROLES, size)]


def somebody(roles: frozenset[str], name: str = "jo") -> Person:
    """Return a person with these roles."""
    return Person(name, "Jo Bloggs", roles)


@pytest.mark.parametrize("roles", ROLE_SETS, ids=lambda roles: "+".join(sorted(roles)) or "nobody")
@pytest.mark.parametrize("stage", ROLES)
def test_a_stage_is_approved_only_by_its_role_and_never_by_one_that_runs_or_audits(
    roles: frozenset[str], stage: str
) -> None:
    """For every set of roles and every stage: the role itself is needed, and administrator or auditor always bars."""
    refusal = why_not_approve(somebody(roles), stage, gathered_by="someone.else", already=(), excluded=())
    assert (refusal is None) == (stage in roles and not roles & NEVER_APPROVES)


@pytest.mark.parametrize("roles", ROLE_SETS, ids=lambda roles: "+".join(sorted(roles)) or "nobody")
def test_a_records_manager_adopts_and_who_runs_or_audits_never_does(roles: frozenset[str]) -> None:
    """For every set of roles: a records manager adopts, others do beside one, administrator and auditor always bar."""
    barred = bool(roles & NEVER_APPROVES)
    assert (why_not_adopt_with(somebody(roles)) is None) == (not barred)
    assert (why_not_adopt(somebody(roles)) is None) == (RECORDS_MANAGER in roles and not barred)


@pytest.mark.parametrize("roles", ROLE_SETS, ids=lambda roles: "+".join(sorted(roles)) or "nobody")
def test_only_a_records_manager_gathers_and_places_holds(roles: frozenset[str]) -> None:
    """Gathering and holding need the records manager's role, whatever other roles a person has."""
    assert (why_not_gather(somebody(roles)) is None) == (RECORDS_MANAGER in roles)
    assert (why_not_hold(somebody(roles)) is None) == (RECORDS_MANAGER in roles)


@pytest.mark.parametrize("roles", ROLE_SETS, ids=lambda roles: "+".join(sorted(roles)) or "nobody")
def test_decisions_on_single_records_need_a_role_that_reviews(roles: frozenset[str]) -> None:
    """Administrator and auditor alone take no decision on any record."""
    assert (why_not_decide(somebody(roles)) is None) == bool(roles - NEVER_APPROVES)


def test_whoever_gathered_a_list_cannot_approve_it() -> None:
    """The gatherer's own approval is refused; a colleague with the same role may give it."""
    manager = somebody(frozenset({RECORDS_MANAGER}))
    own = why_not_approve(manager, RECORDS_MANAGER, gathered_by="jo", already=(), excluded=())
    assert own == "Jo Bloggs gathered this list, and whoever gathered a list cannot approve it"
    assert why_not_approve(manager, RECORDS_MANAGER, gathered_by="a.khan", already=(), excluded=()) is None


def test_two_stages_need_two_people() -> None:
    """Somebody with the roles of both stages approves one of them only."""
    both = somebody(frozenset({RECORDS_MANAGER, "service-manager"}))
    first = Approval("service-manager", "jo", "2026-04-01T09:00:00Z", "d")
    other = Approval("service-manager", "j.obrien", "2026-04-01T09:00:00Z", "d")
    refusal = why_not_approve(both, RECORDS_MANAGER, gathered_by="a.khan", already=(first,), excluded=())
    assert refusal == "Jo Bloggs approved an earlier stage, and two stages need two people"
    assert why_not_approve(both, RECORDS_MANAGER, gathered_by="a.khan", already=(other,), excluded=()) is None


def test_somebody_named_in_a_record_is_excluded_from_its_list() -> None:
    """A person in a conflict-of-interest field of one record cannot approve the list it is on."""
    manager = somebody(frozenset({RECORDS_MANAGER}))
    refusal = why_not_approve(manager, RECORDS_MANAGER, gathered_by="a.khan", already=(), excluded={"jo", "x"})
    assert refusal == "a record on this list names Jo Bloggs in its conflict-of-interest field"
    assert why_not_approve(manager, RECORDS_MANAGER, gathered_by="a.khan", already=(), excluded={"x"}) is None
