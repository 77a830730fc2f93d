"""What the name of a trigger gives away: a birth, a death, or the kind of event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from retentiond.domain.schedule import Event

_BIRTH = frozenset({"birth", "births", "dob", "birthday", "birthdate", "born"})
_DEATH = frozenset({"death", "died", "deceased", "dod"})
_EARLIER = frozenset({"expected", "parent", "parents", "mother", "father", "eldest", "oldest", "earliest", "first"})
_EARLIER_TOO = frozenset({"sibling", "carer", "worker", "staff", "applicant", "adopter"})


@cache
def is_birth(name: str) -> bool:
    """Whether a trigger is somebody's birth by its name: ``birth``, ``youngest-birth``, ``child-dob``."""
    return not _BIRTH.isdisjoint(name.split("-"))


@cache
def is_death(name: str) -> bool:
    """Whether a trigger is somebody's death by its name: ``death``, ``date-of-death``."""
    return not _DEATH.isdisjoint(name.split("-"))


@cache
def is_earlier_birth(name: str) -> bool:
    """Whether a birth may lie before that of the person the record is about: a parent's, or one only expected."""
    return is_birth(name) and not (_EARLIER | _EARLIER_TOO).isdisjoint(name.split("-"))


def words_of(name: str, events: Mapping[str, Event]) -> tuple[str, ...]:
    """Return the words of a trigger's name and of what the schedule says it is called, in small letters."""
    called = events[name].called if name in events else ""
    return _words(f"{name} {called}")


@cache
def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z]+", text.casefold()))
