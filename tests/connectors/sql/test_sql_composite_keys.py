"""Records told apart by several columns: one text for each key, the same conformance, the same order of pages.

One of the columns is called as a statement of ours might call its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.conformance import StoreUnderTest
from retentiond.connectors.conformance.disposing import DisposingLaws
from retentiond.connectors.conformance.reading import ReadingLaws
from retentiond.connectors.conformance.sparing import SparingLaws
from retentiond.connectors.interface import CHUNK, Role, ScanRequest
from retentiond.connectors.sql import SqlConnector
from retentiond.connectors.sql.dialects import dialect_named
from retentiond.connectors.sql.values import after, key_parts, key_text
from retentiond.domain.definitions import (
    ClassCondition,
    ColumnPlan,
    Definition,
    KindOfRecord,
    Reach,
    TablePart,
    Trigger,
)
from retentiond.domain.orders import DisposalOrder, Outcome, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action

_KEY = ("number", "part_no")
_DEFINITION = Definition(
    name="cases",
    kind="sql",
    location="GB",
    digest="0" * 64,
    records=(
        KindOfRecord(
            name="part",
            table="part_of_case",
            key=_KEY,
            classify=(ClassCondition("C-01"),),
            triggers=(Trigger("closed", "closed"),),
            parts=(TablePart(Reach("note")),),
            anonymise={
                "part_of_case": ColumnPlan(keep=(*_KEY, "closed"), blank=("reference",)),
                "note": ColumnPlan(delete_rows=True),
            },
        ),
    ),
)
_METADATA = sa.MetaData()
_PART = sa.Table(
    "part_of_case",
    _METADATA,
    sa.Column("number", sa.String(80), primary_key=True),
    sa.Column("part_no", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reference", sa.String(80)),
    sa.Column("closed", sa.Date),
    sa.Index("by_number", "part_no", "number"),
)
_NOTE = sa.Table(
    "note",
    _METADATA,
    sa.Column("note_id", sa.String(32), primary_key=True),
    sa.Column("of_part", sa.Integer, nullable=False),
    sa.Column("of_case", sa.String(80), nullable=False),
    sa.ForeignKeyConstraint(["of_part", "of_case"], ["part_of_case.part_no", "part_of_case.number"]),
)


def _values(ref: RecordRef) -> tuple[str, int]:
    case, part = key_parts(ref.key, 2)
    return case, int(part)


def _under_test(url: str, owner: sa.Engine) -> StoreUnderTest:
    def seed(key: str, closed_on: date | None, reference: str) -> RecordRef:
        row = {"number": key, "part_no": -7, "reference": reference, "closed": closed_on}
        with owner.begin() as connection:
            connection.execute(_PART.insert(), [row])
        return RecordRef("cases", "part", key_text((key, -7)))

    def touch(ref: RecordRef) -> None:
        case, part = _values(ref)
        with owner.begin() as connection:
            connection.execute(_NOTE.insert().values(note_id=uuid4().hex, of_case=case, of_part=part))

    def remove(ref: RecordRef) -> None:
        with owner.begin() as connection:
            for table, columns in (
                (_NOTE, (_NOTE.c.of_case, _NOTE.c.of_part)),
                (_PART, (_PART.c.number, _PART.c.part_no)),
            ):
                case, part = _values(ref)
                connection.execute(table.delete().where(columns[0] == case, columns[1] == part))

    def traces(ref: RecordRef) -> int:
        case, part = _values(ref)
        naming = (
            sa.select(sa.func.count()).where(
                _PART.c.number == case, _PART.c.part_no == part, _PART.c.reference.is_not(None)
            ),
            sa.select(sa.func.count()).where(_NOTE.c.of_case == case, _NOTE.c.of_part == part),
        )
        with owner.connect() as connection:
            return sum(connection.execute(one).scalar_one() for one in naming)

    return StoreUnderTest(
        open=lambda role: SqlConnector(_DEFINITION, role=role, url=url),
        kind="part",
        record_class="C-01",
        trigger="closed",
        seed=seed,
        touch=touch,
        remove=remove,
        traces=traces,
    )


class TestCompositeKeyConformance(DisposingLaws, SparingLaws):
    @pytest.fixture
    def store(self, postgres_url_factory: Callable[[], str]) -> Iterator[StoreUnderTest]:
        """A store whose records are named by text and a number."""
        url = postgres_url_factory()
        owner = sa.create_engine(url, poolclass=sa.NullPool)
        _METADATA.create_all(owner)
        yield _under_test(url, owner)
        owner.dispose()

    def test_the_laws_of_reading_hold(self, store: StoreUnderTest) -> None:
        """Whatever stands in a part of the key, the record is found once, by its key, and in a stable order."""
        ReadingLaws().test_every_record_is_found_once(store)
        assert store.scanned() == store.scanned()


def test_records_that_agree_in_a_part_of_the_key_are_different_records(empty_url: str) -> None:
    """One part of a case goes with its own notes; parts of other numbers and other cases stay, and are not seen."""
    owner = sa.create_engine(empty_url, poolclass=sa.NullPool)
    _METADATA.create_all(owner)
    rows = [{"number": case, "part_no": part, "closed": date(2001, 1, 1)} for case in ("C/1", "C") for part in (1, 11)]
    notes = [{"note_id": str(n), "of_case": one["number"], "of_part": one["part_no"]} for n, one in enumerate(rows)]
    with owner.begin() as connection:
        connection.execute(_PART.insert(), rows)
        connection.execute(_NOTE.insert(), notes)
    ref = RecordRef("cases", "part", "C%2F1/11")
    with SqlConnector(_DEFINITION, role=Role.DISPOSE, url=empty_url) as store:
        state = store.fetch([ref])[ref].state
        order = DisposalOrder(uuid4().hex, ref, Action.DESTROY, state, 1)
        assert store.inspect([order])[0].checked == {"table part_of_case": 1, "table note": 1}
        (receipt,) = store.dispose([order], lambda orders: {one.id for one in orders})
        (sighting,) = store.inspect([order])
    assert (receipt.outcome, sighting.sight) == (Outcome.DESTROYED, Sight.GONE)
    assert sighting.checked == {"table part_of_case": 0, "table note": 0}
    with owner.connect() as connection:
        assert sorted(connection.execute(sa.select(_PART.c.number, _PART.c.part_no))) == [
            ("C", 1),
            ("C", 11),
            ("C/1", 1),
        ]
        assert sorted(connection.scalars(sa.select(_NOTE.c.note_id))) == ["0", "2", "3"]
    owner.dispose()


@given(st.lists(st.text(alphabet="%/aF2 é") | st.text(), min_size=2, max_size=4))
def test_a_composite_key_is_its_text(parts: list[str]) -> None:
    """Every key of several columns has one text, and the text gives back exactly its parts."""
    text = key_text(tuple(parts))
    assert key_parts(text, len(parts)) == tuple(parts)
    assert key_parts(text, len(parts) + 1) == ()


@given(st.text(alphabet="%/252Fa"), st.integers(2, 3))
def test_no_two_texts_name_one_composite_key(text: str, number: int) -> None:
    """A text that is not written as keys are written is no key: there is one spelling."""
    parts = key_parts(text, number)
    assert not parts or key_text(parts) == text


def _sqlite(tmp_path: Path, *statements: str) -> SqlConnector:
    file = tmp_path / "composite.db"
    owner = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)
    _METADATA.create_all(owner)
    with owner.begin() as connection:
        for one in statements:
            connection.exec_driver_sql(one)
    owner.dispose()
    return SqlConnector(_DEFINITION, role=Role.SCAN, url=f"sqlite:///{file}")


def test_pages_follow_the_whole_key(tmp_path: Path) -> None:
    """Over several pages each record comes once, in the order of the key's columns; a page goes on after its cursor."""
    numbers = (
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2099)"
        " INSERT INTO part_of_case SELECT 'C' || (i % 3), i / 3, NULL, '2001-01-01' FROM n"
    )
    request = ScanRequest("part", {"C-01": [{"closed": date(2020, 1, 1)}]})
    with _sqlite(tmp_path, numbers) as store:
        pages = list(store.scan(request))
        again = [one.ref.key for page in store.scan(request, after=pages[0].cursor) for one in page.records]
    found = [one.ref.key for page in pages for one in page.records]
    assert found == [f"C{case}/{part}" for case in range(3) for part in range(700)]
    assert [len(page.records) for page in pages] == [CHUNK, CHUNK, 100]
    assert again == found[CHUNK:]


def test_an_index_serves_the_next_page(tmp_path: Path) -> None:
    """The condition that goes on behind a composite key is a search of the key's index and no walk over the table."""
    owner = sa.create_engine(f"sqlite:///{tmp_path / 'plan.db'}", poolclass=sa.NullPool)
    _METADATA.create_all(owner)
    statement = sa.select(_PART.c.closed).where(
        after((_PART.c.number, _PART.c.part_no), ("C", 3), dialect_named("sqlite"))
    )
    sql = str(statement.order_by(*_PART.primary_key).compile(owner, compile_kwargs={"literal_binds": True}))
    with owner.connect() as connection:
        plan = " ".join(str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))
    owner.dispose()
    assert "SEARCH" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("cursor", ['"C1"', "[1]", "[1, 2, 3]", '["a", null]', "[[1], 2]", "x"])
def test_a_cursor_of_another_form_is_refused(tmp_path: Path, cursor: Any) -> None:
    """A place to go on from is a value for each column of the key, or it is none of ours."""
    request = ScanRequest("part", {"C-01": [{"closed": date(2020, 1, 1)}]})
    with _sqlite(tmp_path) as store, pytest.raises(Exception, match="not one of ours"):
        list(store.scan(request, after=cursor))
