"""The schedules that are in force, as people adopted them: also where a file has changed since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from retentiond.config.schedules import read_schedule
from retentiond.domain.schedule import Schedule
from retentiond.ledger.values import Adoption
from retentiond.lifecycle.tools import Tools
from retentiond.lifecycle.versions import adopted_version


def schedules_in_force(tools: Tools) -> tuple[Schedule, ...]:
    """Return the version of each schedule that was adopted last, the one adopted first coming first.

    Where nothing was adopted yet the schedules of the settings are all there is.

    Raises:
        EvidenceRefused: what the ledger keeps is not what a signed event says was adopted.
        ConfigurationRefused: an adopted version cannot be read by this program any more.
    """
    with tools.ledger.transaction() as tx:
        newest = sorted(tx.schedules.in_force().values(), key=lambda one: one.event_seq)
        found = [adopted_version(tools, tx, one.name, None) for one in newest]
    configured = {one.digest: one for one in tools.schedules}
    return tuple(configured.get(one.digest) or _read(one, content) for one, content in found) or tools.schedules


def _read(adoption: Adoption, content: bytes) -> Schedule:
    source = f"{adoption.name}, version {adoption.version}, as adopted"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "adopted.yaml"
        path.write_bytes(content)
        return replace(read_schedule(path), source=source)
