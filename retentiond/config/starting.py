"""The files ``retentiond init`` writes: settings, a schedule and a definition to start from, and what editors need."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from retentiond.config.editors import schema_files

_STARTING = ("retentiond.yaml", "schedules/early-help.yaml", "connectors/case-store.yaml")


def starting_files() -> Mapping[str, str]:
    """Return path, relative to the installation's folder, to text: commented, and accepted as they are.

    The JSON Schemas that their first lines name are among them.
    """
    folder = files("retentiond.config") / "starting"
    written = {path: folder.joinpath(*path.split("/")).read_text(encoding="utf-8") for path in _STARTING}
    return {**written, **schema_files()}
