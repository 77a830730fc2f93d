"""The sentences a schedule says, and whether they are about itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from retentiond.config.document import Loc
from retentiond.domain.schedule import RecordClass

_END = re.compile(r"(?<=[.;:])\s+")
_OTHERS = re.compile(
    r"\b(?:keeps|publish(?:es|ed)|prints|counts|states|adds|allows|recommends|others|elsewhere|instead of)\b",
    re.IGNORECASE,
)
DIGIT = re.compile(r"\d")

TITLE: Loc = ("title",)
DESCRIPTION: Loc = ("description",)
RATIONALE: Loc = ("rationale",)


def said(one: RecordClass, *, why: bool = False) -> Iterator[tuple[Loc, str]]:
    """Yield what a class says, its title first, sentence by sentence; its rationale when ``why`` is asked for too."""
    yield TITLE, one.title
    for loc, text in ((DESCRIPTION, one.description), (RATIONALE, one.rationale if why else "")):
        if text:
            for sentence in _sentences(text):
                yield loc, sentence


def is_about_others(sentence: str) -> bool:
    """Whether a sentence tells how another authority does it: ``Blackpool keeps ...``, ``the published order is ...``.

    Slow beside most patterns, so a rule asks it only of a sentence that it would speak up about.
    """
    return bool(_OTHERS.search(sentence))


@lru_cache(maxsize=8192)
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(_END.split(text))
