"""A verifier's report: numbered checks in plain words, each passed, failed, or not made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One check."""

    number: int
    title: str
    ok: bool | None
    """None: it could not be made, or needs a person's judgement; the detail says why."""
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """Every check, in order."""

    steps: tuple[Step, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed. Those that could not be made remain for the reader: see :attr:`warnings`."""
        return all(step.ok is not False for step in self.steps)

    @property
    def warnings(self) -> tuple[Step, ...]:
        """The checks that were neither passed nor failed."""
        return tuple(step for step in self.steps if step.ok is None)


class Checks:
    """Collects steps as they are made."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def judge(self, title: str, faults: Iterable[str], good: str) -> bool:
        """Add a check that passes when there are no faults; return whether it did."""
        found = "; ".join(dict.fromkeys(faults))
        self._add(title, not found, found or good)
        return not found

    def skip(self, title: str, why: str) -> None:
        """Add a check that could not be made."""
        self._add(title, None, why)

    def report(self) -> Report:
        """Return what was collected."""
        return Report(tuple(self._steps))

    def _add(self, title: str, ok: bool | None, detail: str) -> None:  # noqa: FBT001  # the step's own three values
        self._steps.append(Step(len(self._steps) + 1, title, ok, detail))
