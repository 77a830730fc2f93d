"""A certificate of destruction, in words and for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from retentiond.cli.answers import Line, Styled
from retentiond.cli.text import counted, day, listed, moment, spoken, stamp

if TYPE_CHECKING:
    from retentiond.ledger.values import Certificate


def certificate_body(certificate: Certificate) -> dict[str, object]:
    """Return where a certificate stands, for JSON."""
    return {
        "number": certificate.number,
        "sequence": certificate.sequence,
        "list": certificate.list_number,
        "issued_at": stamp(certificate.at),
        "log_index": certificate.log_index,
    }


def statement_of(certificate: Certificate) -> dict[str, Any]:
    """Return the signed statement."""
    found: dict[str, Any] = json.loads(certificate.payload)
    return found


def certificate_lines(certificate: Certificate) -> Iterator[Line]:
    """Yield what a certificate says. Its signed statement is what counts: ``--json`` shows it whole."""
    said = statement_of(certificate)["predicate"]
    yield Styled(f"Certificate of destruction {certificate.number}", "cyan")
    yield f"  {said['organisation']}, {said['unit']}"
    yield f"  disposal list  {certificate.list_number}"
    yield f"  issued         {moment(certificate.at)}, entry {certificate.log_index} of the log"
    yield f"  status         {spoken(said['status'])}"
    for name, number in said["totals"].items():
        if number:
            yield f"  {spoken(name):<15}{number:,}"
    if said["documents_destroyed"]:
        yield f"  with           {counted(said['documents_destroyed'], 'document')} in other stores"
    for one in said["authority"]:
        yield f"  authority      {one['item']} of {one['schedule']} {one['version']}: {'; '.join(one['mandate'])}"
    for one in said["approvals"]:
        at = moment(datetime.fromisoformat(one["at"]))
        yield f"  approved by    {one['display_name']} ({spoken(one['stage'])}) on {at}"
    for one in said["verification"]:
        yield (
            f"  verified       {one['store']}: {one['checked']:,} checked, {one['still_present']:,} still present, "
            f"{one['inconclusive']:,} inconclusive"
        )
    for one in said["residual_copies"]:
        gone_by = day(date.fromisoformat(one["gone_by"])) if one["gone_by"] else "a date nobody has given"
        yield f"  {one['class']} of {one['store']}: gone by {gone_by}"
    notify = said.get("recipients_to_notify", [])
    if notify:
        yield f"  to be told of it: {listed(one['name'] for one in notify)} (UK GDPR Art 19)"
