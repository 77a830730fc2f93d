"""How an order can end, how strong the evidence is, and what an independent read can see."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a connector did with one order."""

    DESTROYED = "destroyed"
    ANONYMISED = "anonymised"
    PSEUDONYMISED = "pseudonymised"
    ALREADY_ABSENT = "already-absent"
    CHANGED = "changed"
    HELD = "held"
    FAILED = "failed"


class Grade(StrEnum):
    """How strong the evidence is that it was this order that disposed of the record."""

    A = "A"
    """The store acknowledged it, or holds a receipt row of the same transaction."""
    B = "B"
    """An attempt was journalled, its reply was lost, and the record was afterwards seen to be gone."""


class Sight(StrEnum):
    """What an independent read saw of a record after its disposal."""

    GONE = "gone"
    """Nothing of it is left: no row of any mapped table, no version, no delete marker, no file."""
    ANONYMISED = "anonymised"
    """It is there and every column of its plan has its anonymised form; what the plan deletes is gone."""
    PSEUDONYMISED = "pseudonymised"
    """The same of a plan that puts pseudonyms into columns: such a column holds one, or nothing."""
    PRESENT = "present"
    """It, or a mapped part of it, is still there."""
    INCONCLUSIVE = "inconclusive"
    """The store did not answer clearly. Never counted as gone."""
