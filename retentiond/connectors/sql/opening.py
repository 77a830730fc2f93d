"""Opening a database with the powers of one role, and no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.troubles import in_words, unopened
from retentiond.domain.errors import Fault, StoreRefused, StoreUnavailable

LOCK_SECONDS = 5
"""How long we wait for a row that someone else has locked."""
STATEMENT_SECONDS = 300
IDLE_SECONDS = 60
"""After this the server ends a transaction whose client has fallen silent, and with it the locks
(without it an orphaned lock was never released)."""

_BEGIN = "retentiond_begin"
_SESSION = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'",
)
"""Settings on which the text form of a value depends: a state token must not."""


class Opening:
    """A database that is opened when it is first needed, a connection a piece of work.

    Args:
        name: the definition's name; all that is ever said about the store.
        url: the database URL, secrets filled in. Never shown.
        role: SCAN and VERIFY get sessions that cannot write.
    """

    def __init__(self, name: str, url: str, role: Role) -> None:
        self.name = name
        self.role = role
        self._url = url
        self._engine: Engine | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that sees one snapshot.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it answered no.
        """
        with self._connected() as connection, in_words(self.name):
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection on which the caller begins a transaction of its own; errors are the caller's.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it answered no.
        """
        with self._connected() as connection:
            yield connection.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    def close(self) -> None:
        """Let go of the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        if self._engine is None:
            self._engine = self._made()
        try:
            connection = self._engine.connect()
        except SQLAlchemyError as error:
            raise unopened(error).raised(self.name) from None
        try:
            yield connection
        finally:
            connection.close()

    def _made(self) -> Engine:
        try:
            url = sa.make_url(self._url)
        except (ArgumentError, ValueError):
            raise StoreRefused(
                Fault(self.name, "its URL cannot be read", "write sqlite:///FILE or postgresql+psycopg://…")
            ) from None
        match url.get_backend_name():
            case "sqlite":
                return self._sqlite(url)
            case "postgresql":
                return self._postgresql(url)
            case other:
                raise StoreRefused(Fault(self.name, f"databases of kind '{other}' are not known here", "use another"))

    def _sqlite(self, url: URL) -> Engine:
        path = Path(url.database or "")
        if not url.database or url.database == ":memory:":
            raise StoreRefused(Fault(self.name, "its URL names no file", "write sqlite:///FILE"))
        if not path.is_file():
            raise StoreUnavailable(Fault(self.name, "its file is not there", "check the path in the URL"))

        def connect() -> sqlite3.Connection:
            # mode=rw: SQLite would otherwise create a missing file and call it an empty store.
            where = f"file:{quote(str(path))}?mode=rw"
            return sqlite3.connect(where, uri=True, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)

        engine = sa.create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)
        sa.event.listen(engine, "connect", self._on_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _on_sqlite(self, connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.text_factory = _text
        connection.execute("PRAGMA foreign_keys=ON")
        if self.role is Role.DISPOSE:
            connection.execute("PRAGMA secure_delete=ON")
        else:
            connection.execute("PRAGMA query_only=ON")

    def _postgresql(self, url: URL) -> Engine:
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": "retentiond"},
        )
        sa.event.listen(engine, "connect", self._on_postgresql)
        return engine

    def _on_postgresql(self, connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        settings = list(_SESSION)
        if self.role is not Role.DISPOSE:
            settings.append("SET default_transaction_read_only = on")
        settings.append(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(setting)
        cursor.close()
        connection.commit()


def guard(connection: Connection) -> None:
    """Set how long the open transaction may wait and be silent, so that it cannot hold rows for ever."""
    if connection.dialect.name == "postgresql":
        for setting, seconds in (
            ("lock_timeout", LOCK_SECONDS),
            ("statement_timeout", STATEMENT_SECONDS),
            ("idle_in_transaction_session_timeout", IDLE_SECONDS),
        ):
            connection.execute(sa.select(sa.func.set_config(setting, f"{seconds}s", True)))


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _text(raw: bytes) -> str:
    # Old stores hold text that is no UTF-8; it must be comparable byte for byte rather than stop a scan.
    return raw.decode("utf-8", "surrogateescape")
