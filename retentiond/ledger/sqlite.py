"""A ledger in a SQLite file: durable through a power cut, private to its owner, and never made by opening it.

``journal_mode=DELETE`` with ``synchronous=EXTRA`` survived every replayed power cut; write-ahead logging is safe only
from SQLite 3.51.3. ``secure_delete`` overwrites what is erased.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from stat import S_IMODE
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event

from retentiond.domain.errors import LedgerRefused

PRAGMAS = {
    "journal_mode": ("DELETE", "delete"),
    "synchronous": ("EXTRA", 3),
    "foreign_keys": ("ON", 1),
    "busy_timeout": ("5000", 5000),
    "secure_delete": ("ON", 1),
}
"""Setting to what is asked for and what must be answered."""

APPLICATION_ID = 0x52544E44
"""Marks the file as a ledger of ours (``PRAGMA application_id``)."""


def make_file(path: Path) -> None:
    """Make an empty ledger file that only its owner can read.

    Raises:
        LedgerRefused: something is there already, or it cannot be made.
    """
    place = f"ledger {path}"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        folder = os.open(path.parent, os.O_RDONLY)
    except FileExistsError:
        raise LedgerRefused.about(place, "a file is there already", "open or upgrade it, or choose another") from None
    except OSError as error:
        raise LedgerRefused.about(
            place, f"the file cannot be made ({os.strerror(error.errno or 0)})", "make the folder, or correct the path"
        ) from None
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def engine_for(path: Path) -> Engine:
    """Return an engine on a ledger file that exists.

    Raises:
        LedgerRefused: there is no such file, or others can read it.
    """
    place = f"ledger {path}"
    try:
        status = path.stat()
    except FileNotFoundError:
        raise LedgerRefused.about(
            place, "there is no ledger here", "correct 'ledger' in the settings; 'retentiond init' makes a new one"
        ) from None
    except OSError as error:
        raise LedgerRefused.about(
            place, f"the file cannot be reached ({os.strerror(error.errno or 0)})", "correct its permissions"
        ) from None
    if not path.is_file():
        raise LedgerRefused.about(place, "this is not a file", "correct the path")
    if S_IMODE(status.st_mode) & 0o077:
        raise LedgerRefused.about(
            place, f"others may open the ledger (mode {S_IMODE(status.st_mode):04o})", "set its mode to 0600"
        )
    engine = create_engine("sqlite+pysqlite://", creator=lambda: _connect(path), hide_parameters=True, poolclass=None)
    event.listen(engine, "begin", _begin)
    return engine


def mark(connection: Connection) -> None:
    """Mark the file as a ledger of ours, in the connection's transaction."""
    connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")


def quick_check(connection: Connection) -> bool:
    """Return whether the file's pages hang together and it bears our mark."""
    found = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    return bool(found == APPLICATION_ID and connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() == "ok")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _connect(path: Path) -> sqlite3.Connection:
    # No isolation level: the driver begins nothing by itself, every transaction begins in _begin.
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, timeout=5, check_same_thread=False
    )
    try:
        _set_pragmas(connection, f"ledger {path}")
    except BaseException:
        connection.close()
        raise
    return connection


def _set_pragmas(connection: sqlite3.Connection, place: str) -> None:
    for name, (wanted, answer) in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={wanted}")
        if connection.execute(f"PRAGMA {name}").fetchone() != (answer,):
            raise LedgerRefused.about(
                place, f"SQLite does not take {name}={wanted}", "use a SQLite built with its defaults"
            )
