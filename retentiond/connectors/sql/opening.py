"""Opening a database with the powers of one role, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.dialects import Dialect, dialect_named
from retentiond.connectors.sql.troubles import NOT_UNICODE
from retentiond.domain.errors import Fault, StoreRefused


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
        self._dialect: Dialect | None = None

    @property
    def dialect(self) -> Dialect:
        """What is peculiar to the kind of database the URL names.

        Raises:
            StoreRefused: the URL cannot be read, or names a kind that is not known here.
        """
        if self._dialect is None:
            other = self._read_url().get_backend_name()
            try:
                self._dialect = dialect_named(other)
            except KeyError:
                fault = Fault(self.name, f"databases of kind '{other}' are not known here", "use another")
                raise StoreRefused(fault) from None
        return self._dialect

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that sees one snapshot.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it answered no.
        """
        with self._connected() as connection:
            try:
                self.dialect.for_reading(connection)
                with connection.begin():
                    yield connection
            except SQLAlchemyError as error:
                raise self.dialect.understood(error).raised(self.name) from None
            except UnicodeError:
                raise NOT_UNICODE.raised(self.name) from None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection on which the caller begins a transaction of its own; errors are the caller's.

        Raises:
            StoreUnavailable: the store did not answer.
            StoreRefused: it answered no.
        """
        with self._connected() as connection:
            self.dialect.for_writing(connection)
            yield connection

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
            raise self.dialect.unopened(error).raised(self.name) from None
        try:
            yield connection
        finally:
            connection.close()

    def _made(self) -> Engine:
        try:
            return self.dialect.engine(self._read_url(), self.role, self.name)
        except ModuleNotFoundError:
            remedy = f"pip install 'retentiond[{self.dialect.extra}]'"
            raise StoreRefused(Fault(self.name, "the driver for its database is not installed", remedy)) from None

    def _read_url(self) -> URL:
        try:
            return sa.make_url(self._url)
        except (ArgumentError, ValueError):
            fault = Fault(self.name, "its URL cannot be read", "write sqlite:///FILE, postgresql://… or mariadb://…")
            raise StoreRefused(fault) from None
