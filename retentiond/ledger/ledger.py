"""The ledger: making one, opening one, upgrading one, and its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import URL, Connection, Engine, inspect, make_url
from sqlalchemy.exc import ArgumentError

from retentiond.domain.errors import Fault, LedgerRefused
from retentiond.ledger import postgresql, sqlite
from retentiond.ledger.integrity import faults_of
from retentiond.ledger.refusals import refusing
from retentiond.ledger.tables import METADATA
from retentiond.ledger.transaction import Transaction
from retentiond.ledger.versions import VERSION_TABLE, is_older, unreleased_fault, version, version_fault


@dataclass(frozen=True, slots=True)
class Ledger:
    """Our only state: append-only events, and the standing tables kept in the same transaction.

    URLs: ``sqlite:////var/lib/retentiond/ledger.db`` or ``postgresql://user:password@host/database``.
    """

    place: str
    """Where it lies, for messages; without the password."""
    _engine: Engine

    @classmethod
    def create(cls, url: str) -> None:
        """Make a ledger. A SQLite file must not exist; a PostgreSQL database must, and hold none of our tables.

        Raises:
            LedgerRefused: something is there already, or the place cannot be reached.
        """
        parsed, file = _parse(url)
        if file is not None:
            sqlite.make_file(file)
        try:
            with _connected(parsed, file) as (place, connection):
                _refuse_occupied(place, connection)
                if file is not None:
                    sqlite.mark(connection)
                _migrate(connection)
        except BaseException:
            if file is not None:
                file.unlink(missing_ok=True)
            raise

    @classmethod
    def open(cls, url: str, *, pages: bool = True) -> Self:
        """Open a ledger that exists and has our version. Never makes one.

        Args:
            url: where it lies.
            pages: False: the pages of a SQLite file are not all read to see whether one is damaged.

        Raises:
            LedgerRefused: it is missing, out of reach, damaged, not a ledger, or of another version.
        """
        parsed, file = _parse(url)
        place, engine = _engine(parsed, file)
        try:
            with refusing(place), engine.begin() as connection:
                if pages:
                    _refuse_damaged(place, connection)
                _refuse_version(place, connection)
        except BaseException:
            engine.dispose()
            raise
        return cls(place, engine)

    @classmethod
    def upgrade(cls, url: str) -> None:
        """Bring a ledger of an older version to ours; one of our version stays as it is.

        Raises:
            LedgerRefused: it is missing, out of reach, damaged, not a ledger, or of a newer version.
        """
        with _connected(*_parse(url)) as (place, connection):
            _refuse_damaged(place, connection)
            if not is_older(version(connection)):
                _refuse_version(place, connection)
            _migrate(connection)

    def check(self) -> list[Fault]:
        """Return what is wrong with the ledger: pages, guards, version, gaps. Reads all of it.

        Raises:
            LedgerRefused: it is out of reach, or too damaged to be read.
        """
        with refusing(self.place), self._engine.begin() as connection:
            return list(faults_of(connection, self.place))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a transaction; it is kept when the block ends, and undone when the block raises.

        Raises:
            LedgerRefused: another process writes for too long, or the database refuses.
        """
        with refusing(self.place), self._engine.begin() as connection:
            yield Transaction(connection)

    def close(self) -> None:
        """Let go of the ledger. Closing twice is harmless."""
        self._engine.dispose()


def _parse(url: str) -> tuple[URL, Path | None]:
    """Return the URL, and for SQLite the file it names."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise LedgerRefused.about(
            "ledger", "its URL cannot be read", "write sqlite:////path or postgresql://…"
        ) from None
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return parsed, None
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise LedgerRefused.about("ledger", "it can lie in SQLite or PostgreSQL only", "correct its URL")
    if not parsed.database or parsed.database.startswith((":memory:", "file:")):
        raise LedgerRefused.about("ledger", "a SQLite ledger is a file", "write sqlite:////path")
    return parsed, Path(parsed.database).absolute()


def _engine(url: URL, file: Path | None) -> tuple[str, Engine]:
    if file is not None:
        return f"ledger {file}", sqlite.engine_for(file)
    return f"ledger {url.render_as_string(hide_password=True)}", postgresql.engine_for(url)


@contextmanager
def _connected(url: URL, file: Path | None) -> Iterator[tuple[str, Connection]]:
    """Give one transaction on a ledger that is not opened for use."""
    place, engine = _engine(url, file)
    try:
        with refusing(place), engine.begin() as connection:
            yield place, connection
    finally:
        engine.dispose()


def _migrate(connection: Connection) -> None:
    # Alembic takes as long to import as the rest of the ledger, and only a new or an old one needs it.
    from retentiond.ledger.migrating import migrate  # noqa: PLC0415

    migrate(connection)


def _refuse_occupied(place: str, connection: Connection) -> None:
    if set(inspect(connection).get_table_names()) & {VERSION_TABLE, *METADATA.tables}:
        raise LedgerRefused.about(place, "a ledger, or another program's data, is there already", "open or upgrade it")


def _refuse_version(place: str, connection: Connection) -> None:
    fault = version_fault(place, version(connection)) or unreleased_fault(place, connection)
    if fault is not None:
        raise LedgerRefused(fault)


def _refuse_damaged(place: str, connection: Connection) -> None:
    if connection.dialect.name == "sqlite" and not sqlite.quick_check(connection):
        raise LedgerRefused.about(
            place, "the file is damaged or is no ledger", "restore it from a backup; dispose of nothing until then"
        )
