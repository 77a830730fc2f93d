"""The session of a disposal on PostgreSQL, kept from batch to batch."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.dialects import dialect_named
from retentiond.connectors.sql.opening import Opening

_SETTINGS = sa.text("SELECT pg_backend_pid(), current_setting('TimeZone'), current_setting('search_path')")


def test_a_session_that_is_kept_is_as_new_each_time(postgres_url_factory: Callable[[], str]) -> None:
    """What a batch, or a trigger in it, set in the session is gone before the next; so is a session that has died."""
    url = postgres_url_factory()
    owner = dialect_named("postgresql").engine(sa.make_url(url), Role.DISPOSE, "cases")
    opening = Opening("cases", url, Role.DISPOSE)
    with opening.writing() as connection, connection.begin():
        pid, *as_new = connection.execute(_SETTINGS).one()
        connection.exec_driver_sql("SET TimeZone = 'Asia/Tokyo'; SET search_path = elsewhere")
    with opening.writing() as connection, connection.begin():
        assert connection.execute(_SETTINGS).one() == (pid, *as_new)
    with owner.begin() as connection:
        connection.execute(sa.select(sa.func.pg_terminate_backend(pid, 10_000)))
    with opening.writing() as connection, connection.begin():
        other, *settings = connection.execute(_SETTINGS).one()
    assert other != pid
    assert settings == as_new
    opening.close()
    owner.dispose()
