"""Our receipt rows in a store: what is written is found again."""

from __future__ import annotations

from uuid import uuid4

import pytest

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.receipts import ensure_receipt_table, receipts_of, write_receipts
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import RecordRef, StateToken
from retentiond.domain.schedule import Action


@pytest.mark.parametrize(
    "ids", [[uuid4().hex for _ in range(3)], ["it's", 'a "b"', "c,d", "e\\f", "%s", "{g}"], ["h", "i'"]]
)
def test_receipts_are_found_by_their_ids_to_the_letter(empty_url: str, ids: list[str]) -> None:
    """Whatever letters an id is of, its receipt is written once and found by it, and by no other id."""
    opening = Opening("cases", empty_url, Role.DISPOSE)
    ensure_receipt_table(opening)
    made = [DisposalOrder(one, RecordRef("cases", "case", "1"), Action.DESTROY, StateToken(""), 1) for one in ids]
    with opening.writing() as connection, connection.begin():
        write_receipts(connection, made, Outcome.DESTROYED)
        found = receipts_of(connection, [*ids, "H", "no such"])
    opening.close()
    assert {one.strip(): outcome for one, outcome in found.items()} == dict.fromkeys(ids, Outcome.DESTROYED)
