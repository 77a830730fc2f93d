from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.connectors.sql import SqlConnector
from retentiond.domain.errors import StoreRefused
from retentiond.domain.orders import Outcome
from tests.connectors.sql.crm import Crm, three_cases
from tests.connectors.sql.whole import whole


@pytest.fixture
def guarded(postgres_url_factory: Callable[[], str]) -> Iterator[tuple[Crm, str]]:
    """Three cases of whose notes a policy hides some, and the URL of a user it is about."""
    store = Crm.made(postgres_url_factory())
    store.fill(three_cases())
    user = f"reader_{uuid4().hex}"
    store.run(
        f"CREATE ROLE {user} LOGIN",
        f"GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user}",
        "ALTER TABLE note ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY open_notes ON note TO {user} USING (body <> 'one')",
    )
    yield store, sa.make_url(store.url).set(username=user).render_as_string(hide_password=False)
    store.run(f"DROP OWNED BY {user}", f"DROP ROLE {user}")
    store.owner.dispose()


def test_rows_that_a_policy_hides_are_never_taken_for_gone(guarded: tuple[Crm, str]) -> None:
    """A note that row security hides from us is neither left behind by a disposal nor missed by an independent read."""
    store, url = guarded
    orders, before = store.orders(1), whole(store.owner)
    with SqlConnector(store.definition, role=Role.SCAN, url=url) as reader, pytest.raises(StoreRefused):
        reader.fetch([orders[0].ref])
    with SqlConnector(store.definition, role=Role.DISPOSE, url=url) as disposer:
        (receipt,) = disposer.dispose(orders, lambda some: {one.id for one in some})
    assert receipt.outcome is Outcome.FAILED
    assert whole(store.owner) == before
    store.run("DELETE FROM cases WHERE id = 1")
    with SqlConnector(store.definition, role=Role.VERIFY, url=url) as verifier, pytest.raises(StoreRefused):
        verifier.inspect(orders)
