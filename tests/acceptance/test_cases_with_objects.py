"""Cases whose documents' keys stand in a table: real databases beside a real bucket; nothing missed, nothing torn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retentiond.config.credentials import resolve
from retentiond.config.definitions import read_definition
from retentiond.connectors.registry import open_connector
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from retentiond.domain.lists import Standing
from retentiond.domain.records import RecordRef
from retentiond.ledger import Ledger
from retentiond.lifecycle.audit import audit
from retentiond.lifecycle.gather import Gathered, gather
from retentiond.lifecycle.scan import scan
from retentiond.lifecycle.through import carry_through
from tests.lifecycle.workplace import GRACE, Workplace

CASES = """
connector: cases
kind: sql
url: {url}
location: GB
records:
  - name: case
    table: case_file
    key: case_id
    reference: case_ref
    classify:
      - {{class: EH-02, if: {{where: {{outcome: anonymise}}}}}}
      - {{class: EH-01}}
    triggers: {{case-closed: closed_on}}
    parts:
      - {{table: document, on: case_id}}
      - {{objects: papers, key-from: document.object_key}}
    anonymise:
      case_file: {{keep: [case_id, closed_on, outcome], blank: [case_ref]}}
      document: delete
"""
PAPERS = """
connector: papers
kind: s3
bucket: {bucket}
region: eu-west-2
endpoint: {endpoint}
access-key: ${{credential:papers-access-key}}
secret-key: ${{credential:papers-secret-key}}
location: GB
key-table: {{url: "{url}", table: letter_index, key: object_key}}
records:
  - {{name: case-document}}
  - name: letter
    prefix: letters/
    classify: [{{class: EH-01, if: {{column: {{kind: letter}}}}}}]
    triggers: {{case-closed: {{column: closed_on}}}}
"""
STRANGE = "1/Brief ü &'\"<+ %2F=?.pdf"


@dataclass
class Office:
    """A council with one database of cases and one bucket of their papers."""

    workplace: Workplace
    cases: sa.Engine
    s3: Any
    bucket: str

    def put(self, key: str, body: str = "Dear Ms Example") -> None:
        """Put an object, or another version of it."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode())

    def case(self, number: int, *keys: str, outcome: str = "destroy", closed: str | None = "2010-05-04") -> RecordRef:
        """Open a case with rows for these objects."""
        with self.cases.begin() as connection:
            row = {"n": number, "r": f"FAM-{number}", "c": closed, "o": outcome}
            connection.execute(sa.text("INSERT INTO case_file VALUES (:n, :r, :c, :o)"), row)
        for key in keys:
            self.document(number, key)
        return RecordRef("cases", "case", str(number))

    def document(self, number: int, key: str, deleted_at: str | None = None) -> None:
        """Add a row for an object to a case."""
        with self.cases.begin() as connection:
            row = {"n": number, "k": key, "d": deleted_at}
            insert = "INSERT INTO document (case_id, object_key, deleted_at) VALUES (:n, :k, :d)"
            connection.execute(sa.text(insert), row)

    def index(self, *rows: tuple[str, str, str | None]) -> None:
        """Write the index of letters anew: key, kind and day."""
        with self.cases.begin() as connection:
            connection.execute(sa.text("DELETE FROM letter_index"))
            for key, kind, closed in rows:
                row = {"key": key, "kind": kind, "closed": closed}
                connection.execute(sa.text("INSERT INTO letter_index VALUES (:key, :kind, :closed)"), row)

    def close(self, number: int) -> None:
        """Close a case long ago."""
        with self.cases.begin() as connection:
            connection.execute(
                sa.text("UPDATE case_file SET closed_on = '2010-05-04' WHERE case_id = :n"), {"n": number}
            )

    def rows(self) -> dict[str, list[Any]]:
        """Return what is left of every table, without what a database numbers by itself."""
        with self.cases.connect() as connection:
            asked = {
                "case_file": "SELECT case_id, case_ref, closed_on, outcome FROM case_file ORDER BY case_id",
                "document": "SELECT case_id, object_key FROM document ORDER BY case_id, object_key",
            }
            return {name: [tuple(row) for row in connection.execute(sa.text(text))] for name, text in asked.items()}

    def versions(self) -> dict[str, int]:
        """Return how many versions and delete markers each key has."""
        found: dict[str, int] = {}
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                found[one["Key"]] = found.get(one["Key"], 0) + 1
        return found

    def hold(self, key: str, status: str = "ON") -> None:
        """Place a legal hold on an object, or lift it."""
        self.s3.put_object_legal_hold(Bucket=self.bucket, Key=key, LegalHold={"Status": status})

    def gathered(self, *refs: RecordRef) -> Gathered:
        """Scan and gather."""
        scan(self.workplace.tools)
        return gather(self.workplace.tools, GRACE, records=refs)

    def certified(self, number: str) -> dict[str, Any]:
        """Carry an approved list through and return what its certificate says."""
        certificate = carry_through(self.workplace.tools, number)
        assert audit(self.workplace.tools).ok
        said: dict[str, Any] = json.loads(certificate.payload)["predicate"]
        return said


@pytest.fixture
def office(
    request: pytest.FixtureRequest, tmp_path: Path, seaweed: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """An empty office; its cases on SQLite where a test does not say otherwise."""
    url = f"sqlite:///{tmp_path / 'cases.sqlite'}"
    if getattr(request, "param", "sqlite") == "postgresql":
        new_database: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
        url = new_database()
    monkeypatch.setenv("RETENTIOND_CREDENTIAL_PAPERS_ACCESS_KEY", seaweed.access_key)
    monkeypatch.setenv("RETENTIOND_CREDENTIAL_PAPERS_SECRET_KEY", seaweed.secret_key)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    numbered = "INTEGER PRIMARY KEY" if engine.dialect.name == "sqlite" else "SERIAL PRIMARY KEY"
    with engine.begin() as connection:
        columns = "case_id INTEGER REFERENCES case_file, object_key TEXT, deleted_at TEXT"
        for statement in (
            "CREATE TABLE case_file (case_id INTEGER PRIMARY KEY, case_ref TEXT, closed_on TEXT, outcome TEXT)",
            f"CREATE TABLE document (document_id {numbered}, {columns})",
            "CREATE TABLE letter_index (object_key TEXT, kind TEXT, closed_on TEXT)",
        ):
            connection.execute(sa.text(statement))
    s3 = seaweed.client()
    bucket = f"papers-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    texts = {
        "cases": CASES.format(url=url),
        "papers": PAPERS.format(bucket=bucket, endpoint=seaweed.endpoint, url=url),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    Ledger.create(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    workplace = Workplace(tmp_path, ledger)
    workplace.changed(
        definitions=tuple(read_definition(tmp_path / f"{name}.yaml") for name in texts),
        open_store=lambda definition, role: open_connector(definition, role=role, resolve=resolve),
    )
    yield Office(workplace, engine, s3, bucket)
    ledger.close()
    s3.close()


@pytest.mark.parametrize("office", ["sqlite", "postgresql"], indirect=True)
def test_a_case_takes_its_own_documents_along_and_nobody_elses(office: Office) -> None:
    """Rows, objects, every version, marker and upload go; what a sibling or a soft-deleted row refers to stays.

    An attachment whose object is long gone stops nothing, and a shared document goes with the last case that has it.
    """
    first = office.case(1, STRANGE, "shared.pdf", "soft.pdf", "lost.pdf")
    second = office.case(2, "shared.pdf", "own.pdf", closed=None)
    third = office.case(3, closed=None)
    office.document(3, "soft.pdf", deleted_at="2015-01-01")
    for key in (STRANGE, "shared.pdf", "soft.pdf", "own.pdf", STRANGE + ".old", "1/"):
        office.put(key)
    office.put(STRANGE, "another version")
    office.s3.delete_object(Bucket=office.bucket, Key=STRANGE)
    office.s3.create_multipart_upload(Bucket=office.bucket, Key=STRANGE)
    number = office.workplace.approve(office.gathered().listed).number
    office.workplace.later(hours=25)
    said = office.certified(number)
    assert office.workplace.standing(number, first) is Standing.DESTROYED
    assert {key: one.standing for key, one in office.workplace.documents(number).items()} == {
        STRANGE: Standing.DESTROYED
    }
    assert office.versions() == {"shared.pdf": 1, "soft.pdf": 1, "own.pdf": 1, STRANGE + ".old": 1, "1/": 1}
    assert not office.s3.list_multipart_uploads(Bucket=office.bucket).get("Uploads")
    assert office.rows() == {
        "case_file": [(2, "FAM-2", None, "destroy"), (3, "FAM-3", None, "destroy")],
        "document": [(2, "own.pdf"), (2, "shared.pdf"), (3, "soft.pdf")],
    }
    assert (said["totals"]["destroyed"], said["documents_destroyed"], said["status"]) == (1, 1, "complete")
    assert "Brief" not in json.dumps(said)
    for left, ref in ((2, second), (3, third)):
        office.close(left)
        number = office.workplace.approve(office.gathered(ref).listed).number
        office.workplace.later(hours=25)
        office.certified(number)
    assert office.versions() == {STRANGE + ".old": 1, "1/": 1}
    assert office.rows() == {"case_file": [], "document": []}


def test_letters_are_destroyed_as_their_index_says(office: Office) -> None:
    """Class and date stand in a table by object key; what it says at the deed counts, and silence destroys nothing."""
    keys = [f"letters/{name}" for name in ("a", "b ü&", "undated", "unknown", "other")]
    for key in keys:
        office.put(key)
        office.put(key, "again")
    long_ago, recent = "2010-05-04", "2026-05-04"
    rows = [(keys[0], "letter", long_ago), (keys[1], "letter", long_ago), (keys[2], "letter", None)]
    office.index(*rows, (keys[4], "leaflet", long_ago))
    gathered = office.gathered()
    assert gathered.left == ()
    number = office.workplace.approve(gathered.listed).number
    assert sorted(office.workplace.entries(number)) == keys[:2]
    office.workplace.later(hours=25)
    with office.cases.begin() as connection:
        connection.execute(sa.text("ALTER TABLE letter_index RENAME TO moved"))
    with pytest.raises(StoreRefused, match="the table does not exist"):
        carry_through(office.workplace.tools, number)
    assert office.versions() == dict.fromkeys(keys, 2)
    with office.cases.begin() as connection:
        connection.execute(sa.text("ALTER TABLE moved RENAME TO letter_index"))
    office.index(rows[0], (keys[1], "letter", recent), rows[2])
    said = office.certified(number)
    assert office.versions() == dict.fromkeys(keys[1:], 2)
    assert said["totals"] == {**dict.fromkeys(said["totals"], 0), "destroyed": 1, "skipped_not_due": 1}


def test_an_upload_under_a_destroyed_key_ends_its_list(office: Office) -> None:
    """A turn that dies after its deed, and an upload begun since: the list ends with a failure that names the upload.

    Nothing can be read of the record any more, and the store does not say that it is gone: neither is guessed at.
    """
    office.put("letters/a")
    office.index(("letters/a", "letter", "2010-05-04"))
    number = office.workplace.approve(office.gathered().listed).number
    office.workplace.later(hours=25)

    def die() -> None:
        office.workplace.at.clear()
        office.s3.create_multipart_upload(Bucket=office.bucket, Key="letters/a")
        raise KeyboardInterrupt

    office.workplace.at["store-acted"] = die
    with pytest.raises(KeyboardInterrupt):
        office.certified(number)
    assert office.versions() == {}
    said = office.certified(number)
    (entry,) = office.workplace.entries(number).values()
    assert entry.standing is Standing.FAILED
    assert "an unfinished upload under its key" in entry.note
    assert (said["status"], said["totals"]["failed"]) == ("partial", 1)
    assert len(office.s3.list_multipart_uploads(Bucket=office.bucket)["Uploads"]) == 1


def test_a_document_under_legal_hold_keeps_its_whole_case(office: Office) -> None:
    """A hold on one document holds the case before review and after approval; rows and other documents stay too."""
    ref = office.case(1, "held.pdf", "free.pdf")
    for key in ("held.pdf", "free.pdf"):
        office.put(key)
    office.hold("held.pdf")
    office.case(2)
    gathered = office.gathered()
    assert {one.ref: one.reason.partition("held: ")[2] for one in gathered.left} == {
        ref: "legal hold on a version (papers)"
    }
    office.hold("held.pdf", "OFF")
    number = office.workplace.approve(office.gathered(ref).listed).number
    office.hold("held.pdf")
    before = office.rows(), office.versions()
    office.workplace.later(hours=25)
    said = office.certified(number)
    assert office.workplace.standing(number, ref) is Standing.SKIPPED_HELD
    assert (office.rows(), office.versions()) == before
    assert said["status"] == "complete_with_exceptions"


def test_a_hold_placed_between_a_case_and_its_documents_leaves_the_document(office: Office) -> None:
    """No transaction spans two stores: the rows are gone, the document stays whole, and the certificate counts it.

    It is tried again for two weeks first, should the hold be lifted meanwhile.
    """
    ref = office.case(1, "held.pdf", "free.pdf")
    for key in ("held.pdf", "free.pdf"):
        office.put(key)
    number = office.workplace.approve(office.gathered(ref).listed).number
    office.workplace.at["receipts-written"] = lambda: office.hold("held.pdf")
    office.workplace.later(hours=25)
    with pytest.raises(StoreUnavailable, match="a hold covers it"):
        office.certified(number)
    office.workplace.later(days=14)
    said = office.certified(number)
    assert office.workplace.standing(number, ref) is Standing.DESTROYED
    assert {key: one.standing for key, one in office.workplace.documents(number).items()} == {
        "held.pdf": Standing.SKIPPED_HELD,
        "free.pdf": Standing.DESTROYED,
    }
    assert office.versions() == {"held.pdf": 1}
    assert said["status"] == "complete_with_exceptions"


def test_a_document_that_a_sibling_names_after_its_case_went_is_not_torn_from_it(office: Office) -> None:
    """Between the rows and the documents another case takes one up: it stays, the receipt says why, the rest goes."""
    refs = office.case(1, "taken-up.pdf", "loose.pdf"), office.case(3, "own.pdf", outcome="anonymise")
    office.case(2, closed=None)
    for key in ("taken-up.pdf", "loose.pdf", "own.pdf"):
        office.put(key)
    number = office.workplace.approve(office.gathered(*refs).listed).number

    def take_up() -> None:
        office.document(2, "taken-up.pdf")
        with office.cases.begin() as connection:  # a row that no case reaches holds a document as well
            connection.execute(sa.text("INSERT INTO document (case_id, object_key) VALUES (NULL, 'loose.pdf')"))

    office.workplace.at["document-intent-written"] = take_up
    office.workplace.later(hours=25)
    said = office.certified(number)
    assert office.versions() == {"taken-up.pdf": 1, "loose.pdf": 1}
    documents = office.workplace.documents(number)
    assert {key: one.standing for key, one in documents.items()} == {
        "taken-up.pdf": Standing.SKIPPED_CHANGED,
        "loose.pdf": Standing.SKIPPED_CHANGED,
        "own.pdf": Standing.DESTROYED,
    }
    with office.workplace.ledger.transaction() as tx:
        reasons = {one.order: one.reason for one in tx.lists.receipts(number)}
    assert reasons[documents["taken-up.pdf"].order].startswith("shared: another record names it")
    assert said["status"] == "complete_with_exceptions"


def test_a_document_that_cannot_go_keeps_its_case_from_review(office: Office) -> None:
    """What stands against destroying a document is a blocker of its case: the rule, its store and a later removal."""
    ref = office.case(1, "a.pdf")
    office.put("a.pdf")
    rule: Any = {"ID": "1", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    office.s3.put_bucket_lifecycle_configuration(Bucket=office.bucket, LifecycleConfiguration={"Rules": [rule]})
    office.case(2)
    gathered = office.gathered()
    assert [one.ref for one in gathered.left] == [ref]
    assert "a lifecycle rule of the bucket deletes it without anybody's approval (papers)" in gathered.left[0].reason
    office.s3.delete_bucket_lifecycle(Bucket=office.bucket)
    assert office.gathered(ref).left == ()


def test_an_anonymised_case_keeps_no_document(office: Office) -> None:
    """Anonymised rows keep nobody's name, and documents cannot be anonymised: they go with the rows that name them."""
    ref = office.case(1, "a.pdf", "shared.pdf", outcome="anonymise")
    office.case(2, "shared.pdf", closed=None)
    for key in ("a.pdf", "shared.pdf"):
        office.put(key)
    office.put("a.pdf", "again")
    number = office.workplace.approve(office.gathered(ref).listed).number
    office.workplace.later(hours=25)
    said = office.certified(number)
    assert office.workplace.standing(number, ref) is Standing.ANONYMISED
    assert {key: one.standing for key, one in office.workplace.documents(number).items()} == {
        "a.pdf": Standing.DESTROYED
    }
    assert office.versions() == {"shared.pdf": 1}
    assert office.rows() == {
        "case_file": [(1, None, "2010-05-04", "anonymise"), (2, "FAM-2", None, "destroy")],
        "document": [(2, "shared.pdf")],
    }
    assert (said["totals"]["anonymised"], said["documents_destroyed"]) == (1, 1)


def test_an_order_to_anonymise_an_object_fails(office: Office) -> None:
    """Tags and metadata are never rewritten in place of a document's destruction."""
    from retentiond.connectors.interface import Role
    from retentiond.domain.orders import DisposalOrder, Outcome
    from retentiond.domain.schedule import Action

    office.put("a.pdf")
    ref = RecordRef("papers", "object", "a.pdf")
    definition = office.workplace.tools.definition("papers")
    with open_connector(definition, role=Role.DISPOSE, resolve=resolve) as connector:
        state = connector.fetch([ref])[ref].state
        order = DisposalOrder("1" * 32, ref, Action.ANONYMISE, state, 1)
        (receipt,) = connector.dispose([order], lambda orders: {one.id for one in orders})
        assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "this store cannot anonymise")
        assert connector.fetch([ref])[ref].state == state
    assert office.versions() == {"a.pdf": 1}
