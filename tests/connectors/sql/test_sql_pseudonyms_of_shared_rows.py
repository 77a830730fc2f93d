from __future__ import annotations

from dataclasses import replace

from retentiond.domain.definitions import ColumnPlan
from retentiond.domain.orders import Sight
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import Crm, three_cases
from tests.connectors.sql.test_sql_pseudonymising import KEYS, keys_of
from tests.connectors.sql.whole import whole


def test_a_pseudonym_is_the_mark_of_a_record_that_needs_no_name_any_more(live: Crm) -> None:
    """A shared row loses its name with the last record that needs it; one without a pseudonym bears no mark."""
    (kind,) = live.definition.records
    plan = ColumnPlan(
        keep=("id", "closed_on", "plan_id", "duplicate_of", "parent_case"), pseudonymise={"case_no": "research"}
    )
    keyed = replace(live.having(anonymise={**kind.anonymise, "cases": plan}), keys=keys_of(KEYS))
    keyed = replace(keyed, definition=replace(keyed.definition, receipts=True))
    for bare, left in ((True, {"One", "Twelve", None}), (False, {"One", None})):
        with keyed.staying_open() as store:
            store.fill(three_cases(account=[{"id": 5, "name": "Five"}, {"id": 6, "name": "Six"}]))
            if bare:
                store.run("UPDATE cases SET case_no = NULL WHERE id = 1")
            orders = []
            for key in (1, 2):
                orders.extend(store.orders(key, action=Action.PSEUDONYMISE))
                store.disposed(orders[-1:])
            assert {row["name"] for row in whole(store.owner)["contact"].values()} == left
            assert {one.sight for one in store.sighted(orders[-1:]).values()} == {Sight.PSEUDONYMISED}
            together = {one.sight for one in store.sighted(orders).values()}
            assert together == {Sight.PRESENT if bare else Sight.PSEUDONYMISED}, "a name that nobody needs"
