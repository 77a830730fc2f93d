"""Which of the records at hand a scan wants, for stores that cannot be asked by date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from retentiond.connectors.interface import ScanRequest, Wanted


def is_wanted(request: ScanRequest, record_class: str | None, dates: Mapping[str, date | None]) -> bool:
    """Return whether a record of this class with these dates is one the request asks for.

    ``DUE``: every date of some alternative is there and lies on or before it. ``UNDATED``: some alternative names a
    date that is not there. Of no class at all, it is wanted where the request says so.
    """
    if record_class is None:
        return request.unclassified
    alternatives = request.windows.get(record_class, ())
    if request.wanted is Wanted.UNDATED:
        return any(dates.get(name) is None for window in alternatives for name in window)
    return any(
        all((day := dates.get(name)) is not None and day <= latest for name, latest in window.items())
        for window in alternatives
    )
