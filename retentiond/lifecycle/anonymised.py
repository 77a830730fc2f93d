"""What a certificate says of records that were rewritten, by store and kind: counts and names of columns only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from retentiond.domain.anonymity import LINKED, Groups, groups_told, suppressed
from retentiond.domain.definitions import KindOfRecord
from retentiond.domain.errors import EvidenceRefused
from retentiond.domain.schedule import Action
from retentiond.evidence.parts import Fields
from retentiond.ledger.transaction import Transaction
from retentiond.lifecycle.tools import Tools

Told = Mapping[str, str | int]


@dataclass(slots=True)
class Anonymised:
    """The records of one kind that were rewritten, as receipts and the independent read tell of them."""

    records: int = 0

    linked: int = 0
    """Shared rows they lead to that are still named; a row counts for every record that leads to it."""
    groups: dict[tuple[str, int], Groups] = field(default_factory=dict)
    """Table and k to its groups: as the independent read found them, the smallest where it found several."""
    suppressed: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Table and k to the rows whose quasi-identifiers were blanked, as the receipts tell."""

    def take(self, seen: Told, receipt: Told) -> None:
        """Take what the independent read and the receipt tell of one record."""
        self.records += 1
        linked = seen.get(LINKED, 0)
        self.linked += linked if isinstance(linked, int) else 0
        for one in groups_told(seen):
            known = self.groups.get((one.table, one.k))
            if known is None or one.smallest < known.smallest:
                self.groups[one.table, one.k] = one
            rows = receipt.get(suppressed(one.table), 0)
            self.suppressed[one.table, one.k] += rows if isinstance(rows, int) else 0


def anonymisation(tools: Tools, found: Mapping[tuple[str, str], Anonymised]) -> Iterator[Fields]:
    """Yield a row for each kind of record that was anonymised by a plan for its columns.

    Args:
        tools: the installation.
        found: store and kind to what was taken of its records.
    """
    for store, kind, one in _planned(tools, found, Action.ANONYMISE):
        yield _row(store, kind, one)


def pseudonymisation(tools: Tools, tx: Transaction, found: Mapping[tuple[str, str], Anonymised]) -> Iterator[Fields]:
    """Yield a row for each kind of record that was pseudonymised, with the keys its plan names.

    Args:
        tools: the installation.
        tx: a transaction of its ledger, which knows the fingerprint of every key there ever was.
        found: store and kind to what was taken of its records.

    Raises:
        EvidenceRefused: the ledger knows no key of a name.
    """
    for store, kind, one in _planned(tools, found, Action.PSEUDONYMISE):
        columns: dict[str, list[str]] = {}
        for column, key in kind.pseudonyms.items():
            columns.setdefault(key, []).append(column)
        keys: list[Fields] = []
        for name, named in sorted(columns.items()):
            known = tx.pseudonym_keys.find(name)
            if known is None:
                raise EvidenceRefused.about(f"pseudonym key {name}", "the ledger knows no key of this name")
            keys.append({"name": name, "fingerprint": known.fingerprint, "columns": list(named)})
        yield {**_row(store, kind, one), "records": one.records, "keys": list(keys)}


def _planned(
    tools: Tools, found: Mapping[tuple[str, str], Anonymised], action: Action
) -> Iterator[tuple[str, KindOfRecord, Anonymised]]:
    for (store, name), one in sorted(found.items()):
        kind = {kind.name: kind for kind in tools.definition(store).records}.get(name)
        if kind is not None and kind.rewriting is action:
            yield store, kind, one


def _row(store: str, kind: KindOfRecord, one: Anonymised) -> Fields:
    return {
        "store": store,
        "kind": kind.name,
        "linked_rows_still_named": one.linked,
        "read_back_only": list(kind.read_back_only),
        "groups": [_groups(kind, groups, one.suppressed[key]) for key, groups in sorted(one.groups.items())],
    }


def _groups(kind: KindOfRecord, groups: Groups, suppressed_rows: int) -> Fields:
    plan = kind.anonymise.get(groups.table)
    return {
        "table": groups.table,
        "quasi_identifiers": list(plan.quasi_identifiers) if plan else [],
        "k": groups.k,
        "groups": groups.groups,
        "smallest_group": groups.smallest,
        "blank_rows": groups.blank,
        "suppressed_rows": suppressed_rows,
    }
