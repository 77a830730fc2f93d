"""What the names of tables and columns say, in the English of case management systems. Only ever a reason to ask."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def _told(text: str) -> frozenset[str]:
    return frozenset(text.split())


TRIGGERS: dict[str, frozenset[str]] = {
    "birth": frozenset({"dob", "birth", "born", "birthdate", "birthday"}),
    "death": frozenset({"dod", "death", "died", "deceased"}),
    "case-closed": _told(
        "closed closure close closing end ended ending finish finished completed completion discharged concluded"
    ),
    "case-opened": _told("opened opening created inserted start started received registered referred"),
}
"""Trigger to the words by which a column of dates is a candidate for it, the likeliest trigger first."""
DATE_WORDS = frozenset({"date", "datetime", "on", "at", "dob", "dod", "time", "timestamp"})
"""Without one of these a column of text is no candidate for a date."""
DELETED = frozenset({"deleted", "archived", "removed"})
STATUS = frozenset({"status", "state", "stage", "outcome"})
WORKER = _told("worker owner assigned assignee caseworker keyworker handler officer allocated practitioner manager")
STAFF = _told("user users staff worker workers employee employees officer officers team teams role roles")
AUDIT = _told("audit audits history histories log logs version versions revision revisions changelog")
EXTENSION = _told("cstm custom customs ext extra extras extension extensions detail details")
RECIPIENT = _told("disclosure disclosures recipient recipients")
REFERENCE = frozenset({"ref", "reference", "number", "no"})
NUMBERED = REFERENCE | {"id", "identifier", "urn"}
"""Text that is called so and is no key here is somebody's number elsewhere."""
CASE = _told(
    "case cases episode episodes matter matters application applications referral referrals file files "
    "complaint complaints enquiry enquiries request requests assessment assessments placement placements"
)
PERSON_NAME = _told(
    "forename forenames surname firstname lastname middlename fullname givenname familyname initials nickname alias"
)
_NAME_BEFORE = _told("first last middle full given family maiden preferred known sur fore")
IDENTIFYING = _told(
    "email phone telephone mobile fax nhs upn nino passport address addr line1 line2 line3 street town "
    "city uprn photo picture image username login password signature ethnicity religion nationality "
    "disability iban"
)
TITLES = frozenset({"name", "title", "subject"})
"""A column that is called just so may hold anybody's name."""
POSTCODE = frozenset({"postcode", "zip", "zipcode"})
FREE_TEXT = _told(
    "note notes comment comments description body summary narrative detail details text content message remarks"
)


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in small letters: ``dateClosed`` and ``DATE_CLOSED`` are ``date``, ``closed``."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def says(name: str, among: Iterable[str]) -> bool:
    """Return whether some word of a name, or all of it, is one of those given."""
    found = words(name)
    return not {*found, "".join(found)}.isdisjoint(among)


def kebab(name: str) -> str:
    """Return a name as definitions call kinds of record: ``EhEpisode`` is ``eh-episode``."""
    return "-".join(words(name)) or "record"


def trigger_of(name: str) -> str | None:
    """Return the trigger that a column of dates is a candidate for, by its name alone."""
    if says(name, DELETED):
        return None
    return next((trigger for trigger, told in TRIGGERS.items() if says(name, told)), None)


def names_a_person(name: str) -> bool:
    """Return whether a column looks as if it held a person's name."""
    found = words(name)
    paired = any(one in _NAME_BEFORE and two in ("name", "names") for one, two in pairwise(found))
    return paired or says(name, PERSON_NAME)


def identifies(name: str) -> bool:
    """Return whether a column looks as if it told who somebody is or where they live."""
    return (
        names_a_person(name)
        or name.lower() in TITLES
        or says(name, IDENTIFYING | POSTCODE | TRIGGERS["birth"] | TRIGGERS["death"])
    )


def plurals(stem: str) -> tuple[str, ...]:
    """Return how a table may be called whose rows a column ``STEM_id`` names."""
    low = stem.lower()
    changed = (f"{low[:-1]}ies",) if low.endswith("y") else ()
    return (low, f"{low}s", f"{low}es", *changed, "people" if low == "person" else low, "children" * (low == "child"))
