"""The last look before a certificate is signed: no record may be named in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from retentiond.evidence.strict import parse_object

LEAST = 4
"""Shorter names are looked for by nobody: they occur in any text."""
_SHORT_NUMBER = 6
_UNTOLD = frozenset({"certificate_no", "list_no", "statement", "limits", "_type", "predicateType"})
"""Fields whose text is ours throughout."""
_NEUTRAL = re.compile(r"[0-9a-f]{64}|[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9:]{8}Z)?)?")
"""Digests and dates: a number in them is a coincidence."""


def lint(predicate_bytes: bytes, forbidden: Iterable[str], own: Collection[str] = ()) -> list[str]:
    """Return where a statement names what it must not; empty is good. The certificate is refused otherwise.

    A name counts where it stands as a word of its own, in any case of letters. A number of up to six digits must be the
    whole value: years and section numbers of Acts are keys of somebody's records too.

    Args:
        predicate_bytes: JSON of the predicate, or of the whole statement.
        forbidden: references and keys of every record concerned; those shorter than four characters are passed over.
        own: texts that stand there whatever the records are (the organisation's name, a class, a method): a value
            that is one of these names no record, though a record be called so.

    Raises:
        EvidenceRefused: not strict JSON.
    """
    values = [(place, value.casefold()) for place, value in _texts(parse_object(predicate_bytes, "statement"), "")]
    known = {one.casefold() for one in own}
    values = [(place, value) for place, value in values if value not in known]
    together = "\n".join(value for _, value in values)
    found: set[str] = set()
    for name in forbidden:
        needle = name.strip().casefold()
        if len(needle) >= LEAST and needle in together:
            found.update(place for place, value in values if _names(value, needle))
    return [f"{place} names a record" for place in sorted(found)]


def _names(value: str, needle: str) -> bool:
    if needle.isdigit() and len(needle) <= _SHORT_NUMBER:
        return value == needle
    return re.search(rf"(?<!\w){re.escape(needle)}(?!\w)", value) is not None


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and not _NEUTRAL.fullmatch(value):
        yield place, value
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _texts(inner, f"{place}[{at}]")
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in _UNTOLD:
                yield from _texts(inner, f"{place}.{name}" if place else name)
