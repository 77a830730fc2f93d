"""A certificate of key destruction, in words and for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from retentiond.cli.answers import Line, Styled
from retentiond.cli.certificates import field, gone_by, statement_of
from retentiond.cli.text import counted, moment, spoken, stamp

if TYPE_CHECKING:
    from retentiond.ledger.values import KeyCertificate

PREFIX = "KD-"
"""How the numbers of these certificates begin."""
_HOW = {
    "overwritten-and-removed": "its file was overwritten and removed, and none of its name was there afterwards",
}


def key_certificate_body(certificate: KeyCertificate) -> dict[str, object]:
    """Return where a certificate stands, for JSON."""
    return {
        "number": certificate.number,
        "sequence": certificate.sequence,
        "key": certificate.name,
        "issued_at": stamp(certificate.at),
        "log_index": certificate.log_index,
    }


def key_certificate_lines(certificate: KeyCertificate) -> Iterator[Line]:
    """Yield what a certificate says. Its signed statement is what counts: ``--json`` shows it whole."""
    said = statement_of(certificate)["predicate"]
    yield Styled(f"Certificate of key destruction {certificate.number}", "cyan")
    yield f"  {said['organisation']}, {said['unit']}"
    yield field("pseudonym key", said["key"]["name"])
    yield field("fingerprint", said["key"]["fingerprint"])
    yield field("made", f"{_at(said['created']['at'])}, entry {said['created']['log_index']} of the log")
    for one in said["decided_by"]:
        yield field("decided by", f"{one['display_name']} ({spoken(one['role'])}) on {_at(said['decided_at'])}")
    yield field("destroyed", f"{_at(said['destroyed_at'])}, entry {certificate.log_index} of the log")
    yield field("how", _HOW[said["method"]["technique"]])
    for one in said["pseudonymised"]:
        yield field("under it", f"{counted(one['records'], 'record')} on certificate {one['certificate_no']}")
    if not said["pseudonymised"]:
        yield field("under it", "no record was certified as pseudonymised")
    for one in said["residual_copies"]:
        yield field("copies left", f"{one['class']}: {gone_by(one)}")


def _at(text: str) -> str:
    return moment(datetime.fromisoformat(text))
