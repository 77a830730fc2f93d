"""What the two manifests of a list commit to for each record: what was proposed, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from retentiond.domain.lists import Entry, Standing
from retentiond.domain.outcomes import Grade
from retentiond.domain.schedule import Action
from retentiond.evidence.jcs import cut, encoded, quoted
from retentiond.evidence.lines import lines, references
from retentiond.evidence.parts import Fields

_Counts: TypeAlias = tuple[tuple[str, int], ...]
Accounted: TypeAlias = tuple[Entry, Standing, Grade | None, _Counts]
"""An entry, its fate, the grade of the evidence of a deed, and what the independent read counted."""


def proposed(entries: Sequence[Entry], key: bytes) -> Iterator[bytes]:
    """Yield the manifest's raw line of each entry: it commits to state, class, action, due date, documents.

    Args:
        entries: what is proposed.
        key: the list's opening key.
    """
    return lines(key, "proposal", zip(_named(entries), what_is_proposed(entries), strict=True))


def accounted(fates: Sequence[Accounted], key: bytes) -> Iterator[bytes]:
    """Yield the outcome manifest's raw line of each entry: it commits to what became of it, and how that was seen.

    Args:
        fates: what became of each.
        key: the list's opening key.
    """
    named = _named([entry for entry, *_ in fates])
    return lines(key, "outcome", zip(named, what_became(fates), strict=True))


def what_is_proposed(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield what a proposal commits to for each entry, as canonical JSON.

    Raises:
        EvidenceRefused: a record's key holds half a Unicode character.
    """
    return encoded(map(_proposal, entries))


def what_became(fates: Iterable[Accounted]) -> Iterator[bytes]:
    """Yield what an outcome commits to for each entry, as canonical JSON.

    Raises:
        EvidenceRefused: a record's key holds half a Unicode character.
    """
    return encoded(map(_outcome, fates))


def _named(entries: Iterable[Entry]) -> Iterator[bytes]:
    return references((one.ref.store, one.ref.kind, one.ref.key) for one in entries)


def _proposal(one: Entry) -> str:
    ref = one.ref
    first, second, third, last = _around_proposals(
        (ref.store, ref.kind, one.record_class, one.action, len(one.documents))
    )
    return f"{first}{_day(one.due_on)}{second}{quoted(ref.key)}{third}{quoted(one.state)}{last}"


@lru_cache(maxsize=2**16)
def _day(day: date) -> str:
    return quoted(day.isoformat())


@lru_cache(maxsize=4096)
def _around_proposals(alike: tuple[str, str, str, Action, int]) -> tuple[str, ...]:
    store, kind, code, action, documents = alike
    same: Fields = {"store": store, "kind": kind, "class": code, "action": action.value, "documents": documents}
    return cut(same, {"due_on", "ref", "state"})


def _outcome(told: Accounted) -> str:
    entry, fate, grade, checked = told
    alike = (entry.ref.store, entry.ref.kind, entry.record_class, entry.action, fate, grade, checked)
    before, after = _around_outcomes(alike)
    return f"{before}{quoted(entry.ref.key)}{after}"


@lru_cache(maxsize=4096)
def _around_outcomes(alike: tuple[str, str, str, Action, Standing, Grade | None, _Counts]) -> tuple[str, ...]:
    store, kind, code, action, fate, grade, checked = alike
    same: Fields = {"store": store, "kind": kind, "class": code, "action": action.value, "outcome": fate.value}
    return cut(same | {"grade": grade.value if grade else "", "checked": dict(checked)}, {"ref"})
