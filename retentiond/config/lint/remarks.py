"""What a rule has to say of one value of a schedule, and how grave that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from retentiond.config.document import Loc


class Severity(StrEnum):
    """An error must be put right; a warning may have a good reason."""

    ERROR = "error"
    WARNING = "warning"


_ERRORS = (
    "unusable",
    "floor",
    "floor-trigger",
    "floor-condition",
    "maximum",
    "rationale",
    "floor-uncited",
    "label",
    "age-anchor",
    "current-year",
    "unreachable",
    "successor",
    "trigger",
    "status",
    "unreachable-class",
)
_WARNINGS = (
    "review-by",
    "adopted",
    "anchor",
    "floor-step",
    "jurisdiction",
    "authority",
    "basis",
    "source",
    "mandate",
    "escalation",
    "never-wins",
    "or",
    "anchor-words",
    "further-notice",
    "no-connector",
    "no-class",
    "retired",
)
RULES = dict.fromkeys(_ERRORS, Severity.ERROR) | dict.fromkeys(_WARNINGS, Severity.WARNING)
"""Every rule by its name, with how grave it is. ``docs/reference/schedule-lint.md`` says what each looks for."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing a rule found."""

    rule: str
    loc: Loc
    """The way to the value, from the root or from the class, as the rule's own function says."""
    message: str
    """One sentence without a full stop, for a records manager."""
    remedy: str
    at_key: bool = False
    """The key is meant and not what stands behind it."""

    def within(self, loc: Loc) -> Remark:
        """Return the same remark with the way counted from further up."""
        return Remark(self.rule, (*loc, *self.loc), self.message, self.remedy, self.at_key)
