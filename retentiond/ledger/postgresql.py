"""A ledger on PostgreSQL, for more than one host: writers one after another, each commit on disk before it returns."""

from __future__ import annotations

from sqlalchemy import URL, Connection, Engine, create_engine, event

LOCK = 0x72657465_6E74696F
"""The advisory lock every transaction takes first, so that what one has read no other changes."""

_SETTINGS = (
    "SELECT set_config('synchronous_commit', 'on', true), set_config('lock_timeout', '10s', true),"
    " set_config('idle_in_transaction_session_timeout', '5min', true)"
)
_TAKE_LOCK = f"SELECT pg_advisory_xact_lock({LOCK})"


def engine_for(url: URL) -> Engine:
    """Return an engine on a ledger's database. A read that follows the lock sees all that was committed before it."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        connect_args={"application_name": "retentiond", "connect_timeout": 10},
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    # A half-open connection must not keep the lock for ever: the server ends its transaction.
    connection.exec_driver_sql(_SETTINGS)
    connection.exec_driver_sql(_TAKE_LOCK)
