"""When the daemon works: the cron expressions of the settings as triggers, in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from retentiond.domain.errors import ConfigurationRefused, Fault
from retentiond.domain.settings import Settings


@dataclass(frozen=True, slots=True)
class Timetable:
    """One trigger for each kind of work."""

    scan: BaseTrigger
    dispose: BaseTrigger


def timetable(settings: Settings) -> Timetable:
    """Return when to scan and when to dispose. In UTC no hour is there twice and none is missing.

    Raises:
        ConfigurationRefused: an expression is one the scheduler does not know.
    """
    triggers: dict[str, BaseTrigger] = {}
    faults: list[Fault] = []
    for name, words in (("scan", settings.daemon.scan), ("dispose", settings.daemon.dispose)):
        try:
            triggers[name] = _cron(words)
        except ValueError:
            faults.append(
                Fault(
                    f"{settings.source}: daemon.{name}",
                    f"the scheduler does not know the expression '{words}'",
                    "write lists instead of steps over names, for example 'mon,wed,fri'",
                )
            )
    if faults:
        raise ConfigurationRefused.gathered(faults)
    return Timetable(**triggers)


def _cron(words: str) -> BaseTrigger:
    # The scheduler reads "mon-fri/2" as "mon-fri": it would come more often than was asked for.
    if re.search(r"[a-z]/", words, re.IGNORECASE):
        raise ValueError(words)
    trigger: BaseTrigger = CronTrigger.from_crontab(words, timezone=UTC)
    return trigger
