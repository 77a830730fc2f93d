"""The one place where an installation is put together from its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from retentiond.config.credentials import resolve
from retentiond.config.crosscheck import cross_check
from retentiond.config.definitions import read_definitions
from retentiond.config.schedules import read_schedules
from retentiond.config.settings import read_settings
from retentiond.connectors.interface import Connector, Role
from retentiond.connectors.pseudonym_keys import NO_KEYS, PseudonymKeys
from retentiond.connectors.registry import carry_out, open_connector
from retentiond.connectors.workers import Spec, Told, Workers
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import ConfigurationRefused, Fault
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


def read_configuration(path: Path) -> Configuration:
    """Read the settings and every file they name.

    Raises:
        ConfigurationRefused: with every fault of every file at once.
    """
    settings = read_settings(path)
    faults: list[Fault] = []
    schedules: tuple[Schedule, ...] = ()
    definitions: tuple[Definition, ...] = ()
    try:
        schedules = read_schedules([Path(one) for one in settings.schedules])
    except ConfigurationRefused as refusal:
        faults.extend(refusal.faults)
    try:
        definitions = read_definitions([Path(one) for one in settings.connectors])
    except ConfigurationRefused as refusal:
        faults.extend(refusal.faults)
    if not faults:
        faults.extend(cross_check(settings, schedules, definitions))
    if faults:
        raise ConfigurationRefused(*faults)
    return Configuration(settings, schedules, definitions)


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
def installation(
    path: Path, *, clock: Callable[[], datetime] = utc_now, executor: Executor | None = None
) -> Iterator[Tools]:
    """Open the installation whose settings lie at ``path``.

    Args:
        path: the settings.
        clock: the time.
        executor: carries out pieces of scans, see :func:`open_store`; whoever made it shuts it down.

    Raises:
        ConfigurationRefused: any file cannot be used as written.
        LedgerRefused: the ledger is missing, unreachable, of another version or not to be trusted.
    """
    configuration = read_configuration(path)
    settings = configuration.settings
    signer = load_signer(Path(settings.signing_key))
    log_key = load_log_key(Path(settings.log_key), settings.log_origin)
    opening_key = load_opening_key(Path(settings.opening_key))
    ledger = Ledger.open(resolve(settings.ledger))
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


def reconfigured(tools: Tools, path: Path) -> Tools:
    """Return the installation as its files now say, on the ledger that is open; the one given stays as it is.

    Raises:
        ConfigurationRefused: any file cannot be used as written, or says what only a restart can change.
    """
    configuration = read_configuration(path)
    before, after = tools.settings, configuration.settings
    fixed = {
        "ledger": (before.ledger, after.ledger),
        "log-key": (before.log_key, after.log_key),
        "log-origin": (before.log_origin, after.log_origin),
        "opening-key": (before.opening_key, after.opening_key),
        "pseudonym-keys": (before.pseudonym_keys, after.pseudonym_keys),
    }
    faults = [
        Fault(f"{path}: {name}", "this cannot change while the daemon runs", "restart it, or undo the change")
        for name, (old, new) in fixed.items()
        if old != new
    ]
    if faults:
        raise ConfigurationRefused.gathered(faults)
    return replace(
        tools,
        settings=after,
        schedules=configuration.schedules,
        definitions=configuration.definitions,
        signer=load_signer(Path(after.signing_key)),
    )
