"""What is said when a pseudonym key is made, and what the certificate says when it was destroyed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from retentiond.evidence.parts import Fields, Row, instant

OVERWRITTEN = "overwritten-and-removed"
TECHNIQUES = (OVERWRITTEN,)
"""How a key went. A file that is missing without a trace of its overwriting is never certified."""
KEY_STATEMENT = (
    "The organisation states that the file of the pseudonym key named here was destroyed by the method given, on the "
    "decision of the people given, and that no file of its name was there afterwards."
)
KEY_LIMITS = (
    "Copies of the key in backups, snapshots, replicas and on storage media are not covered before the date given.",
    "Overwriting does not reach blocks that a copying file system or a solid-state disk has put aside.",
    "The decision was recorded by the operator's software, for all by one of those named; they did not sign it.",
    "That nobody has copied the key elsewhere is the organisation's own statement.",
    "Without the key no pseudonym leads back to a value; what else a record says may still name somebody.",
    "The records are called pseudonymised here and stay so; whether they are anonymous by now is for people to judge.",
)


def pseudonym_key_created(base: Row, *, name: str, fingerprint: str, created_by: tuple[str, str]) -> Fields:
    """Return the predicate for a key that was made.

    Args:
        base: the common fields.
        name: its name.
        fingerprint: see :func:`retentiond.domain.pseudonyms.fingerprint`.
        created_by: person id and display name.
    """
    person, display_name = created_by
    return {
        **base,
        "key": {"name": name, "fingerprint": fingerprint},
        "created_by": {"person": person, "display_name": display_name},
    }


def pseudonym_key_destruction_decided(
    base: Row, *, name: str, fingerprint: str, decided_by: Sequence[tuple[str, str]]
) -> Fields:
    """Return the predicate for a decision to destroy a key.

    Args:
        base: the common fields.
        name: the key's name.
        fingerprint: its fingerprint.
        decided_by: person id and display name of each: two people at least.
    """
    return {
        **base,
        "key": {"name": name, "fingerprint": fingerprint},
        "decided_by": [{"person": person, "display_name": display_name} for person, display_name in decided_by],
    }


def key_destruction_certificate(
    base: Row,
    *,
    certificate_no: str,
    sequence: int,
    organisation: str,
    unit: str,
    name: str,
    fingerprint: str,
    created_at: datetime | str,
    created_log_index: int,
    decided_by: Sequence[Row],
    decided_at: datetime | str,
    destroyed_at: datetime | str,
    technique: str,
    pseudonymised: Sequence[Row],
    copies_gone_by: date | None,
    statement: str = KEY_STATEMENT,
    limits: Sequence[str] = KEY_LIMITS,
) -> Fields:
    """Return the predicate of a certificate of key destruction.

    Args:
        base: the common fields.
        certificate_no: its number, also the name of its file.
        sequence: 1 for an installation's first, and no gap after it.
        organisation: whose key it was.
        unit: of the organisation.
        name: the key's name.
        fingerprint: the key's fingerprint, as it was said when it was made.
        created_at: when it was made.
        created_log_index: where the log says so.
        decided_by: rows of ``person``, ``display_name``, ``role``: two people at least.
        decided_at: when they decided; from then on nothing became a pseudonym under it.
        destroyed_at: when its file was seen to be gone.
        technique: a word of :data:`TECHNIQUES`.
        pseudonymised: rows of ``certificate_no``, ``sha256`` (of the certificate's payload bytes), ``log_index`` and
            ``records``: the certificates that say which records were pseudonymised under it.
        copies_gone_by: when the last backup that may hold a copy is gone; None: nobody has said.
        statement: fixed wording: what is asserted.
        limits: fixed wording: what this certificate does not show.
    """
    return {
        **base,
        "certificate_no": certificate_no,
        "sequence": sequence,
        "organisation": organisation,
        "unit": unit,
        "key": {"name": name, "fingerprint": fingerprint},
        "created": {"at": instant(created_at), "log_index": created_log_index},
        "decided_by": list(decided_by),
        "decided_at": instant(decided_at),
        "destroyed_at": instant(destroyed_at),
        "method": {"technique": technique, "file_afterwards": "none"},
        "pseudonymised": list(pseudonymised),
        "residual_copies": [{"class": "backup", "gone_by": copies_gone_by.isoformat() if copies_gone_by else None}],
        "statement": statement,
        "limits": list(limits),
    }
