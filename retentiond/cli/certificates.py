"""A certificate of destruction, in words and for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from retentiond.cli.answers import Line, Styled
from retentiond.cli.text import counted, day, listed, moment, spoken, stamp

if TYPE_CHECKING:
    from retentiond.ledger.values import Certificate, KeyCertificate

WIDTH = 19


def certificate_body(certificate: Certificate) -> dict[str, object]:
    """Return where a certificate stands, for JSON."""
    return {
        "number": certificate.number,
        "sequence": certificate.sequence,
        "list": certificate.list_number,
        "issued_at": stamp(certificate.at),
        "log_index": certificate.log_index,
    }


def statement_of(certificate: Certificate | KeyCertificate) -> dict[str, Any]:
    """Return the signed statement."""
    found: dict[str, Any] = json.loads(certificate.payload)
    return found


def certificate_lines(certificate: Certificate) -> Iterator[Line]:
    """Yield what a certificate says. Its signed statement is what counts: ``--json`` shows it whole."""
    said = statement_of(certificate)["predicate"]
    yield Styled(f"Certificate of destruction {certificate.number}", "cyan")
    yield f"  {said['organisation']}, {said['unit']}"
    yield field("disposal list", certificate.list_number)
    yield field("issued", f"{moment(certificate.at)}, entry {certificate.log_index} of the log")
    yield field("status", spoken(said["status"]))
    for name, number in said["totals"].items():
        if number:
            yield field(spoken(name), f"{number:,}")
    if said["documents_destroyed"]:
        yield field("with", f"{counted(said['documents_destroyed'], 'document')} in other stores")
    for one in said["authority"]:
        yield field(
            "authority", f"{one['item']} of {one['schedule']}, version {one['version']}: {'; '.join(one['mandate'])}"
        )
    for one in said["approvals"]:
        at = moment(datetime.fromisoformat(one["at"]))
        yield field("approved by", f"{one['display_name']} ({spoken(one['stage'])}) on {at}")
    for one in said["verification"]:
        yield field(
            "verified",
            f"{one['store']}: {one['checked']:,} checked, {one['still_present']:,} still present, "
            f"{one['inconclusive']:,} inconclusive",
        )
    for one in [*said.get("anonymisation", []), *said.get("pseudonymisation", [])]:
        yield from _rewritten(one)
    for one in said["residual_copies"]:
        yield field("copies left", f"{spoken(one['class'])} of {one['store']}: {gone_by(one)}")
    notify = said.get("recipients_to_notify", [])
    if notify:
        yield field("to be told", f"{listed(one['name'] for one in notify)} (UK GDPR Art 19)")


def _pseudonymised(said: dict[str, Any]) -> Iterator[Line]:
    """Yield under which keys one kind of record was pseudonymised, and what that means."""
    for one in said.get("keys", []):
        key = f"key {one['name']} ({one['fingerprint'][:16]}…): {listed(one['columns'])} of {said['store']}"
        yield field("pseudonyms", key)
    if "keys" in said:
        yield field("", "they are personal data still, for as long as a key or a copy of it exists; the independent")
        yield field("", "read saw 64 hex digits or nothing there, and our receipt that the values became them")


def _rewritten(said: dict[str, Any]) -> Iterator[Line]:
    """Yield what is told of the groups and the shared rows of one kind of record."""
    yield from _pseudonymised(said)
    for one in said["groups"]:
        blanked = f"; {counted(one['suppressed_rows'], 'row')} blanked for that" if one["suppressed_rows"] else ""
        smallest = counted(one["smallest_group"], "record")
        by, k = listed(one["quasi_identifiers"]), f"{one['k']:,} were asked for"
        told = f"no group by {by} is left; {k}"
        if one["groups"]:
            told = f"{counted(one['groups'], 'group')} by {by}, the smallest of {smallest} where {k}"
        yield field("k-anonymity", f"{one['table']} of {said['store']}: {told}{blanked}")
    if said["read_back_only"]:
        why = "no later read can see how far its dates were shifted"
        yield field("read back", f"{listed(said['read_back_only'])}, in the transaction only: {why}")
    if said["linked_rows_still_named"]:
        rows = counted(said["linked_rows_still_named"], "shared row")
        yield field("still named", f"{rows} that '{said['kind']}' leads to and something else needs")


def gone_by(copies: Mapping[str, str | None]) -> str:
    """Say until when copies that a certificate does not cover may be left."""
    said = copies["gone_by"]
    return f"gone by {day(date.fromisoformat(said))}" if said else "nobody has said until when"


def field(label: str, text: str) -> str:
    """Return one line of a certificate: what it is, and what it says."""
    return f"  {label:<{WIDTH}}{text}"
