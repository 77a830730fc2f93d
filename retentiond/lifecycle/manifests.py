"""The frozen manifest of a list: what exactly is approved, as bytes with a digest, naming nobody."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from retentiond.domain.errors import DecisionRefused
from retentiond.domain.lists import DisposalList, Document, Entry
from retentiond.domain.people import Person
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Schedule
from retentiond.evidence import predicates
from retentiond.evidence.commitments import (
    key_commitment,
    new_opening_key,
    record_key,
    reference_bytes,
    tag,
    unwrap,
    wrap,
)
from retentiond.evidence.lines import tag_of
from retentiond.evidence.manifest import manifest, raw_lines
from retentiond.evidence.parts import Fields
from retentiond.evidence.strict import JsonValue
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.values import Proposal
from retentiond.lifecycle.committed import proposed
from retentiond.lifecycle.in_force import mind_in_force
from retentiond.lifecycle.needed import naming_stores
from retentiond.lifecycle.proofs import is_proposed
from retentiond.lifecycle.recording import record
from retentiond.lifecycle.tools import Tools


def opened(ref: RecordRef, key: bytes) -> bytes:
    """Return the record key that opens one record of the list with this opening key, and no other."""
    return record_key(key, reference_bytes(ref.store, ref.kind, ref.key))


def document_order(document: Document, key: bytes) -> str:
    """Return the id of a document's order: it stands for the document, its record and the state the reviewers saw.

    Documents have no line on the manifest, so their orders prove by themselves that they were made with the list's key.
    """
    return tag(record_key(opened(document.ref, key), f"{document.parent}\0{document.state}".encode()))


def freeze(
    tools: Tools,
    tx: Transaction,
    listed: DisposalList,
    entries: Sequence[Entry],
    documents: Sequence[Document],
    *,
    by: Person,
) -> str:
    """Freeze a list as it stands: a new manifest, signed and logged; approvals given before are void.

    Returns:
        The digest approvals are bound to: SHA-256 of the proposal's exact bytes, lower-case hex.

    Raises:
        DecisionRefused: the class of a record is in no schedule in force any more, or a schedule of the configuration
            is not the version people adopted: no list cites what nobody adopted.
    """
    mind_in_force(tools, tx)
    key = new_opening_key()
    lines = list(proposed(entries, key))
    frozen = manifest(lines)
    classes = tools.classes()
    unknown = sorted({one.record_class for one in entries} - classes.keys())
    if unknown:
        raise DecisionRefused.about(
            listed.number,
            f"no schedule in force has the class {', '.join(unknown)} any more",
            "withdraw the list and gather it again",
        )
    schedules = {classes[one.record_class][1].digest: classes[one.record_class][1] for one in entries}
    stores = {one.ref.store for one in entries} | {one.ref.store for one in documents}
    stores |= {
        other for place in {one.ref.store for one in documents} for other in naming_stores(tools.definitions, place)
    }
    definitions = {name: tools.definition(name).digest for name in stores}
    recorded = record(
        tools,
        tx,
        "proposal",
        lambda base: predicates.proposal(
            base,
            list_no=listed.number,
            revision=listed.revision,
            manifest=frozen,
            key_commitment=key_commitment(key),
            series=series(entries),
            schedules=[
                {
                    "schedule": one.name,
                    "version": one.version,
                    "digest": one.digest,
                    "log_index": tx.schedules.log_index(one.digest),
                    "classes": _grounds(one, {entry.record_class for entry in entries}),
                }
                for one in schedules.values()
            ],
            definitions=[{"store": name, "digest": digest} for name, digest in sorted(definitions.items())],
            holds=register(tools, tx),
            stages=listed.stages,
            gathered_by=(listed.gathered_by, tools.name_of(listed.gathered_by)),
        ),
        subjects=[(f"{listed.number}/{listed.revision}/manifest-proposal", frozen.root)],
        operator=by,
        role="records-manager",
        list_number=listed.number,
    )
    tx.lists.freeze(
        listed.number,
        revision=listed.revision,
        digest=recorded.digest,
        orders={entry.ref: tag_of(line) for entry, line in zip(entries, lines, strict=True)},
        document_orders={one.ref: document_order(one, key) for one in documents},
        wrapped_key=wrap(key, tools.opening_key, listed.number.encode()),
        proposal=recorded.payload,
        manifest=frozen.text,
        event_seq=recorded.seq,
    )
    return recorded.digest


def _grounds(schedule: Schedule, codes: Collection[str]) -> list[JsonValue]:
    return [{"item": one.code, "mandate": list(one.mandate)} for one in schedule.classes if one.code in codes]


def register(tools: Tools, tx: Transaction) -> Fields:
    """Return the holds in force now, as a statement cites them: a digest, a count, the moment."""
    return predicates.hold_register(tx.holds.register_digest(), len(tx.holds.active()), tools.clock())


def series(entries: Iterable[Entry]) -> list[Fields]:
    """Return counts and inclusive months per class and action: how much, of what, due when."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.record_class, entry.action.value), []).append(entry)
    return [
        predicates.series(code, action, len(group), min(one.due_on for one in group), max(one.due_on for one in group))
        for (code, action), group in sorted(groups.items())
    ]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A list's manifest read back: is an entry on it exactly as it was approved?"""

    key: bytes
    lines: frozenset[bytes]
    """Raw, 48 bytes each."""
    definitions: Mapping[str, str]
    """Store to the digest of the definition the reviewers saw it through: of every store on the list, and of every
    other whose records may name the list's documents."""
    authority: Mapping[str, Fields]
    """Class to the ground on which the reviewers approved its disposal: schedule, version, digest, mandate."""

    @property
    def classes(self) -> frozenset[str]:
        """The classes of its records."""
        return frozenset(self.authority)

    def holds(self, entries: Sequence[Entry]) -> set[RecordRef]:
        """Return which of some entries are, field by field, the ones that were frozen."""
        lines = proposed(entries, self.key)
        return {
            one.ref
            for one, line in zip(entries, lines, strict=True)
            if line in self.lines and tag_of(line) == one.order
        }

    def holds_document(self, document: Document) -> bool:
        """Return whether the document, its record and its state are those that were frozen."""
        return document_order(document, self.key) == document.order


def read_back(tools: Tools, tx: Transaction, listed: DisposalList) -> Frozen | None:
    """Return the list's manifest, or None when what the ledger holds is not what was signed and logged for review."""
    kept = tx.lists.proposal(listed.number)
    if not is_proposed(tools, tx, listed, kept):
        return None
    key = unwrap(kept.wrapped_key, tools.opening_key, listed.number.encode())
    stated = json.loads(kept.payload)["predicate"]
    authority = {
        ground["item"]: {name: one[name] for name in ("schedule", "version", "digest")} | ground
        for one in stated["schedules"]
        for ground in one["classes"]
    }
    return Frozen(key, frozenset(raw_lines(kept.manifest)), stated_definitions(kept), authority)


def stated_definitions(kept: Proposal) -> dict[str, str]:
    """Return store to the digest of its definition, as what reviewers approve states them."""
    return {one["store"]: one["digest"] for one in json.loads(kept.payload)["predicate"]["definitions"]}
