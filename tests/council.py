"""The made-up council as the acceptance and fault tests use it: real stores, a real ledger, and what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, select

from retentiond.demo import tables
from retentiond.demo.facts import CaseStoreFacts, DemoCase
from retentiond.demo.lay_out import CASE_STORE, Places
from retentiond.demo.object_store import ObjectStore
from retentiond.demo.run import FIRST_APPROVER, GATHERER, SECOND_APPROVER, set_up
from retentiond.domain.lists import DisposalList
from retentiond.domain.records import RecordRef
from retentiond.lifecycle.adopt import adopt
from retentiond.lifecycle.gather import gather
from retentiond.lifecycle.review import approve
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.tools import Tools
from retentiond.service.compose import installation
from retentiond.service.opening import utc_now

AFTER_COOLING_OFF = timedelta(minutes=1)


@dataclass
class Council:
    """One installation with its stores."""

    folder: Path
    facts: CaseStoreFacts
    objects: ObjectStore
    case_store: Engine
    bucket: str

    @classmethod
    def made(
        cls, folder: Path, objects: ObjectStore, bucket: str, *, case_store: str = "", ledger: str = ""
    ) -> Council:
        """Lay the council out; without URLs its case store and ledger are SQLite files in the folder."""
        url = case_store or f"sqlite:///{folder / CASE_STORE}"
        places = Places(objects.endpoint, url, ledger or "sqlite:///ledger.sqlite", bucket)
        facts = set_up(folder, objects, places)
        council = cls(folder, facts, objects, create_engine(url), bucket)
        with council.tools() as tools:
            adopt(tools, tools.person(GATHERER))
        return council

    @property
    def settings(self) -> Path:
        """Path of the settings."""
        return self.folder / "retentiond.yaml"

    @contextmanager
    def tools(self, *, later: timedelta = timedelta(0)) -> Iterator[Tools]:
        """Open the installation with a clock that is ahead by ``later``."""

        def clock() -> datetime:
            return utc_now() + later

        with installation(self.settings, clock=clock) as tools:
            yield tools

    def approved(self, *cases: DemoCase) -> DisposalList:
        """Scan, gather the cases (all that are due when none is named) and have both stages approve."""
        with self.tools() as tools:
            scan(tools)
            listed = gather(tools, tools.person(GATHERER), records=[one.ref for one in cases]).listed
            for person in (FIRST_APPROVER, SECOND_APPROVER)[-len(listed.stages) :]:
                listed = approve(tools, listed.number, tools.person(person), listed.digest).listed
        return listed

    def rows(self) -> dict[str, set[tuple[Any, ...]]]:
        """Return every row of every table of the case store that is not our own receipt table."""
        with self.case_store.connect() as connection:
            return {
                table.name: {tuple(row) for row in connection.execute(select(table))}
                for table in tables.METADATA.sorted_tables
            }

    def versions(self) -> set[tuple[str, str]]:
        """Return key and version id of every version and delete marker in the bucket."""
        client = self.objects.client()
        found: set[tuple[str, str]] = set()
        for page in client.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                found.add((one["Key"], one["VersionId"]))
        client.close()
        return found

    def episode(self, case: DemoCase) -> Any:
        """Return a case's own row, or None."""
        table = tables.EH_EPISODE
        with self.case_store.connect() as connection:
            return connection.execute(select(table).where(table.c.episode_id == int(case.ref.key))).one_or_none()


def standing(tools: Tools, number: str, ref: RecordRef) -> str:
    """Return where an entry of a list stands."""
    with tools.ledger.transaction() as tx:
        return tx.lists.entry(number, ref).standing.value
