"""The parts that statements are put together from: moments, manifests, series, holds, and the fields all have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TypeAlias

from retentiond.evidence.manifest import ALGORITHM, Manifest
from retentiond.evidence.merkle import Frontier
from retentiond.evidence.strict import JsonValue

Fields: TypeAlias = dict[str, JsonValue]
Row: TypeAlias = Mapping[str, JsonValue]


def instant(moment: datetime | str) -> str:
    """Return a moment as RFC 3339 in UTC to the second: ``2026-04-01T09:30:00Z``.

    Raises:
        ValueError: it has no time zone, or is not a time.
    """
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if when.tzinfo is None:
        raise ValueError("a moment without a time zone proves nothing")
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def month(day: date) -> str:
    """Return a date's month, ``YYYY-MM``: as exact as a series may be."""
    return f"{day.year:04d}-{day.month:02d}"


def common(*, origin: str, before: Frontier, at: datetime | str, version: str, operator: str, role: str) -> Fields:
    """Return the fields every statement has.

    Args:
        origin: the log's origin.
        before: the whole log as it is before this event; its size is the index the event gets.
        at: now, by the daemon's clock.
        version: of retentiond.
        operator: display name of the person or service that acts.
        role: in which role.
    """
    prior: Fields = {"size": before.size, "root": before.root().hex()}
    return {
        "log": {"origin": origin, "index": before.size, "prior": prior},
        "time": instant(at),
        "software": {"name": "retentiond", "version": version},
        "operator": {"display_name": operator, "role": role},
    }


def manifest_fields(of: Manifest) -> Fields:
    """Return what a statement says of a manifest."""
    return {"alg": ALGORITHM, "size": of.size, "root": of.root, "file_sha256": of.sha256}


def series(
    item: str, action: str, count: int, earliest: date | None, latest: date | None, *, size: int | None = None
) -> Fields:
    """Return one line of a series: how many records of a class, and the months their due dates span.

    Args:
        item: the class code.
        action: ``destroy``, ``anonymise`` or ``pseudonymise``.
        count: on a proposal, records proposed; on a certificate, records of the class so disposed of.
        earliest: first due date, or None.
        latest: last due date, or None.
        size: bytes, where the store counts them.
    """
    line: Fields = {
        "item": item,
        "action": action,
        "count": count,
        "earliest": month(earliest) if earliest else None,
        "latest": month(latest) if latest else None,
    }
    return line if size is None else {**line, "bytes": size}


def hold_register(
    digest: str, count: int, evaluated_at: datetime | str, last_change_log_index: int | None = None
) -> Fields:
    """Return what a proposal or a run says of the holds it was assessed against."""
    return {
        "register_digest": digest,
        "count": count,
        "evaluated_at": instant(evaluated_at),
        "last_change_log_index": last_change_log_index,
    }
