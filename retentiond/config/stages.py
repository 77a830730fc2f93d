"""Whether the people in the settings can fill the stages of a review, each stage another person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from retentiond.domain.people import NEVER_APPROVES, RECORDS_MANAGER, Person


def why_not_filled(stages: Sequence[str], people: Iterable[Person]) -> tuple[str, str] | None:
    """Return why no list with these stages could ever be approved and what to do, or None when one could.

    Two stages need two people, and whoever gathers a list (a records manager) approves no stage of it.
    """
    able = [one for one in people if not one.roles & NEVER_APPROVES]
    for stage in stages:
        if not any(stage in one.roles for one in able):
            return f"nobody in the settings is a {stage}", "give somebody that role, or name another stage"
    listed = ", ".join(stages)
    if not _distinct(stages, able):
        return f"the stages {listed} need {len(stages)} different people", "give the roles to more people"
    gatherers = [one for one in able if RECORDS_MANAGER in one.roles]
    if gatherers and not any(_distinct(stages, [one for one in able if one.id != who.id]) for who in gatherers):
        message = f"nobody is left to approve as {listed} once a records manager has gathered the list"
        return message, "give the roles to one more person: whoever gathers a list cannot approve it"
    return None


def _distinct(stages: Sequence[str], people: Sequence[Person]) -> bool:
    """Whether each stage can have a person of its own: a bipartite matching that covers every stage."""
    taken: dict[str, int] = {}

    def place(stage: int, asked: set[str]) -> bool:
        for one in people:
            if stages[stage] in one.roles and one.id not in asked:
                asked.add(one.id)
                if one.id not in taken or place(taken[one.id], asked):
                    taken[one.id] = stage
                    return True
        return False

    return all(place(stage, set()) for stage in range(len(stages)))
