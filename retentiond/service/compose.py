"""The one place where an installation is put together from its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from retentiond.config.crosscheck import cross_check
from retentiond.config.definitions import read_definitions
from retentiond.config.schedules import read_schedules
from retentiond.config.settings import read_settings
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import ConfigurationRefused, Fault
from retentiond.domain.schedule import Schedule
from retentiond.domain.settings import Settings
from retentiond.lifecycle.tools import Tools
from retentiond.service.opening import Configuration, opened, utc_now


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


@contextmanager
def installation(
    path: Path, *, clock: Callable[[], datetime] = utc_now, executor: Executor | None = None
) -> Iterator[Tools]:
    """Open the installation whose settings lie at ``path``.

    Args:
        path: the settings.
        clock: the time.
        executor: carries out pieces of scans; whoever made it shuts it down.

    Raises:
        ConfigurationRefused: any file cannot be used as written.
        LedgerRefused: the ledger is missing, unreachable, of another version or not to be trusted.
    """
    with opened(read_configuration(path), clock=clock, executor=executor) as tools:
        yield tools


def mind_what_is_fixed(before: Settings, after: Settings, path: Path) -> None:
    """Refuse settings that say what only a restart can change.

    Args:
        before: the settings in force.
        after: those that the file now says.
        path: the file.

    Raises:
        ConfigurationRefused: with everything of the kind.
    """
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
