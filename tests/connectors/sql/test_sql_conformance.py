from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.definitions import (
    ClassCondition,
    ColumnPlan,
    Definition,
    KindOfRecord,
    Reach,
    TablePart,
    Trigger,
)
from retentiond.domain.orders import Outcome
from retentiond.domain.records import RecordRef

_DEFINITION = Definition(
    name="cases",
    kind="sql",
    location="GB",
    digest="0" * 64,
    records=(
        KindOfRecord(
            name="case",
            table="case",
            key=("case id",),
            reference="reference",
            classify=(ClassCondition("C-01", where={"stray": None}),),
            triggers=(Trigger("closed", "closed"),),
            parts=(TablePart(Reach("note")),),
            anonymise={
                "case": ColumnPlan(keep=("case id", "closed", "stray"), blank=("reference",)),
                "note": ColumnPlan(delete_rows=True),
            },
        ),
    ),
)
_METADATA = sa.MetaData()
_CASE = sa.Table(
    "case",  # a reserved word
    _METADATA,
    sa.Column("case id", sa.String(80), primary_key=True),
    sa.Column("reference", sa.String(80)),
    sa.Column("closed", sa.Date),
    sa.Column("stray", sa.String(8)),
)
_NOTE = sa.Table(
    "note",
    _METADATA,
    sa.Column("note_id", sa.String(32), primary_key=True),
    sa.Column("case id", sa.ForeignKey("case.case id"), nullable=False),
)


def _under_test(url: str, owner: sa.Engine, definition: Definition) -> StoreUnderTest:
    def seed(key: str, closed_on: date | None, reference: str) -> RecordRef:
        with owner.begin() as connection:
            connection.execute(_CASE.insert().values({"case id": key, "reference": reference, "closed": closed_on}))
        return RecordRef("cases", "case", key)

    def seed_unclassified(key: str) -> RecordRef:
        with owner.begin() as connection:
            connection.execute(_CASE.insert().values({"case id": key, "stray": "yes"}))
        return RecordRef("cases", "case", key)

    def touch(ref: RecordRef) -> None:
        with owner.begin() as connection:
            connection.execute(_NOTE.insert().values({"case id": ref.key, "note_id": uuid4().hex}))

    def remove(ref: RecordRef) -> None:
        with owner.begin() as connection:
            connection.execute(_NOTE.delete().where(_NOTE.c["case id"] == ref.key))
            connection.execute(_CASE.delete().where(_CASE.c["case id"] == ref.key))

    def traces(ref: RecordRef) -> int:
        naming = (
            sa.select(sa.func.count()).where(_CASE.c["case id"] == ref.key, _CASE.c.reference.is_not(None)),
            sa.select(sa.func.count()).where(_NOTE.c["case id"] == ref.key),
        )
        with owner.connect() as connection:
            return sum(connection.execute(one).scalar_one() for one in naming)

    return StoreUnderTest(
        open=lambda role: SqlConnector(definition, role=role, url=url),
        kind="case",
        record_class="C-01",
        trigger="closed",
        seed=seed,
        touch=touch,
        remove=remove,
        traces=traces,
        seed_unclassified=seed_unclassified,
        unreachable=lambda role: SqlConnector(definition, role=role, url=_nowhere(url)),
    )


def _nowhere(url: str) -> str:
    """Return the address of a database of the same sort that nobody serves."""
    if url.startswith("postgresql"):
        return "postgresql+psycopg://nobody@127.0.0.1:9/nowhere"
    return "sqlite:////no-such-folder/nowhere.db"


@pytest.fixture
def make_store(empty_url: str) -> Iterator[Callable[[Definition], StoreUnderTest]]:
    """Makes the store under a definition."""
    owner = sa.create_engine(empty_url)
    _METADATA.create_all(owner)
    yield lambda definition: _under_test(empty_url, owner, definition)
    owner.dispose()


class TestSqlConformance(ConnectorConformance):
    @pytest.fixture
    def store(self, make_store: Callable[[Definition], StoreUnderTest]) -> StoreUnderTest:
        """A store whose owner allows our receipt table."""
        return make_store(_DEFINITION)

    def test_absent_at_a_later_attempt_is_weak_evidence(self, store: StoreUnderTest) -> None:
        """Where each deed leaves a receipt in its own transaction, a record gone without one was not our deed."""
        (receipt,) = store.disposed(store.order_on_absent(attempt=2))
        assert (receipt.outcome, receipt.grade) == (Outcome.ALREADY_ABSENT, None)


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)  # the others differ in nothing here
class TestSqlConformanceWithoutReceipts(ConnectorConformance):
    @pytest.fixture
    def store(self, make_store: Callable[[Definition], StoreUnderTest]) -> StoreUnderTest:
        """A store whose owner allows no table of ours."""
        return make_store(replace(_DEFINITION, receipts=False))
