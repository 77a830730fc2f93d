from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, select, text

from retentiond.demo import tables
from retentiond.demo.case_store import build_case_store
from retentiond.demo.caseload import letter
from retentiond.demo.council import caseload
from retentiond.demo.documents import documents
from retentiond.demo.identifiers import nhs_check_digit, nhs_number, upn, upn_check_letter
from retentiond.domain.errors import ConfigurationRefused

TODAY = date(2026, 11, 23)
AWKWARD_DAYS = (date(2027, 1, 1), date(2028, 2, 29), date(2027, 3, 31), date(2027, 4, 1), date(2026, 12, 31))


def test_the_same_day_makes_up_the_same_caseload() -> None:
    """Nothing but the day decides what is made up."""
    one, other = caseload(TODAY), caseload(TODAY)
    assert one[0].rows == other[0].rows
    assert one[1] == other[1]


@pytest.mark.parametrize("today", [TODAY, *AWKWARD_DAYS])
def test_the_store_holds_what_was_made_up(tmp_path: Path, today: date) -> None:
    """Every row is written, every foreign key leads somewhere, and no date lies in the future."""
    url = f"sqlite:///{tmp_path / 'cases.sqlite'}"
    build_case_store(url, today)
    load, _ = caseload(today)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        for table in tables.METADATA.sorted_tables:
            assert connection.scalar(select(func.count()).select_from(table)) == len(load.rows[table])
    engine.dispose()
    days = {value for rows in load.rows.values() for row in rows for value in row.values() if isinstance(value, date)}
    assert max(days) <= today


def test_a_store_is_not_built_over_another(tmp_path: Path) -> None:
    """A database that has one of the tables is refused and left as it was."""
    url = f"sqlite:///{tmp_path / 'cases.sqlite'}"
    build_case_store(url, TODAY)
    with pytest.raises(ConfigurationRefused, match="give it an empty database"):
        build_case_store(url, TODAY)


def test_named_cases_are_different_records() -> None:
    """No two names stand for one record, and each has a reference people can use."""
    _, facts = caseload(TODAY)
    cases = dict(facts.cases())
    assert len({one.ref for one in cases.values()}) == len(cases)
    assert len({one.reference for one in cases.values()}) == len(cases)
    assert {one.finding.value for one in cases.values()} == {"due", "not-yet", "untriggered", "blocked", "on-hold"}


def test_documents_are_those_of_the_rows() -> None:
    """Each document has a row with its digest, save the orphan; each row has a document, save the missing one."""
    load, facts = caseload(TODAY)
    rows = {row["object_key"]: row["sha256"] for row in load.rows[tables.ATTACHMENT]}
    made = {one.key: one for one in documents(facts) if not one.key.startswith("scanned-post/")}
    assert set(rows) - set(made) == {facts.key_missing}
    assert set(made) - set(rows) == {facts.key_without_row}
    assert all(sha256(letter(str(key))).hexdigest() == digest for key, digest in rows.items())
    assert made[facts.key_with_versions].versions == 3
    assert [one.key for one in made.values() if one.legal_hold] == [facts.key_on_legal_hold]
    assert [one.key for one in made.values() if one.deleted] == [facts.key_deleted]


def test_one_document_belongs_to_two_cases() -> None:
    """Exactly one object key stands in rows of two cases."""
    load, facts = caseload(TODAY)
    keys = [row["object_key"] for row in load.rows[tables.ATTACHMENT]]
    assert [key for key in set(keys) if keys.count(key) > 1] == [facts.key_of_two_cases]


@given(st.integers())
def test_made_up_numbers_pass_the_checks_of_real_ones(seed: int) -> None:
    """NHS numbers are of the range never issued; both kinds of number carry the right check character."""
    chance = Random(seed)  # noqa: S311 - numbers to be checked, not secrets
    number = nhs_number(chance)
    assert number.startswith("999")
    assert len(number) == 10
    assert sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True)) % 11 == 0
    pupil = upn(chance)
    assert len(pupil) == 13
    assert pupil[0] == upn_check_letter(pupil[1:])


def test_check_characters_worked_by_hand() -> None:
    """Sums worked on paper: 9990000000 has 243 mod 11 = 1, so ten and invalid; 9990000018 has 245 mod 11 = 3, so 8."""
    assert nhs_check_digit("999000000") is None
    assert nhs_check_digit("999000001") == "8"
    assert nhs_check_digit("999000005") == "0"
    # 9*2 + 9*3 + 9*4 + 1*13 = 94 and 94 mod 23 = 2
    assert upn_check_letter("999000000001") == "C"
