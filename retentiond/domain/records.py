"""A record as retentiond knows it: a reference, dates, a state token. Never its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

StateToken = NewType("StateToken", str)
"""Opaque; differs whenever the record differs."""


@dataclass(frozen=True, slots=True, order=True)
class RecordRef:
    """The stable name of one record: the store, the kind of record in it, the store's own key."""

    store: str
    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.store}/{self.kind}/{self.key}"

    @classmethod
    def parse(cls, text: str) -> RecordRef:
        """Read ``store/kind/key``; the key may hold further slashes.

        Raises:
            ValueError: a part is missing.
        """
        parts = text.split("/", 2)
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"'{text}' is not a record; write store/kind/key")
        return cls(*parts)


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a store described it at one moment."""

    ref: RecordRef
    reference: str
    """What people call it (a family reference, an object key): shown to reviewers, erased once certified."""
    record_class: str | None
    """The class code, or None where no condition of the definition held."""
    dates: Mapping[str, date | None]
    """The date of each trigger the definition maps; None where the store has none."""
    state: StateToken
    blockers: tuple[str, ...] = ()
    """Named reasons of the store why not now (an open episode)."""
    referred_to: tuple[str, ...] = ()
    """Why it may not be destroyed, though it may be anonymised: something that stays refers to it."""
    native_holds: tuple[str, ...] = ()
    """Holds the store itself enforces (an object's legal hold or retention)."""
    subjects: tuple[str, ...] = ()
    """Opaque references of the people it is about, for holds on a person."""
    coded_reference: bool = False
    """Its reference is a pseudonym: which one it had, and a hold may name, is not known any more."""
    coded_subjects: bool = False
    """The same of a person it is about."""
    excluded_reviewers: tuple[str, ...] = ()
    """Person ids named in the record's conflict-of-interest field."""
    documents: tuple[RecordRef, ...] = ()
    """Parts of this record that live in other stores and go with it."""
    shared_documents: tuple[RecordRef, ...] = ()
    """Documents that another record refers to as well: they stay, and go with the last record that does."""
    unplanned: tuple[str, ...] = ()
    """Why it cannot be anonymised as planned, in words without values: its JSON holds a field that no plan names."""
    recipients: tuple[str, ...] = ()
    """Organisations the record was disclosed to (UK GDPR Art 19)."""
    size: int | None = None
    """Bytes, where the store counts them."""
    statuses: Mapping[str, bool] = field(default_factory=dict)
    """Whether each status the definition maps was ever true of it. One that is not here is unknown."""
    problems: tuple[str, ...] = field(default=())
    """Why a date could not be read, in words without the value. A record with a problem is never due."""
