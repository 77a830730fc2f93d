from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

import pytest

from retentiond.connectors.workers import Told, Workers
from retentiond.demo.object_store import ObjectStore
from retentiond.service.opening import run_task


def run_as_text(spec: str) -> str:
    """Carry out a piece of work that came as text, and tell of it as text."""
    return json.dumps(run_task(json.loads(spec)))


class _AsText(Executor):
    """Hands work to processes as another machine would get it, and remembers it."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self.specs: list[str] = []

    def submit(self, _fn: Any, /, *args: Any, **_kwargs: Any) -> Future[Any]:
        (spec,) = args
        self.specs.append(json.dumps(spec))
        told: Future[Told] = Future()
        work = self._pool.submit(run_as_text, self.specs[-1])

        def tell(done: Future[str]) -> None:
            if not told.set_running_or_notify_cancel():
                return
            if failure := done.exception():
                told.set_exception(failure)
            else:
                told.set_result(json.loads(done.result()))

        work.add_done_callback(tell)
        return told


@dataclass(frozen=True)
class Processes:
    """Two processes that know the server's keys by name."""

    workers: Workers
    specs: list[str] = field(default_factory=list)
    """What they were told to do."""

    keys: tuple[str, str] = ("${credential:seaweed-access}", "${credential:seaweed-secret}")
    """The names of the server's keys."""


@pytest.fixture(scope="session")
def processes(seaweed: ObjectStore) -> Iterator[Processes]:
    """Processes that were spawned, and so share no memory with this one."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("RETENTIOND_CREDENTIAL_SEAWEED_ACCESS", seaweed.access_key)
            environment.setenv("RETENTIOND_CREDENTIAL_SEAWEED_SECRET", seaweed.secret_key)
            begun = [
                pool.submit(json.dumps, {}) for _ in range(2)
            ]  # each starts a process, with the environment of now
            assert [one.result() for one in begun] == ["{}", "{}"]
        executor = _AsText(pool)
        yield Processes(Workers(executor, run_task), executor.specs)
