from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from retentiond.config.definitions import read_definition, read_definitions
from retentiond.domain.definitions import (
    Blocker,
    ClassCondition,
    ColumnPlan,
    HistoryTable,
    Hop,
    KeyTable,
    ObjectPart,
    Reach,
    Reference,
    SharedTable,
    Status,
    TablePart,
    Trigger,
)
from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.periods import Period

Write = Callable[[str, str], Path]

SQL = """\
connector: early-help-cases
kind: sql
url: ${credential:early-help-cases}
dispose-url: postgresql+psycopg://u:${credential:dispose}@db.example.org:5432/cases?sslmode=verify-full
verify-url: sqlite:///cases.db
receipts: false
location: GB
backups-expire-after: 35 days
recipients-from: {table: disclosure, on: family_id, name: recipient_name}
references:
  - {from: case_note.parent_id, to: hdm.eh_episode.episode_id, where: {parent_type: Episode}}
  - {from: access_log.episode_id, to: hdm.eh_episode.episode_id, leave: true}
records:
  - name: early-help-episode
    table: hdm.eh_episode
    key: episode_id
    reference: family_ref
    conflict-of-interest: worker_id
    subjects: [lead_nhs_no, {column: person.nhs_no, through: [family_member]}]
    classify:
      - {class: LAC-01, if: {exists: status_period, where: {kind: CLA, to_on: null}, through: [family_member]}}
      - {class: CP-01, if: {where: {kind: CP}}}
      - {class: EH-01}
    triggers:
      case-closed: ended_on
      youngest-birth: {latest: person.dob, through: [{table: family_member, on: family_id}]}
      first-contact: {earliest: contact.made_on, on: family_id, where: {kind: first}}
    blockers:
      open-episode: {exists: eh_episode, where: {ended_on: null}, on: family_id}
    parts:
      - {table: case_note, on: episode_id}
      - {objects: early-help-documents, key-from: attachment.object_key, through: [case_note]}
      - table: folder
        recursive: parent_id
        parts: [file, {objects: early-help-documents, key-from: file.object_key}]
    shared:
      - person
      - {table: family, on: family_id, parts: [{table: family_member, on: family_id}]}
    history:
      - {table: eh_episode_history, on: episode_id, written-by: [eh_episode_audit, eh_episode_audit_too]}
    anonymise:
      hdm.eh_episode: {keep: [episode_id, ended_on], blank: [worker_id], replace: {family_ref: null, kind: '-'}}
      case_note: delete
      person: {generalise: {dob: year, postcode: outward-code}, blank: [surname]}
      family: {keep: [family_id]}
      family_member: delete
      folder: delete
      file: delete
      eh_episode_history: delete
"""


def test_a_database_comes_out_as_it_is_written(write: Write, tmp_path: Path) -> None:
    """Every key of a definition of a database becomes the value of the same meaning."""
    path = write("cases.yaml", SQL)
    read = read_definition(path)
    assert (read.name, read.kind, read.location, read.receipts) == ("early-help-cases", "sql", "GB", False)
    assert read.digest == sha256(SQL.encode()).hexdigest()
    assert read.source == str(path)
    assert read.url == "${credential:early-help-cases}"
    assert read.dispose_url.startswith("postgresql+psycopg://u:${credential:dispose}@db.example.org:5432/")
    assert read.verify_url == f"sqlite:///{tmp_path}/cases.db"
    assert read.backups_expire_after == Period(days=35)
    assert read.recipients_from == (Reach("disclosure", "family_id"), "recipient_name")
    kind = read.kind_named("early-help-episode")
    assert (kind.table, kind.key, kind.reference) == ("hdm.eh_episode", ("episode_id",), "family_ref")
    assert (kind.conflict_of_interest, kind.place) == ((Trigger("worker_id", "worker_id"),), f"{path}:14:5")
    assert kind.subjects == (
        Trigger("lead_nhs_no", "lead_nhs_no"),
        Trigger("person.nhs_no", "nhs_no", None, Reach("person", None, (Hop("family_member"),))),
    )
    assert kind.classify == (
        ClassCondition(
            "LAC-01",
            exists=Reach("status_period", None, (Hop("family_member"),), {"kind": "CLA", "to_on": None}),
        ),
        ClassCondition("CP-01", where={"kind": "CP"}),
        ClassCondition("EH-01"),
    )
    assert kind.triggers == (
        Trigger("case-closed", "ended_on"),
        Trigger("youngest-birth", "dob", "latest", Reach("person", None, (Hop("family_member", "family_id"),))),
        Trigger("first-contact", "made_on", "earliest", Reach("contact", "family_id", (), {"kind": "first"})),
    )
    assert kind.blockers == (Blocker("open-episode", Reach("eh_episode", "family_id", (), {"ended_on": None})),)
    assert kind.parts == (
        TablePart(Reach("case_note", "episode_id")),
        ObjectPart("early-help-documents", "object_key", Reach("attachment", None, (Hop("case_note"),))),
        TablePart(
            Reach("folder"),
            "parent_id",
            (TablePart(Reach("file")), ObjectPart("early-help-documents", "object_key", Reach("file"))),
        ),
    )
    assert kind.history == (
        HistoryTable(Reach("eh_episode_history", "episode_id"), ("eh_episode_audit", "eh_episode_audit_too")),
    )
    assert read.references == (
        Reference("case_note", "parent_id", "hdm.eh_episode", "episode_id", {"parent_type": "Episode"}),
        Reference("access_log", "episode_id", "hdm.eh_episode", "episode_id", leave=True),
    )
    assert kind.shared == (
        SharedTable(Reach("person")),
        SharedTable(Reach("family", "family_id"), (TablePart(Reach("family_member", "family_id")),)),
    )
    assert kind.anonymise == {
        "hdm.eh_episode": ColumnPlan(
            keep=("episode_id", "ended_on"), blank=("worker_id",), replace={"family_ref": None, "kind": "-"}
        ),
        "case_note": ColumnPlan(delete_rows=True),
        "person": ColumnPlan(blank=("surname",), generalise={"dob": "year", "postcode": "outward-code"}),
        "family": ColumnPlan(keep=("family_id",)),
        "family_member": ColumnPlan(delete_rows=True),
        "folder": ColumnPlan(delete_rows=True),
        "file": ColumnPlan(delete_rows=True),
        "eh_episode_history": ColumnPlan(delete_rows=True),
    }


def test_what_is_left_out_takes_the_cautious_value(write: Write) -> None:
    """A short definition is whole: people call a record by its key, and it can only be destroyed."""
    text = "connector: c\nkind: sql\nurl: sqlite:////srv/cases.db\nlocation: IE\nrecords:\n"
    text += "  - {name: a, table: t, key: id, classify: [{class: A}], triggers: {case-closed: ended_on}}\n"
    read = read_definition(write("c.yaml", text))
    assert (read.url, read.dispose_url, read.verify_url, read.receipts) == ("sqlite:////srv/cases.db", "", "", True)
    assert (read.records[0].reference, read.records[0].anonymise, read.records[0].parts) == ("id", {}, ())


def test_keys_joins_and_json_come_out_as_they_are_written(write: Write) -> None:
    """Composite keys, named joins, conditions on the way, lists of people and ways into JSON keep what they say."""
    text = """\
connector: c
kind: sql
url: sqlite:////srv/cases.db
location: GB
records:
  - name: case
    table: eh_case
    key: [case_no, part_no]
    reference: data."case ref"
    conflict-of-interest: {column: visit.worker.id, on: {case_ref: case_no}}
    subjects: ['data.people[*].ref', nhs_no]
    recipients: {table: referral, on: [case_no, part_no], name: 'agencies[*]'}
    classify:
      - {class: A, if: {where: {data.status: closed, 'tags[*]': null}}}
      - {class: B}
    triggers:
      closed: data.child.closed
      served: {latest: 'eh_case.data.services[*].ended_on'}
      birth: {latest: person.data.dob, through: [{table: member, on: {c: case_no}, where: {left_on: null}}]}
    parts:
      - {table: attachment, on: {record_id: 'data.ids[*]'}, where: {record_type: Case}}
      - {objects: documents, key-from: 'eh_case.data.files[*]'}
"""
    kind = read_definition(write("c.yaml", text)).records[0]
    assert (kind.key, kind.reference) == (("case_no", "part_no"), 'data."case ref"')
    assert kind.conflict_of_interest == (
        Trigger("visit.worker.id", "worker.id", None, Reach("visit", {"case_ref": "case_no"})),
    )
    assert kind.subjects == (Trigger("data.people[*].ref", "data.people[*].ref"), Trigger("nhs_no", "nhs_no"))
    both = {"case_no": "case_no", "part_no": "part_no"}
    assert kind.recipients == (Reach("referral", both), "agencies[*]")
    assert kind.classify[0].where == {"data.status": "closed", "tags[*]": None}
    assert kind.triggers == (
        Trigger("closed", "data.child.closed"),
        Trigger("served", "data.services[*].ended_on", "latest", Reach("eh_case")),
        Trigger(
            "birth", "data.dob", "latest", Reach("person", None, (Hop("member", {"c": "case_no"}, {"left_on": None}),))
        ),
    )
    assert kind.parts == (
        TablePart(Reach("attachment", {"record_id": "data.ids[*]"}, (), {"record_type": "Case"})),
        ObjectPart("documents", "data.files[*]", Reach("eh_case")),
    )


def test_a_bucket_comes_out_as_it_is_written(write: Write) -> None:
    """Tags, metadata, names and times become the columns a connector knows them by."""
    text = """\
connector: documents
kind: s3
bucket: early-help
endpoint: https://s3.example.org
region: eu-west-2
access-key: ${credential:a}
secret-key: ${credential:b}
location: GB
records:
  - name: letter
    prefix: letters/
    classify:
      - {class: LAC-01, if: {prefix: letters/lac/, tag: {kind: CLA, open: 'no'}}}
      - {class: EH-01}
    triggers:
      case-closed: {tag: closed-on}
      birth: {metadata: dob}
      written: {name: '(\\d{4}-\\d{2}-\\d{2})'}
      stored: last-modified
  - name: case-document
"""
    read = read_definition(write("d.yaml", text))
    assert read.options == {
        "bucket": "early-help",
        "endpoint": "https://s3.example.org",
        "region": "eu-west-2",
        "access-key": "${credential:a}",
        "secret-key": "${credential:b}",
    }
    letter, document = read.records
    assert letter.prefix == "letters/"
    assert letter.classify == (
        ClassCondition("LAC-01", where={"prefix": "letters/lac/", "tag:kind": "CLA", "tag:open": "no"}),
        ClassCondition("EH-01"),
    )
    assert [(one.name, one.column) for one in letter.triggers] == [
        ("case-closed", "tag:closed-on"),
        ("birth", "metadata:dob"),
        ("written", r"name:(\d{4}-\d{2}-\d{2})"),
        ("stored", "last-modified"),
    ]
    assert (document.classify, document.triggers, document.prefix) == ((), (), "")


def test_a_bucket_beside_a_database_comes_out_as_it_is_written(write: Write, tmp_path: Path) -> None:
    """Its owner, its copies, a credential a power, and facts about its objects in a table of their keys."""
    text = """\
connector: documents
kind: s3
bucket: early-help
region: eu-west-2
access-key: ${credential:a}
secret-key: ${credential:b}
dispose-access-key: ${credential:c}
dispose-secret-key: ${credential:d}
owner: 012345678901
copies-in: [early-help-copies, early-help-far]
key-table: {url: "sqlite:///index.db", table: dms.document_index, key: object_key}
location: GB
records:
  - name: letter
    classify:
      - {class: LAC-01, if: {name: '/LAC-\\d', metadata: {kind: CLA}, column: {is_cla: true, left_on: null}}}
    statuses: {looked-after: {column: {ever: CLA}}}
    triggers: {case-closed: {column: closed_on}}
"""
    read = read_definition(write("d.yaml", text))
    assert read.key_table == KeyTable(f"sqlite:///{tmp_path / 'index.db'}", "dms.document_index", "object_key")
    assert {name: read.options[name] for name in ("owner", "copies-in", "dispose-access-key")} == {
        "owner": "012345678901",
        "copies-in": "early-help-copies early-help-far",
        "dispose-access-key": "${credential:c}",
    }
    (letter,) = read.records
    asked = {"name:": r"/LAC-\d", "metadata:kind": "CLA", "column:is_cla": "true", "column:left_on": None}
    assert letter.classify == (ClassCondition("LAC-01", where=asked),)
    assert letter.statuses == (Status("looked-after", where={"column:ever": "CLA"}),)
    assert letter.triggers == (Trigger("case-closed", "column:closed_on"),)


def test_a_file_share_comes_out_as_it_is_written(write: Write, tmp_path: Path) -> None:
    """A relative root counts from the definition's folder, for a service starts in no folder of ours."""
    text = """\
connector: files
kind: filesystem
root: files
location: DE
records:
  - name: file
    classify: [{class: A, if: {prefix: a/}}, {class: B}]
    triggers: {birth: {sidecar: dob}, closed: {name: '(\\d{4})'}, stored: modified}
"""
    read = read_definition(write("f.yaml", text))
    assert read.options == {"root": f"{tmp_path}/files"}
    assert read.records[0].classify == (ClassCondition("A", where={"prefix": "a/"}), ClassCondition("B"))
    assert [one.column for one in read.records[0].triggers] == ["sidecar:dob", r"name:(\d{4})", "modified"]


def test_a_store_of_another_kind_takes_the_common_words(write: Write) -> None:
    """A connector that another package brings gets its options as text and its kinds of record in our words."""
    text = """\
connector: cases
kind: casebook
location: FR
options: {address: https://cases.example.org, api-key: '${credential:casebook}', pages: 010}
records:
  - name: case
    prefix: open/
    classify: [{class: A, if: {where: {kind: CLA}}}, {class: B}]
    triggers: {case-closed: closedOn}
"""
    read = read_definition(write("c.yaml", text))
    assert read.options == {
        "address": "https://cases.example.org",
        "api-key": "${credential:casebook}",
        "pages": "010",
    }
    assert (read.records[0].prefix, read.records[0].table) == ("open/", "")
    assert read.records[0].triggers == (Trigger("case-closed", "closedOn"),)


def test_two_stores_have_two_names(write: Write, tmp_path: Path) -> None:
    """A record's name starts with its store's, so one name for two stores would be one name for two records."""
    write("a.yaml", SQL)
    write("b.yaml", SQL)
    with pytest.raises(ConfigurationRefused) as refused:
        read_definitions([tmp_path])
    assert [str(one).replace(f"{tmp_path}/", "") for one in refused.value.faults] == [
        "b.yaml:1:12: the connector 'early-help-cases' is given at a.yaml:1:12 as well; give each its own name"
    ]
    assert [one.name for one in read_definitions([tmp_path / "a.yaml"])] == ["early-help-cases"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://retentiond@/cases?host=%2Frun%2Fpostgresql",
        "postgresql+psycopg://db.example.org:5432/cases?sslkey=/etc/key.pem&passfile=/etc/pgpass",
        "postgresql+psycopg://u:${credential:p}@[2001:db8::1]:5432/cases",
        "postgresql+psycopg://u@db/cases?password=${credential:p}",
        "sqlite:////srv/a@b.db",
        "${credential:whole}",
    ],
)
def test_a_url_without_a_password_passes(write: Write, url: str) -> None:
    """Sockets, ports, key files and references to credentials are not taken for passwords."""
    text = SQL.replace("${credential:early-help-cases}", url)
    assert read_definition(write("c.yaml", text)).url == url
