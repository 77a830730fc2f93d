"""The settings of one installation: ``retentiond.yaml`` to :class:`~retentiond.domain.settings.Settings`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import Field

from retentiond.config import patterns
from retentiond.config.complaint import Complaint, quoted
from retentiond.config.countries import COUNTRIES
from retentiond.config.cron import Cron
from retentiond.config.document import Document, Loc, read_document
from retentiond.config.original import twice
from retentiond.config.schedules import Stages
from retentiond.config.shape import Given, Many, OneOrMany, Shape, checked, fit, said, scalar
from retentiond.config.urls import URL_HINT, anchored, read_url
from retentiond.config.words import ANY, Count, Duration, Percent, Text, Word, matching, read_country
from retentiond.domain.people import ADMINISTRATOR, AUDITOR, Person
from retentiond.domain.places import EEA
from retentiond.domain.settings import Belts, Daemon, Settings


def read_path(text: str) -> str:
    """Read a path; ``~`` means one folder to a person and another to a service."""
    if not text.strip() or text.startswith("~"):
        raise said(f"{quoted(text)} is not a path", "write it in full, or relative to this file")
    return text


def read_ledger(text: str) -> str:
    """Read the ledger's URL; a ledger in memory would forget."""
    read_url(text)
    if text.startswith("sqlite") and text.partition("://")[2].partition("?")[0] in ("", "/", "/:memory:"):
        raise said("a ledger in memory forgets every decision", "write sqlite:///ledger.db")
    return text


def _country_or_eea(text: str) -> str:
    return text if text == "EEA" else read_country(text)


LedgerUrl = Annotated[str, *scalar(read_ledger, pattern=patterns.URL, hint=URL_HINT)]
FilePath = Annotated[
    str, *scalar(read_path, pattern=r"^(?!~)\s*\S", types=ANY, hint="write a path in full, or relative to this file")
]
Place = Annotated[
    str, *scalar(_country_or_eea, words=["EEA", *sorted(COUNTRIES)], hint="write GB (not UK), another code, or EEA")
]
Origin = Annotated[str, *matching(r"^[^\s+:/]+(/[^\s+:]*)?$", "a log origin", "log.example.gov.uk/retention", ANY)]
PersonId = Annotated[str, *matching(r"^[A-Za-z0-9][A-Za-z0-9._@-]*$", "an id of a person", "j.smith", ANY)]


class PersonShape(Shape):
    """``{id: j.smith, name: Jo Smith, roles: [records-manager]}``."""

    id: PersonId = Field(examples=["id: j.smith"])
    name: Text = Field(examples=["name: Jo Smith"])
    roles: OneOrMany[Word] = Field(examples=["roles: [records-manager]"])


def _powers_apart(person: PersonShape) -> Iterator[tuple[Loc, str, str]]:
    for role in (ADMINISTRATOR, AUDITOR):
        if role in person.roles and len(set(person.roles)) > 1:
            message = f"'{role}' goes with no other role: powers stay in different hands"
            yield ("roles",), message, "take one of the roles away"
    for index, role in enumerate(person.roles):
        if role in person.roles[:index]:
            yield ("roles", index), f"the role '{role}' is given twice", "take one out"


PSEUDONYM_KEYS = "pseudonym-keys"
_BELTS, _DAEMON = Belts(), Daemon()


class BeltsShape(Shape):
    """Limits that hold whatever was approved."""

    records_per_run: Count = _BELTS.records_per_run
    percent_of_store: Percent = _BELTS.percent_of_store
    cooling_off: Duration = _BELTS.cooling_off
    kill_switch: Given[FilePath] = None


class DaemonShape(Shape):
    """When the daemon works."""

    scan: Cron = _DAEMON.scan
    dispose: Cron = _DAEMON.dispose


class SettingsShape(Shape):
    """The settings' file."""

    organisation: Text = Field(examples=["organisation: Example Council"])
    unit: Text = Field(examples=["unit: Children's Services"])
    ledger: LedgerUrl = Field(examples=["ledger: sqlite:///ledger.db"])
    signing_key: FilePath = Field(examples=["signing-key: keys/signing.pem"])
    log_key: FilePath = Field(examples=["log-key: keys/log.pem"])
    opening_key: FilePath = Field(examples=["opening-key: keys/opening.key"])
    pseudonym_keys: Given[FilePath] = None
    log_origin: Origin = Field(examples=["log-origin: log.example.gov.uk/retention"])
    schedules: OneOrMany[FilePath] = Field(examples=["schedules: schedules"])
    connectors: OneOrMany[FilePath] = Field(examples=["connectors: connectors"])
    people: Many[Annotated[PersonShape, checked(_powers_apart)]] = Field(examples=["people: [...]"])
    review: Stages = Field(default=["records-manager"])
    allowed_countries: OneOrMany[Place] = Field(default=["GB", "EEA"])
    belts: BeltsShape = Field(default_factory=BeltsShape)
    daemon: DaemonShape = Field(default_factory=DaemonShape)


def _agrees(document: Document) -> Iterator[Complaint]:
    yield from twice(document, "people", "id", "the id")


def _beside(ledger: str, folder: Path) -> str:
    """Return the folder for pseudonym keys where none is named: beside a ledger that is a file, or the settings."""
    url = urlsplit(anchored(ledger, folder))
    lies_in = Path(unquote(url.path[1:])).parent if url.scheme.startswith("sqlite") else folder
    return str(lies_in / PSEUDONYM_KEYS)


def read_settings(path: Path) -> Settings:
    """Read the settings. Relative paths, a SQLite ledger's among them, count from the settings' own folder.

    Raises:
        ConfigurationRefused: the file cannot be used as written; all its faults at once, in reading order.
    """
    document = read_document(path)
    shape = fit(document, SettingsShape, _agrees)
    folder = path.parent.absolute()
    kill_switch = shape.belts.kill_switch
    countries = {code for one in shape.allowed_countries for code in (EEA if one == "EEA" else {one})}
    return Settings(
        organisation=shape.organisation,
        unit=shape.unit,
        ledger=anchored(shape.ledger, folder),
        signing_key=str(folder / shape.signing_key),
        log_key=str(folder / shape.log_key),
        opening_key=str(folder / shape.opening_key),
        log_origin=shape.log_origin,
        schedules=tuple(folder / one for one in shape.schedules),
        connectors=tuple(folder / one for one in shape.connectors),
        people=tuple(Person(one.id, one.name, frozenset(one.roles)) for one in shape.people),
        default_review=tuple(shape.review),
        allowed_countries=frozenset(countries),
        belts=Belts(
            records_per_run=shape.belts.records_per_run,
            percent_of_store=shape.belts.percent_of_store,
            cooling_off=shape.belts.cooling_off,
            kill_switch=folder / kill_switch if kill_switch else None,
        ),
        daemon=Daemon(scan=shape.daemon.scan, dispose=shape.daemon.dispose),
        source=document.path,
        pseudonym_keys=str(folder / shape.pseudonym_keys) if shape.pseudonym_keys else _beside(shape.ledger, folder),
    )
