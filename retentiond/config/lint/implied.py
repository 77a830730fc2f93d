"""Whether one condition can only hold when another does."""

from __future__ import annotations

from retentiond.domain.conditions import AllOf, AnyOf, Condition, DiedBeforeAge, HappenedBefore


def implies(one: Condition, other: Condition) -> bool:
    """Return whether ``other`` provably holds whenever ``one`` does; False also where that cannot be told."""
    if one == other:
        return True
    if isinstance(one, AnyOf):
        return all(implies(part, other) for part in one.conditions)
    if isinstance(other, AllOf):
        return all(implies(one, part) for part in other.conditions)
    if isinstance(other, AnyOf) and any(implies(one, part) for part in other.conditions):
        return True
    if isinstance(one, AllOf):
        return any(implies(part, other) for part in one.conditions)
    match one, other:
        case DiedBeforeAge(), DiedBeforeAge():
            same = (one.birth, one.death) == (other.birth, other.death)
            return same and one.age.months <= other.age.months and one.age.days <= other.age.days
        case HappenedBefore(), HappenedBefore():
            return one.event == other.event and one.day <= other.day
        case _:
            return False
