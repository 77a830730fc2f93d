"""What a whole log says of pseudonym keys: nothing was pseudonymised under one that was not there, or not any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from retentiond.evidence.schema import Statement

Used: TypeAlias = list[tuple[str, str, int, int]]
"""Certificates under a key: number, SHA-256 of the payload, log index, records."""


@dataclass(slots=True)
class KeyReplay:
    """The keys of a log as its entries are read one after another."""

    made: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Name to fingerprint and log index."""
    decided: dict[str, list[str]] = field(default_factory=dict)
    """Name to the people who decided to destroy it."""
    ended: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    _used: dict[str, Used] = field(default_factory=dict)

    def follow(self, path: str, statement: Statement, payload: str, index: int) -> None:
        """Take one entry.

        Args:
            path: where it was read, for what is said of it.
            statement: the statement.
            payload: hex SHA-256 of its exact bytes.
            index: of its leaf.
        """
        says = statement.predicate
        match statement.kind:
            case "pseudonym-key-created":
                self.faults.extend(self._create(path, says["key"], index))
            case "pseudonym-key-destruction-decided":
                self.decided[says["key"]["name"]] = [one["person"] for one in says["decided_by"]]
            case "destruction-certificate":
                self.faults.extend(self._use(path, says, payload, index))
            case "key-destruction-certificate":
                self.faults.extend(self._end(path, says))
            case _:
                pass

    def _create(self, path: str, key: Mapping[str, Any], index: int) -> Iterator[str]:
        if key["name"] in self.made:
            yield f"{path}: a key was named {key['name']} before"
        self.made[key["name"]] = (key["fingerprint"], index)

    def _use(self, path: str, says: Mapping[str, Any], payload: str, index: int) -> Iterator[str]:
        records: dict[str, int] = {}
        for row in says.get("pseudonymisation", ()):
            for key in row["keys"]:
                name = key["name"]
                if self.made.get(name, ("", 0))[0] != key["fingerprint"] or name in self.decided:
                    yield f"{path}: certificate {says['certificate_no']} names a key that was not there: {name}"
                records[name] = records.get(name, 0) + row["records"]
        for name, count in records.items():
            self._used.setdefault(name, []).append((says["certificate_no"], payload, index, count))

    def _end(self, path: str, says: Mapping[str, Any]) -> Iterator[str]:
        name, number = says["key"]["name"], says["certificate_no"]
        if self.made.get(name) != (says["key"]["fingerprint"], says["created"]["log_index"]) or name in self.ended:
            yield f"{path}: certificate {number} is of a key that was not there: {name}"
        if self.decided.get(name) != [one["person"] for one in says["decided_by"]]:
            yield f"{path}: certificate {number} names others than the log says decided it"
        if says["sequence"] != len(self.ended) + 1:
            yield f"{path}: certificate {number} does not follow the one before it"
        told = [
            (one["certificate_no"], one["sha256"], one["log_index"], one["records"]) for one in says["pseudonymised"]
        ]
        if told != self._used.get(name, []):
            yield f"{path}: certificate {number} does not name the certificates under its key as the log has them"
        self.ended.add(name)
