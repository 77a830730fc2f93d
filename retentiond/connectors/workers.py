"""Pieces of a scan that may run elsewhere: a small description goes out, and a plain account comes back.

Both are JSON. A description holds no secret: it names credentials as the definition does, and whoever carries it out
looks them up where it runs. It may be carried out twice, or given up half-way, for it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from retentiond.domain.errors import Fault, StoreUnavailable

Spec = dict[str, Any]
"""``store-kind`` and ``version`` of retentiond, and what else the connector of that kind wants to know."""
Told = dict[str, Any]
"""What became of it."""


@dataclass(frozen=True, slots=True)
class Workers:
    """Who carries out pieces of a scan.

    Attributes:
        executor: any of the standard library's kind: threads, processes, or other machines.
        run: a function of a module that every worker can import.
    """

    executor: Executor
    run: Callable[[Spec], Told]

    def submit(self, spec: Spec) -> Future[Told]:
        """Have a piece carried out."""
        return self.executor.submit(self.run, spec)


def gave_up(store: str) -> StoreUnavailable:
    """Return what to raise where those who worked elsewhere are gone: the scan begins anew behind what it has."""
    said = "those who read it for us gave up; nothing is concluded from what they had"
    fault = Fault(store, said, "see to the workers; the next scan asks again")
    return StoreUnavailable(fault)
