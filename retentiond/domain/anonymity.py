"""k-anonymity: among how many anonymised records each one is hidden. Told in counts by table; never a value.

A quasi-identifier says little alone and much together with others: a year of birth, an outward code, an ethnicity.
Rows that agree in all of them are a group, its size is how many records they belong to, and the smallest group is what
the whole is worth (Samarati and Sweeney, 1998, whose table has one row a person). Rows of which all are blank tell
nothing, are no group and are counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

K_ANONYMITY = 6
"""The smallest group where a class says no other: official statistics of children in need show no count of 1 to 5."""
LEAST_K = 2

_OF = " of "
_K, _GROUPS, _SMALLEST, _BLANK, _SUPPRESSED = "k", "groups", "smallest group", "blank rows", "suppressed rows"
LINKED = "linked rows still named"
"""Shared rows that a record leads to and that stay as they are, since something else needs them."""
READ_BACK = "read back in the transaction only"
"""Columns that no later read can judge, since nobody knows how far their dates were moved."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The rows of one table that are in anonymised form, by the values of their quasi-identifiers."""

    table: str
    k: int
    """The least that a group should have: what the record's class asks for."""
    groups: int
    smallest: int
    """Records that have a row in the smallest group; 0 where there is none."""
    blank: int
    """Rows of which all quasi-identifiers are blank."""

    def told(self) -> dict[str, int]:
        """Return it as counts with names, as a receipt and a sighting carry them."""
        counts = {_K: self.k, _GROUPS: self.groups, _SMALLEST: self.smallest, _BLANK: self.blank}
        return {f"{what}{_OF}{self.table}": count for what, count in counts.items()}


def groups_told(told: Mapping[str, str | int]) -> tuple[Groups, ...]:
    """Return what :meth:`Groups.told` wrote among other things, a table each."""
    tables = [name.removeprefix(_K + _OF) for name in told if name.startswith(_K + _OF)]
    numbers = {name: count for name, count in told.items() if isinstance(count, int)}
    return tuple(
        Groups(table, *(numbers.get(f"{what}{_OF}{table}", 0) for what in (_K, _GROUPS, _SMALLEST, _BLANK)))
        for table in tables
    )


def suppressed(table: str) -> str:
    """Return under which name a receipt counts the rows of a record whose quasi-identifiers had to be blanked."""
    return f"{_SUPPRESSED}{_OF}{table}"
