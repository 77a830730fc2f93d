"""What one run of the benchmarks has at hand: its folder, its servers, and the stores on them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.benchmarks.buckets import Served, load, load_versions, seaweed
from tests.benchmarks.listing_server import PER_MONTH
from tests.benchmarks.measuring import in_child
from tests.benchmarks.servers import Server, mariadb, postgresql

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}
LOADED = 100_000
"""Objects in the bucket of SeaweedFS."""
VERSIONED = 12 * PER_MONTH
"""Objects in the bucket that keeps versions: each is written by the slow door."""


@dataclass(frozen=True)
class Bench:
    """Starts a server when it is first asked for, and makes a store when it is first asked for."""

    folder: Path
    stack: ExitStack
    made: dict[str, str] = field(default_factory=dict)
    started: list[Server] = field(default_factory=list)

    def store(self, kind: str, cases: int, *, indexed: bool = True) -> str:
        """Return the URL of a case store that is scanned."""
        return self._made(kind, "case_store:fill", cases=cases, indexed=indexed)

    def parted(self, kind: str, cases: int, *, children: bool = True) -> str:
        """Return the URL of a case store that is disposed of; work on a copy of it."""
        return self._made(kind, "parted_store:fill", cases=cases, children=children)

    def copy(self, url: str) -> str:
        """Return the URL of a fresh copy where a server keeps the store; a file is copied by whoever works on it."""
        kind = url.partition(":")[0]
        return url if kind == "sqlite" else self._server(kind).database(url)

    def pid(self, kind: str) -> int:
        """Return whose CPU time counts beside our own."""
        return 0 if kind == "sqlite" else self._server(kind).pid

    def forget(self, url: str) -> None:
        """Remove a large store that is a file."""
        Path(url.removeprefix("sqlite:///")).unlink()
        self.made.pop(next(name for name, one in self.made.items() if one == url))

    @cached_property
    def bucket(self) -> Served:
        """The bucket of SeaweedFS, with its objects."""
        where = self.stack.enter_context(seaweed(self.folder / "seaweed"))
        load(where, LOADED)
        return where

    @cached_property
    def versioned(self) -> Served:
        """A bucket of SeaweedFS that keeps versions, with one of each object."""
        return load_versions(self.bucket, VERSIONED)

    def _made(self, kind: str, work: str, **given: int) -> str:
        name = "-".join(str(one) for one in (kind, work.replace(":", "-"), *given.values()))
        if name not in self.made:
            url = f"sqlite:///{self.folder / name}.db" if kind == "sqlite" else self._server(kind).database()
            in_child(work, url=url, **given)
            self.made[name] = url
        return self.made[name]

    def _server(self, kind: str) -> Server:
        return self._postgresql if kind == "postgresql" else self._mariadb

    @cached_property
    def _postgresql(self) -> Server:
        return self._noted(self.stack.enter_context(postgresql()))

    @cached_property
    def _mariadb(self) -> Server:
        return self._noted(self.stack.enter_context(mariadb()))

    def _noted(self, server: Server) -> Server:
        self.started.append(server)
        return server
