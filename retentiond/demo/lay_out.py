"""Lay out the made-up council's installation in a folder: settings, schedule, definitions, case store, documents."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from retentiond.config.editors import schema_files
from retentiond.demo.case_store import build_case_store
from retentiond.demo.documents import BUCKET, documents, fill_bucket
from retentiond.demo.facts import CaseStoreFacts
from retentiond.domain.errors import ConfigurationRefused

CREDENTIALS = ("documents-access-key", "documents-secret-key")
"""Names under which the definitions ask for the object store's keys."""
CASE_STORE = "early-help-cases.sqlite"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the demonstration's stores and ledger are; the tests put them elsewhere."""

    endpoint: str
    """URL of the S3 server that is to hold the documents."""
    case_store: str = ""
    """Database URL; empty: SQLite in the folder."""
    ledger: str = "sqlite:///ledger.sqlite"
    bucket: str = BUCKET


def lay_out(folder: Path, places: Places, access_key: str, secret_key: str, today: date) -> CaseStoreFacts:
    """Write the demonstration's configuration and fill its stores. Signing keys are made by ``init``.

    Args:
        folder: where to; made if it is not there.
        places: where the stores and the ledger are.
        access_key: id of the server's key.
        secret_key: its secret; neither is written to the folder.
        today: the day the caseload is made up for.

    Raises:
        ConfigurationRefused: the folder holds a demonstration already.
    """
    if (folder / CASE_STORE).exists():
        raise ConfigurationRefused.about(
            str(folder), "a demonstration has been laid out here before", "choose another folder, or remove this one"
        )
    folder.mkdir(parents=True, exist_ok=True)
    if not places.case_store:
        places = replace(places, case_store=f"sqlite:///{folder.resolve() / CASE_STORE}")
    write_files(folder, places)
    facts = build_case_store(places.case_store, today)
    fill_bucket(places.endpoint, access_key, secret_key, places.bucket, documents(facts))
    return facts


def write_files(folder: Path, places: Places) -> None:
    """Write the settings, the schedule and the definitions into a folder, and beside them their schemas for editors."""
    filled = asdict(places)
    for path, source in _templates(files("retentiond.demo") / "files"):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # safe: ${credential:NAME} is no place of ours and stays as it stands
        target.write_text(Template(source.read_text(encoding="utf-8")).safe_substitute(filled), encoding="utf-8")
    for name, text in schema_files().items():
        (folder / name).write_text(text, encoding="utf-8")


def _templates(folder: Traversable, under: Path = Path()) -> list[tuple[Path, Traversable]]:
    found: list[tuple[Path, Traversable]] = []
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir():
            found.extend(_templates(one, under / one.name))
        elif one.name.endswith(".yaml"):
            found.append((under / one.name, one))
    return found
