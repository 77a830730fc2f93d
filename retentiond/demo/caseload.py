"""Cases as they pile up: families, people, episodes, notes and letters, as rows that are yet to be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import TypeAlias

from mimesis import Address, Person
from mimesis.enums import Gender
from mimesis.locales import Locale
from sqlalchemy import Table

from retentiond.demo import tables
from retentiond.demo.identifiers import nhs_number, upn

Value: TypeAlias = str | int | bool | date | None

NO_PLAN = "no-plan"
"""End reason of an episode that closed before a plan was made."""
_WORKERS = ("w.1042", "w.1077", "w.1103", "w.1150")
_ETHNICITIES = ("WBRI", "WBRI", "WIRI", "WOTH", "MWBC", "APKN", "ABAN", "AIND", "BCRB", "BAFR", "NOBT")
_NEEDS = ("N1", "N2", "N3", "N4", "N5", "N6", "N7")
_BODIES = (
    "Home visit. Routines are settling and school mornings are calmer.",
    "Call with the school. Attendance has risen since the last review.",
    "Team around the family met and agreed the next steps.",
    "Parent asked for help with housing; passed to the tenancy team.",
    "Closing visit. The family feel able to carry on without us.",
)
_RECIPIENTS = (
    ("school", "Ash Lane Primary School"),
    ("health-visitor", "Combe Valley Health Visitors"),
    ("housing", "Ashcombe Homes"),
    ("police", "Ashcombe Neighbourhood Policing"),
)


def letter(object_key: str) -> bytes:
    """Return the made-up content of the document with this key."""
    return (
        f"ASHCOMBE BOROUGH COUNCIL\nEarly Help Service\n\nDocument {object_key}\n\n"
        "This letter is made up for a demonstration. Nobody in it exists.\n"
    ).encode()


@dataclass(slots=True)
class Caseload:
    """Rows by table, and the seeded chance that makes up names, numbers and addresses."""

    today: date
    chance: Random = field(default_factory=lambda: Random(1948))
    rows: dict[Table, list[dict[str, Value]]] = field(default_factory=dict)
    names: Person = field(default_factory=lambda: Person(Locale.EN_GB, seed=1948))
    places: Address = field(default_factory=lambda: Address(Locale.EN_GB, seed=1948))

    def add(self, table: Table, **columns: Value) -> int:
        """Add a row, numbering it where the table has a number of its own, and return that number or 0."""
        rows = self.rows.setdefault(table, [])
        own = [column.name for column in table.primary_key if not column.foreign_keys]
        row = {column.name: columns.get(column.name) for column in table.columns}
        row.update(dict.fromkeys(own, len(rows) + 1))
        rows.append(row)
        return len(rows) if own else 0

    def family(self, opened_on: date) -> int:
        """Add a family without members and return its number."""
        number = len(self.rows.get(tables.FAMILY, ())) + 1
        return self.add(
            tables.FAMILY,
            family_ref=f"F-{opened_on.year}-{number:04d}",
            opened_on=opened_on,
            research_ref=f"R{self.chance.randrange(10**6):06d}" if self.chance.random() < 0.2 else None,
        )

    def person(self, role: str, surname: str, born: date | None, **columns: Value) -> int:
        """Add a child or an adult with an address and return its number."""
        sex = self.chance.choice("12")
        child = role == "child"
        number = len(self.rows.get(tables.PERSON, ())) + 1
        details: dict[str, Value] = {
            "la_child_id": f"{410000 + number}" if child else None,
            "upn": upn(self.chance) if child and born else None,
            "upn_unknown": "UN1" if child and not born else None,
            "nhs_no": nhs_number(self.chance),
            "forename": self.names.first_name(Gender.MALE if sex == "1" else Gender.FEMALE) if born else None,
            "surname": surname,
            "dob": born,
            "death_verified": False,
            "sex": sex if born else "0",
            "ethnicity": self.chance.choice(_ETHNICITIES),
            "nationality": "GBR",
            "role": role,
        }
        person = self.add(tables.PERSON, **(details | columns))
        self.add(
            tables.ADDRESS,
            person_id=person,
            kind="home",
            line1=self.places.address(),
            town="Ashcombe",
            postcode=f"ZZ{self.chance.randint(1, 20)} {self.chance.randint(1, 9)}{self.chance.choice('ABDEFGH')}"
            f"{self.chance.choice('JLNPQRS')}",
            from_on=born,
        )
        return person

    def join(self, family: int, person: int, relationship: str, since: date) -> None:
        """Make a person a member of a family."""
        self.add(tables.FAMILY_MEMBER, family_id=family, person_id=person, relationship=relationship, from_on=since)

    def episode(self, family: int, lead: int | None, started_on: date, ended_on: date | None, **columns: Value) -> int:
        """Add an episode of early help with its assessment, plan, notes and disclosure, and return its number."""
        number = len(self.rows.get(tables.EH_EPISODE, ())) + 1
        details: dict[str, Value] = {
            "case_ref": f"EH-{started_on.year}-{number:04d}",
            "family_id": family,
            "lead_person_id": lead,
            "started_on": started_on,
            "ended_on": ended_on,
            "start_reason": "referral",
            "end_reason": "needs-met" if ended_on else None,
            "org": "Ashcombe Family Hub",
            "worker_id": self.chance.choice(_WORKERS),
        }
        details |= columns
        episode = self.add(tables.EH_EPISODE, **details)
        if lead is not None:
            self.add(
                tables.ASSESSMENT,
                episode_id=episode,
                person_id=lead,
                started_on=started_on + timedelta(days=7),
                authorised_on=started_on + timedelta(days=35),
                factor_code=f"{self.chance.randint(1, 24)}A",
            )
        if details["end_reason"] != NO_PLAN:
            planned_on = started_on + timedelta(days=40)
            self.add(tables.PLAN, episode_id=episode, kind="TAF", started_on=planned_on, ended_on=ended_on)
        for week in range(self.chance.randint(1, 4)):
            self.note(episode, () if lead is None else (lead,), started_on + timedelta(weeks=week))
        kind, name = self.chance.choice(_RECIPIENTS)
        self.add(
            tables.DISCLOSURE,
            family_id=family,
            recipient_type=kind,
            recipient_name=name,
            sent_on=started_on + timedelta(days=42),
            lawful_basis="6(1)(e)",
        )
        return episode

    def referral(self, episode: int | None, person: int, received_on: date, *, close_reason: str) -> int:
        """Add a closed referral to social care and return its number."""
        return self.add(
            tables.REFERRAL,
            episode_id=episode,
            person_id=person,
            received_on=received_on,
            source_code=self.chance.choice(("2A", "3A", "3B", "6", "1A")),
            primary_need=self.chance.choice(_NEEDS),
            nfa=close_reason == "RC8",
            closed_on=received_on + timedelta(days=45),
            close_reason=close_reason,
        )

    def note(self, episode: int, subjects: tuple[int, ...], made_on: date) -> int:
        """Add a case note about some people and return its number."""
        note = self.add(
            tables.CASE_NOTE,
            episode_id=episode,
            author_id=self.chance.choice(_WORKERS),
            made_on=made_on,
            body=self.chance.choice(_BODIES),
        )
        for person in subjects:
            self.add(tables.CASE_NOTE_SUBJECT, note_id=note, person_id=person)
        return note

    def attach(self, note: int, object_key: str, uploaded_on: date) -> str:
        """Attach a document to a note and return the document's key."""
        self.add(
            tables.ATTACHMENT,
            note_id=note,
            object_key=object_key,
            sha256=sha256(letter(object_key)).hexdigest(),
            media_type="text/plain",
            uploaded_on=uploaded_on,
        )
        return object_key

    def contact(self, person: int | None, received_on: date, outcome_code: str) -> int:
        """Add a contact and return its number."""
        number = len(self.rows.get(tables.CONTACT, ())) + 1
        return self.add(
            tables.CONTACT,
            contact_ref=f"C-{received_on.year}-{number:04d}",
            person_id=person,
            received_on=received_on,
            source_code=self.chance.choice(("1A", "2A", "3A", "3B", "6", "9")),
            outcome_code=outcome_code,
            notes="Caller asked what help is on offer; advice given.",
        )

    def household(self, opened_on: date, births: Sequence[date], *, adults: int = 1) -> tuple[int, list[int]]:
        """Add a family with adults and with a child for each birth, and return its number and the children's."""
        family, surname = self.family(opened_on), self.names.last_name()
        for _ in range(adults):
            born = date(
                min(births, default=opened_on).year - self.chance.randint(19, 38), self.chance.randint(1, 12), 9
            )
            self.join(family, self.person("adult", surname, born), "parent", opened_on)
        children = [self.person("child", surname, born) for born in births]
        for child in children:
            self.join(family, child, "child", opened_on)
        return family, children

    def document(self, episode: int, subjects: tuple[int, ...], written_on: date) -> str:
        """Add a note with a document attached and return the document's key, which says nothing of whom it is about."""
        key = f"cases/{self.chance.getrandbits(64):016x}.txt"
        return self.attach(self.note(episode, subjects, written_on), key, written_on)

    def ago(self, years: int, month: int = 6, day: int = 15) -> date:
        """Return a day of the calendar year so many years before this one."""
        return date(self.today.year - years, month, day)
