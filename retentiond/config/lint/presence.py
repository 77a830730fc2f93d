"""What a class has to say of itself: why so long, on what ground, from which source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retentiond.config.lint.remarks import Remark
from retentiond.domain.schedule import Basis, RecordClass

_ENACTMENT = re.compile(r"\b(?:Acts?|Measures?|Regulations?|Regs|Orders?|Rules|Directive|Law)\b")


def presence(one: RecordClass) -> Iterator[Remark]:
    """Yield what a class leaves unsaid; the way counts from the class.

    A court asks a council to justify its own policy: R (C) v Northumberland CC [2015] EWHC 2134 (Admin).
    """
    if not one.rationale:
        yield Remark(
            "rationale",
            ("code",),
            f"'{one.code}' does not say why it is kept so long, and a council must be able to justify its period",
            "add 'rationale'",
        )
    if one.basis is None:
        yield Remark(
            "basis",
            ("code",),
            f"'{one.code}' does not say what its period rests on",
            "add 'basis: statutory-floor', 'basis: published-practice' or 'basis: illustrative'",
        )
    if one.basis is Basis.PUBLISHED_PRACTICE and not one.source:
        yield Remark(
            "source", ("basis",), "this is published practice, and nothing says whose", "add 'source: who publishes it'"
        )
    if one.basis is Basis.STATUTORY_FLOOR and not any(_ENACTMENT.search(text) for text in one.mandate):
        yield Remark(
            "mandate",
            ("mandate",),
            "the basis is a statutory floor, and the mandate names no Act or regulation",
            "name the regulation that says how long, or correct 'basis'",
        )
