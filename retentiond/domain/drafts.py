"""A first definition of a store, drafted from its catalogue and from counts: nothing in it is decided yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Said: TypeAlias = "str | int | bool | list[Said] | dict[str, Said] | None"
"""What a definition's file says in one place."""

CONFIRM = "CONFIRM"
"""Stands where something is needed that no catalogue knows. A check refuses it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a draft says."""

    said: Said
    remark: str = ""
    """Why, and what to confirm. Names, counts and years only."""
    is_candidate: bool = False
    """It is only likely: written as a comment, to be taken up or struck out."""


@dataclass(frozen=True, slots=True)
class DraftKind:
    """One kind of record, with the lines of each of its keys in order."""

    name: str
    table: str
    key: tuple[str, ...]
    """Empty where nothing tells its rows apart."""
    about: tuple[str, ...] = ()
    reference: tuple[Line, ...] = ()
    conflict_of_interest: tuple[Line, ...] = ()
    subjects: tuple[Line, ...] = ()
    triggers: tuple[Line, ...] = ()
    blockers: tuple[Line, ...] = ()
    parts: tuple[Line, ...] = ()
    shared: tuple[Line, ...] = ()
    history: tuple[Line, ...] = ()
    anonymise: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole definition of a database, as far as its catalogue says it."""

    name: str
    kinds: tuple[DraftKind, ...]
    about: tuple[str, ...] = ()
    recipients: tuple[Line, ...] = ()
    references: tuple[Line, ...] = ()
