"""The tables of a made-up Early Help case store, shaped like the ones councils run."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, MetaData, String, Table, Text

METADATA = MetaData()


def _key(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _link(name: str, target: str, *, nullable: bool = False, primary_key: bool = False) -> Column[int]:
    return Column(
        name, Integer, ForeignKey(target), nullable=nullable and not primary_key, primary_key=primary_key, index=True
    )


FAMILY = Table(
    "family",
    METADATA,
    _key("family_id"),
    Column("family_ref", String(20), unique=True),
    Column("opened_on", Date, nullable=False),
    Column("research_ref", String(20)),
)
PERSON = Table(
    "person",
    METADATA,
    _key("person_id"),
    Column("la_child_id", String(10)),
    Column("upn", String(13)),
    Column("upn_unknown", String(3)),
    Column("nhs_no", String(10), unique=True),
    Column("forename", String(80)),
    Column("surname", String(80)),
    Column("dob", Date),
    Column("expected_dob", Date),
    Column("death_date", Date),
    Column("death_verified", Boolean, nullable=False),
    Column("sex", String(1)),
    Column("ethnicity", String(4)),
    Column("nationality", String(3)),
    Column("role", String(5), nullable=False),
)
FAMILY_MEMBER = Table(
    "family_member",
    METADATA,
    _link("family_id", "family.family_id", primary_key=True),
    _link("person_id", "person.person_id", primary_key=True),
    Column("relationship", String(20)),
    Column("from_on", Date),
    Column("to_on", Date),
)
ADDRESS = Table(
    "address",
    METADATA,
    _key("address_id"),
    _link("person_id", "person.person_id"),
    Column("kind", String(10)),
    Column("line1", String(120)),
    Column("town", String(60)),
    Column("postcode", String(8)),
    Column("from_on", Date),
    Column("to_on", Date),
)
CONTACT = Table(
    "contact",
    METADATA,
    _key("contact_id"),
    Column("contact_ref", String(20), unique=True),
    _link("person_id", "person.person_id", nullable=True),
    Column("received_on", Date, nullable=False),
    Column("source_code", String(3)),
    Column("outcome_code", String(10), nullable=False),
    Column("notes", Text),
)
EH_EPISODE = Table(
    "eh_episode",
    METADATA,
    _key("episode_id"),
    Column("case_ref", String(20), unique=True),
    _link("family_id", "family.family_id"),
    _link("lead_person_id", "person.person_id", nullable=True),
    Column("started_on", Date, nullable=False),
    Column("ended_on", Date, index=True),
    Column("start_reason", String(20)),
    Column("end_reason", String(20)),
    Column("org", String(60)),
    Column("worker_id", String(40)),
)
REFERRAL = Table(
    "referral",
    METADATA,
    _key("referral_id"),
    _link("episode_id", "eh_episode.episode_id", nullable=True),
    _link("person_id", "person.person_id"),
    Column("received_on", Date),
    Column("source_code", String(3)),
    Column("primary_need", String(2)),
    Column("nfa", Boolean),
    Column("closed_on", Date),
    Column("close_reason", String(3)),
)
ASSESSMENT = Table(
    "assessment",
    METADATA,
    _key("assessment_id"),
    _link("episode_id", "eh_episode.episode_id"),
    _link("person_id", "person.person_id"),
    Column("started_on", Date),
    Column("authorised_on", Date),
    Column("factor_code", String(3)),
)
PLAN = Table(
    "plan",
    METADATA,
    _key("plan_id"),
    _link("episode_id", "eh_episode.episode_id"),
    Column("kind", String(3)),
    Column("started_on", Date),
    Column("ended_on", Date),
)
CASE_NOTE = Table(
    "case_note",
    METADATA,
    _key("note_id"),
    _link("episode_id", "eh_episode.episode_id"),
    Column("author_id", String(40)),
    Column("made_on", Date),
    Column("body", Text),
)
CASE_NOTE_SUBJECT = Table(
    "case_note_subject",
    METADATA,
    _link("note_id", "case_note.note_id", primary_key=True),
    _link("person_id", "person.person_id", primary_key=True),
)
ATTACHMENT = Table(
    "attachment",
    METADATA,
    _key("attachment_id"),
    _link("note_id", "case_note.note_id"),
    Column("object_key", String(200), nullable=False, index=True),
    Column("sha256", String(64)),
    Column("media_type", String(60)),
    Column("uploaded_on", Date),
)
STATUS_PERIOD = Table(
    "status_period",
    METADATA,
    _key("status_id"),
    _link("person_id", "person.person_id"),
    Column("kind", String(10), nullable=False),
    Column("from_on", Date),
    Column("to_on", Date),
)
DISCLOSURE = Table(
    "disclosure",
    METADATA,
    _key("disclosure_id"),
    _link("family_id", "family.family_id"),
    Column("recipient_type", String(30)),
    Column("recipient_name", String(120), nullable=False),
    Column("sent_on", Date),
    Column("lawful_basis", String(20)),
)
REQUEST = Table(
    "request",
    METADATA,
    _key("request_id"),
    Column("kind", String(12), nullable=False),
    _link("person_id", "person.person_id"),
    Column("received_on", Date, nullable=False),
    Column("closed_on", Date),
)
