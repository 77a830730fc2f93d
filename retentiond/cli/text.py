"""Values as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime


def printable(text: str) -> str:
    """Return the text with every control character replaced: no store's content can steer a terminal or break lines."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in text)


def day(value: date | None) -> str:
    """Return ``1 April 2026``, or nothing."""
    return f"{value.day} {value:%B} {value.year}" if value else ""


def moment(value: datetime | None) -> str:
    """Return ``1 April 2026 at 09:30 UTC``, or nothing."""
    if value is None:
        return ""
    there = value.astimezone(UTC)
    return f"{day(there.date())} at {there:%H:%M} UTC"


def counted(number: int, thing: str, things: str = "") -> str:
    """Return ``1 record``, ``1,204 records``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def spoken(name: str) -> str:
    """Return a name of the code as words: ``skipped-held`` is ``skipped held``."""
    return name.replace("-", " ").replace("_", " ")


def a_role(name: str) -> str:
    """Return ``a records manager``, ``an information officer``."""
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {spoken(name)}"


def listed(words: Iterable[str], none: str = "") -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    *most, last = [*words] or [none]
    return f"{', '.join(most)} and {last}" if most else last


def stamp(value: date | datetime | None) -> str | None:
    """Return a date as ``2026-04-01`` and a moment as ``2026-04-01T09:30:00Z``, for JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if value else None


def size(value: int) -> str:
    """Return bytes as ``512 bytes``, ``1.2 GB`` (a thousand million)."""
    if value < 1000:
        return counted(value, "byte")
    scaled, unit = float(value), ""
    for unit in ("kB", "MB", "GB", "TB"):  # noqa: B007 - the unit it ends with is said
        scaled /= 1000
        if scaled < 999.95:
            break
    return f"{scaled:,.1f} {unit}"
