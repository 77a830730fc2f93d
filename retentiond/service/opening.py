"""From a configuration that was read to an installation with its keys, its ledger and its stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from retentiond.config.credentials import resolve
from retentiond.connectors.interface import Connector, Role
from retentiond.connectors.pseudonym_keys import NO_KEYS, PseudonymKeys
from retentiond.connectors.registry import carry_out, open_connector
from retentiond.connectors.workers import Spec, Told, Workers
from retentiond.domain.definitions import Definition
from retentiond.domain.schedule import Schedule
from retentiond.domain.settings import Settings
from retentiond.evidence.keys import load_log_key, load_opening_key, load_signer
from retentiond.ledger.ledger import Ledger
from retentiond.lifecycle.key_ring import keys_for_stores
from retentiond.lifecycle.tools import Tools


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the files say, read together and held against one another."""

    settings: Settings
    schedules: tuple[Schedule, ...]
    definitions: tuple[Definition, ...]


def utc_now() -> datetime:
    """Return the time now, aware of its zone."""
    return datetime.now(UTC)


def run_task(spec: Spec) -> Told:
    """Carry out a piece of a scan: the one function that is handed to an executor, whatever the piece.

    It finds the credentials it needs where it runs, as a daemon does: under ``$CREDENTIALS_DIRECTORY``, or in the
    environment.

    Args:
        spec: small, JSON, without a secret; made by a connector.

    Returns:
        What became of it, as JSON.
    """
    return carry_out(spec, resolve=resolve)


def open_store(
    definition: Definition, role: Role, keys: PseudonymKeys = NO_KEYS, *, executor: Executor | None = None
) -> Connector:
    """Open a connected store with the credential of a role.

    Args:
        definition: the store.
        role: which powers are needed.
        keys: where a database's pseudonyms get their keys.
        executor: of the standard library's kind: carries out pieces of scans; None: each connector's own threads.
    """
    workers = Workers(executor, run_task) if executor is not None else None
    return open_connector(definition, role=role, resolve=resolve, pseudonym_keys=keys, workers=workers)


@contextmanager
def opened(
    configuration: Configuration,
    *,
    clock: Callable[[], datetime] = utc_now,
    executor: Executor | None = None,
    pages: bool = True,
) -> Iterator[Tools]:
    """Open the installation of a configuration.

    Args:
        configuration: what its files say.
        clock: the time.
        executor: carries out pieces of scans, see :func:`open_store`; whoever made it shuts it down.
        pages: False where this program has already read every page of the ledger's file since it was started.

    Raises:
        ConfigurationRefused: a key cannot be used as it is.
        LedgerRefused: the ledger is missing, unreachable, of another version or not to be trusted.
    """
    settings = configuration.settings
    signer = load_signer(Path(settings.signing_key))
    log_key = load_log_key(Path(settings.log_key), settings.log_origin)
    opening_key = load_opening_key(Path(settings.opening_key))
    ledger = Ledger.open(resolve(settings.ledger), pages=pages)
    try:
        yield Tools(
            settings=settings,
            schedules=configuration.schedules,
            definitions=configuration.definitions,
            ledger=ledger,
            open_store=partial(
                open_store, keys=keys_for_stores(ledger, Path(settings.pseudonym_keys)), executor=executor
            ),
            signer=signer,
            log_key=log_key,
            opening_key=opening_key,
            clock=clock,
        )
    finally:
        ledger.close()
