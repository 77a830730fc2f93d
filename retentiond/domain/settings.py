"""The settings of one installation, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePath

from retentiond.domain.people import Person
from retentiond.domain.places import EEA


@dataclass(frozen=True, slots=True)
class Belts:
    """Limits that hold whatever was approved."""

    records_per_run: int = 1000
    percent_of_store: float = 5.0
    """At most this share of the records of a store in one list."""
    cooling_off: timedelta = timedelta(hours=24)
    kill_switch: PurePath | None = None
    """While a file of this name exists nothing is disposed of."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """When the daemon works. Times are cron expressions in UTC."""

    scan: str = "30 4 * * *"
    dispose: str = "*/10 * * * *"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything ``retentiond.yaml`` says."""

    organisation: str
    unit: str
    ledger: str
    """A database URL; ``${credential:NAME}`` stands where a secret goes."""
    signing_key: str
    """Path of the PEM file with the event signer's ECDSA P-256 key."""
    log_key: str
    """Path of the PEM file with the log's Ed25519 key."""
    opening_key: str
    """Path of the file with the key that wraps each list's opening key."""
    log_origin: str
    """C2SP checkpoint origin: a URL without scheme, unique for this log for ever."""
    schedules: tuple[PurePath, ...]
    connectors: tuple[PurePath, ...]
    people: tuple[Person, ...]
    default_review: tuple[str, ...] = ("records-manager",)
    allowed_countries: frozenset[str] = field(default=EEA | {"GB"})
    belts: Belts = Belts()
    daemon: Daemon = Daemon()
    source: str = ""
    pseudonym_keys: str = ""
    """Path of the folder that holds pseudonym keys; empty: none can be made."""
