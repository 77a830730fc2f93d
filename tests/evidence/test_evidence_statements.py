from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import rfc8785

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence import predicates as say
from retentiond.evidence.schema import PREDICATES, faults_of, read_statement
from retentiond.evidence.statements import statement


def payloads(made: Any) -> list[bytes]:
    """Return the signed bytes of each event."""
    return [base64.b64decode(json.loads(one)["payload"]) for one in made.envelopes]


def test_every_builder_gives_its_kind(make: Callable[..., Any]) -> None:
    """What the builders build is canonical, has the fields of its kind and is read back; they make every kind."""
    kinds = set()
    made = make()
    made.tell_of_an_event()
    made.tell_of_a_key()
    for payload in payloads(made):
        found = read_statement(payload, "event")
        kinds.add(found.kind)
        assert rfc8785.dumps(json.loads(payload)) == payload
        assert statement(found.kind, found.subjects, found.predicate) == payload
    assert kinds == set(PREDICATES)


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        ("approval", {"remark": "x"}, "unknown field"),
        ("approval", {"at": 1.5}, "type float"),
        ("run-started", {"approvals": [2**53]}, "2\\^53"),
        ("approval", {"stage": ""}, "stage is not one line"),
        ("approval", {"stage": "two\nlines"}, "stage is not one line"),
        ("no-such-kind", {}, "its kind is unknown"),
        ("proposal", {}, "missing"),
    ],
)
def test_what_nobody_could_verify_is_not_signed(
    kind: str, change: dict[str, Any], expected: str, make: Callable[..., Any]
) -> None:
    """A statement with a float, a large integer, an unknown, missing or malformed field or kind is refused."""
    index = {"run-started": 5}.get(kind, 3)
    found = read_statement(payloads(make())[index], "event")
    with pytest.raises(EvidenceRefused, match=expected):
        statement(kind, found.subjects, {**found.predicate, **change})


@pytest.mark.parametrize("subjects", [[], [("", "0" * 64)], [("a", "0" * 63)], [("a", "A" * 64)]])
def test_subjects_are_named_digests(subjects: list[tuple[str, str]], make: Callable[..., Any]) -> None:
    """A statement without a subject, or with one that is no named digest, is refused."""
    found = read_statement(payloads(make())[3], "event")
    with pytest.raises(EvidenceRefused, match="subjects"):
        statement("approval", subjects, found.predicate)


def test_proofs_to_come_have_their_fields(make: Callable[..., Any]) -> None:
    """An approval may carry its approver's own signature, and a certificate the renderer of its printed form."""
    made = make()
    approval = dict(read_statement(payloads(made)[3], "event").predicate)
    approval["approver"] = {**approval["approver"], "key_fingerprint": "SHA256:made-up"}
    approval |= {"assurance": "sshsig", "signature": "made up", "signers": {"digest": "0" * 64, "log_index": 1}}
    assert faults_of("approval", approval) == []
    certificate = dict(read_statement(payloads(made)[6], "event").predicate)
    certificate["renderer"] = {"typst": "0.15", "template_digest": "0" * 64, "timestamp": "2026-04-01T00:00:00Z"}
    assert faults_of("destruction-certificate", certificate) == []


def test_moments_and_months() -> None:
    """Moments become UTC to the second, dates become months, and a moment without a zone is refused."""
    assert say.instant("2026-04-01T10:30:00.123+01:00") == "2026-04-01T09:30:00Z"
    assert say.month(date(2026, 4, 1)) == "2026-04"
    with pytest.raises(ValueError, match="time zone"):
        say.instant(datetime(2026, 4, 1))  # noqa: DTZ001  # the fault under test


LINTED = {
    "organisation": "Example Council",
    "certificate_no": "DC-2026-4711",
    "digest": "4711" * 16,
    "at": "2026-04-01T09:30:00Z",
    "count": 4711,
    "series": [{"item": "EH-01"}, {"item": "file FAM/0001 of Zoë"}],
    "mandate": ["Children Act 1989 s.17"],
}


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("FAM/0001", ["series[1].item names a record"]),
        ("fam/0001", ["series[1].item names a record"]),
        ("ZOË", []),
        ("FAM/000", []),
        ("AM/0001", []),
        ("4711", []),
        ("1989", []),
        ("2026", []),
        ("Example Council", ["organisation names a record"]),
        ("EH-01", ["series[0].item names a record"]),
    ],
)
def test_lint_finds_names_of_records(name: str, places: list[str]) -> None:
    """A reference that stands as a word is found and its place told; digests, dates and short numbers are none."""
    assert say.lint(json.dumps(LINTED).encode(), [name]) == places


def test_lint_finds_long_and_whole_numbers() -> None:
    """A long number is found within a text; a short one where it is all of it."""
    text = json.dumps({"a": "no 94378110", "b": "4711"}).encode()
    assert say.lint(text, ["94378110", "4711"]) == ["a names a record", "b names a record"]
