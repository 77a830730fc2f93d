"""Holds: orders that stop disposal. Placed and lifted by people, each with an authority, a scope, a review date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from retentiond.domain.records import Record


@dataclass(frozen=True, slots=True)
class HoldScope:
    """What a hold covers: a record must match every field that is not empty. All empty covers everything.

    A record whose names became pseudonyms may be the one that is meant, so it is taken to match wherever a hold names
    a person or a reference.
    """

    stores: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    """Records by ``store/kind/key`` or by the reference people use."""
    subjects: frozenset[str] = frozenset()

    @property
    def is_blanket(self) -> bool:
        """Whether the scope covers every record of every store."""
        return not (self.stores or self.classes or self.records or self.subjects)

    def covers(self, record: Record) -> bool:
        """Return whether the record lies within the scope."""
        return (
            (not self.stores or record.ref.store in self.stores)
            and (not self.classes or record.record_class in self.classes)
            and (not self.records or self._names_record(record))
            and (not self.subjects or record.coded_subjects or not self.subjects.isdisjoint(record.subjects))
        )

    def covers_document(self, document: Record, record: Record) -> bool:
        """Return whether a document of a record lies within the scope: it is of its record's class and people too."""
        return (
            (not self.stores or not self.stores.isdisjoint((document.ref.store, record.ref.store)))
            and (not self.classes or not self.classes.isdisjoint((document.record_class, record.record_class)))
            and (not self.records or self._names(document) or self._names_record(record))
            and (
                not self.subjects
                or record.coded_subjects
                or not self.subjects.isdisjoint((*document.subjects, *record.subjects))
            )
        )

    def _names_record(self, record: Record) -> bool:
        """Return whether a record is named, or may be by the reference it had before that became a pseudonym."""
        if self.records & {str(record.ref), record.reference}:
            return True
        ours = f"{record.ref.store}/"
        return record.coded_reference and any(not one.startswith(ours) for one in self.records)

    def _names(self, document: Record) -> bool:
        """Return whether a document is named, whatever the kind is called that it is named by: it is one thing."""
        ref = document.ref
        return document.reference in self.records or any(
            one.split("/", 2)[::2] == [ref.store, ref.key] for one in self.records
        )


@dataclass(frozen=True, slots=True)
class Hold:
    """One order that stops disposal until it is lifted."""

    number: str
    title: str
    authority: str
    scope: HoldScope
    review_on: date
    placed_by: str
    placed_at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    lifted_on_authority: str | None = field(default=None)

    @property
    def in_force(self) -> bool:
        """Whether nobody has lifted it."""
        return self.lifted_at is None


def covering(record: Record, holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """Return the holds in force that cover the record. Independent holds overlap: all must be lifted."""
    return tuple(hold for hold in holds if hold.in_force and hold.scope.covers(record))


class HoldsInForce:
    """The holds in force, laid out so that a record none of them can cover is told without asking each.

    Args:
        holds: holds; those that were lifted are left out.
    """

    __slots__ = ("_named", "_subjects", "_wide", "all")

    def __init__(self, holds: Iterable[Hold]) -> None:
        self.all = tuple(one for one in holds if one.in_force)
        self._wide = any(not one.scope.records and not one.scope.subjects for one in self.all)
        self._named = frozenset().union(*(one.scope.records for one in self.all))
        self._subjects = frozenset().union(*(one.scope.subjects for one in self.all))

    def covering(self, record: Record) -> tuple[Hold, ...]:
        """Return those that cover the record, as :func:`covering` does."""
        return covering(record, self.all) if self.all and self._may_cover(record) else ()

    def _may_cover(self, record: Record) -> bool:
        """Return whether one may: it names neither records nor people, or a name of this one, or one not known."""
        return (
            self._wide
            or record.coded_reference
            or record.coded_subjects
            or record.reference in self._named
            or str(record.ref) in self._named
            or not self._subjects.isdisjoint(record.subjects)
        )


def covering_document(document: Record, record: Record, holds: Iterable[Hold]) -> tuple[Hold, ...]:
    """Return the holds in force on a document of a record; one that covers the record itself only if on both alike."""
    return tuple(
        hold
        for hold in holds
        if hold.in_force
        and hold.scope.covers_document(document, record)
        and (hold.scope.covers(document) or not hold.scope.covers(record))
    )
