"""A disposal list and the entries on it: the states each may be in and the only ways from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from retentiond.domain.people import Approval
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action


class ListState(StrEnum):
    """Where a disposal list stands."""

    IN_REVIEW = "in-review"
    """People decide; its manifest is frozen, and a decision on a record makes a new one."""
    APPROVED = "approved"
    """Every stage approved this digest; the cooling-off period runs, and withdrawing is still possible."""
    DISPOSING = "disposing"
    """Orders are being carried out. The only valid ways outwards are to dispose or to be interrupted here."""
    DISPOSED = "disposed"
    """Every entry has a fate; the independent read and the certificate remain."""
    CERTIFIED = "certified"
    """Final: its certificate is in the log."""
    RETURNED = "returned"
    """Final: a reviewer sent it back."""
    WITHDRAWN = "withdrawn"
    """Final: stopped by a person before anything was done."""

    @property
    def spoken(self) -> str:
        """As people say it: ``in review``."""
        return self.value.replace("-", " ")


LIST_MOVES: dict[ListState, frozenset[ListState]] = {
    ListState.IN_REVIEW: frozenset({ListState.APPROVED, ListState.RETURNED, ListState.WITHDRAWN}),
    ListState.APPROVED: frozenset({ListState.DISPOSING, ListState.WITHDRAWN, ListState.IN_REVIEW}),
    ListState.DISPOSING: frozenset({ListState.DISPOSED}),
    ListState.DISPOSED: frozenset({ListState.CERTIFIED}),
    ListState.CERTIFIED: frozenset(),
    ListState.RETURNED: frozenset(),
    ListState.WITHDRAWN: frozenset(),
}
OPEN_STATES = frozenset({ListState.IN_REVIEW, ListState.APPROVED, ListState.DISPOSING, ListState.DISPOSED})


class Standing(StrEnum):
    """Where one entry of a list stands."""

    LISTED = "listed"
    RETAINED = "retained"
    """Taken off: a reviewer keeps it until a date, for a reason."""
    HELD = "held"
    """Taken off: a reviewer placed a hold on it."""
    RECLASSIFIED = "reclassified"
    """Taken off: a reviewer says its class is wrong."""
    LEFT = "left"
    """Taken off: re-assessed while in review and no longer due, or changed."""
    INTENDED = "intended"
    """An order for it is durable; its store may or may not have acted. The only valid way outwards is a receipt."""
    DESTROYED = "destroyed"
    ANONYMISED = "anonymised"
    PSEUDONYMISED = "pseudonymised"
    """It names people by pseudonyms, and is personal data for as long as their key exists."""
    ALREADY_ABSENT = "already-absent"
    """Gone before any order of ours: never counted as destroyed."""
    SKIPPED_HELD = "skipped-held"
    SKIPPED_CHANGED = "skipped-changed"
    SKIPPED_NOT_DUE = "skipped-not-due"
    """No longer due at disposal: reopened, blocked, or its schedule lengthened."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The store's answer was lost and evidence cannot say; a person decides."""


REWRITTEN = frozenset({Standing.ANONYMISED, Standing.PSEUDONYMISED})
"""How a record ends that stays in its store with less in its columns."""
OFF_THE_LIST = frozenset({Standing.RETAINED, Standing.HELD, Standing.RECLASSIFIED, Standing.LEFT})
"""Taken off before approval: not on the manifest and not on the certificate."""
FATES = frozenset(
    {
        Standing.DESTROYED,
        Standing.ANONYMISED,
        Standing.PSEUDONYMISED,
        Standing.ALREADY_ABSENT,
        Standing.SKIPPED_HELD,
        Standing.SKIPPED_CHANGED,
        Standing.SKIPPED_NOT_DUE,
        Standing.FAILED,
    }
)
"""How an approved entry can end; the totals of a certificate count exactly these."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on a disposal list, in the state the reviewers see."""

    ref: RecordRef
    reference: str
    """What people call it; empty once the list is certified."""
    record_class: str
    action: Action
    state: str
    """Digest over the record's state token and those of its documents."""
    due_on: date
    reason: str
    """The date arithmetic in words: shown to reviewers, erased once certified."""
    documents: tuple[RecordRef, ...] = ()
    excluded_reviewers: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    standing: Standing = Standing.LISTED
    note: str = ""
    order: str = ""
    """The order's id: the record's opaque tag on the manifest. Empty until the list has a manifest."""
    attempts: int = 0
    """How often an order for it was sent towards its store."""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A part of an entry that lives in another store: ordered with it, and only after it has been disposed of."""

    parent: RecordRef
    ref: RecordRef
    state: str
    order: str = ""
    standing: Standing = Standing.LISTED
    note: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class DisposalList:
    """The batch people review and sign."""

    number: str
    state: ListState
    gathered_by: str
    gathered_at: datetime
    stages: tuple[str, ...]
    """Roles that must approve, in order."""
    digest: str
    """SHA-256 of the proposal's exact bytes: what an approval is bound to."""
    revision: int = 1
    approvals: tuple[Approval, ...] = ()
    dispose_after: datetime | None = None
    """End of the cooling-off period; None until every stage has approved."""
    epoch: int = 0
    ended_because: str = ""
    """Why it was returned or withdrawn, in a person's words."""
    counts: dict[Standing, int] = field(default_factory=dict)

    @property
    def next_stage(self) -> str | None:
        """The role whose approval is wanted next, or None when all were given."""
        given = len(self.approvals)
        return self.stages[given] if given < len(self.stages) else None


def may_move(before: ListState, after: ListState) -> bool:
    """Return whether a list may go from one state to the other."""
    return after in LIST_MOVES[before]
