from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, make_url, text

from retentiond.domain.errors import LedgerRefused
from retentiond.ledger import Ledger
from retentiond.ledger.sqlite import PRAGMAS

AT = datetime(2026, 11, 2, tzinfo=UTC)


def _file(url: str) -> Path:
    return Path(str(make_url(url).database))


def _refusal(deed: Callable[[str], object], url: str) -> str:
    with pytest.raises(LedgerRefused) as caught:
        deed(url)
    [fault] = caught.value.faults
    assert fault.remedy
    assert "\n" not in str(fault)
    return str(fault)


def test_opening_never_makes_a_ledger(tmp_path: Path) -> None:
    """A path without a file is refused, by opening and by upgrading, and stays without one."""
    path = tmp_path / "none.db"
    assert "there is no ledger here" in _refusal(Ledger.open, f"sqlite:///{path}")
    assert "there is no ledger here" in _refusal(Ledger.upgrade, f"sqlite:///{path}")
    assert "not a file" in _refusal(Ledger.open, f"sqlite:///{tmp_path}")
    assert list(tmp_path.iterdir()) == []


def test_making_never_overwrites(sqlite_url: str) -> None:
    """A file that is there is left as it is."""
    before = _file(sqlite_url).read_bytes()
    assert "there already" in _refusal(Ledger.create, sqlite_url)
    assert _file(sqlite_url).read_bytes() == before


def test_making_where_nothing_can_be_made_says_so(tmp_path: Path) -> None:
    """A missing folder is named as the fault."""
    assert "cannot be made" in _refusal(Ledger.create, f"sqlite:///{tmp_path / 'none' / 'ledger.db'}")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "no url", "sqlite:///file:x"])
def test_what_is_no_place_for_a_ledger_is_refused(url: str) -> None:
    """A ledger lies in a SQLite file or a PostgreSQL database."""
    assert _refusal(Ledger.create, url) == _refusal(Ledger.open, url)


def test_the_file_is_its_owners_alone(sqlite_url: str) -> None:
    """The file is made with mode 0600, and one that others may open is refused."""
    assert S_IMODE(_file(sqlite_url).stat().st_mode) == 0o600
    _file(sqlite_url).chmod(0o640)
    assert "0640" in _refusal(Ledger.open, sqlite_url)


def test_the_settings_of_durability_are_in_force(sqlite_ledger: Ledger) -> None:
    """On every connection a transaction gets, each pragma answers what was asked for."""
    with sqlite_ledger.transaction() as transaction:
        for name, (_, answer) in PRAGMAS.items():
            assert transaction.events.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() == answer


def test_a_pragma_that_does_not_take_is_refused(sqlite_url: str) -> None:
    """A file that another program holds in write-ahead mode is not used as if it were durable."""
    with closing(sqlite3.connect(_file(sqlite_url))) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM events").fetchone()
        _refusal(Ledger.open, sqlite_url)


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    """Text, another program's database and an empty file are not ledgers."""
    path = tmp_path / "ledger.db"
    for content in (b"just text, and more of it than a header is long" * 20, b""):
        path.write_bytes(content)
        path.chmod(0o600)
        assert "no ledger" in _refusal(Ledger.open, f"sqlite:///{path}")
        assert path.read_bytes() == content
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE events (seq INTEGER)")
    assert "no ledger" in _refusal(Ledger.open, f"sqlite:///{path}")
    assert "no ledger" in _refusal(Ledger.upgrade, f"sqlite:///{path}")


def test_a_damaged_file_is_refused(sqlite_url: str) -> None:
    """Pages that were overwritten are noticed on opening."""
    content = bytearray(_file(sqlite_url).read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    _file(sqlite_url).write_bytes(bytes(content))
    assert "damaged" in _refusal(Ledger.open, sqlite_url)


@pytest.mark.parametrize(("found", "words"), [("9999", "newer version"), (None, "no ledger")])
def test_a_ledger_of_another_version_is_refused(ledger_url: str, found: str | None, words: str) -> None:
    """A newer ledger is neither opened nor upgraded, and one without a version is none."""
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        statement = "DELETE FROM ledger_version" if found is None else "UPDATE ledger_version SET version_num = :found"
        connection.execute(text(statement), {"found": found} if found else {})
    engine.dispose()
    assert words in _refusal(Ledger.open, ledger_url)
    assert words in _refusal(Ledger.upgrade, ledger_url)


def test_a_database_without_a_ledger_is_refused(postgres_url_factory: Callable[[], str]) -> None:
    """An empty database is not taken for a ledger, and one that holds another program's tables is left alone."""
    url = postgres_url_factory()
    assert "there is no ledger here" in _refusal(Ledger.open, url)
    assert "there is no ledger here" in _refusal(Ledger.upgrade, url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE events (id int)"))
    engine.dispose()
    assert "there already" in _refusal(Ledger.create, url)


def test_a_server_that_refuses_is_named_without_the_password(postgres_url: str) -> None:
    """A wrong user, a missing database and a silent server each get their own sentence, and none tells the password."""
    url = make_url(postgres_url).set(password="hunter2")
    refusals: dict[str, dict[str, Any]] = {
        "refused the ledger's credential": {"username": "nobody-here"},
        "does not exist": {"database": "nowhere"},
        "does not answer": {"query": {"host": "/nowhere"}},
    }
    for words, values in refusals.items():
        said = _refusal(Ledger.open, url.set(**values).render_as_string(hide_password=False))
        assert words in said
        assert "hunter2" not in said
    assert quote("hunter2") in url.render_as_string(hide_password=False)


def test_transactions_happen_one_after_another(ledger: Ledger) -> None:
    """What one transaction has read no other changes: concurrent writers count without losing or doubling."""

    def write(_: int) -> None:
        with ledger.transaction() as transaction:
            seen = len(transaction.events.latest(limit=1000))
            assert transaction.events.append("x", AT) == seen + 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(24)))
    assert ledger.check() == []


def test_a_writer_that_waits_in_vain_is_told_so(sqlite_url: str) -> None:
    """When another process does not let go of the ledger, waiting ends with a sentence."""
    with closing(sqlite3.connect(_file(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "another process is writing" in _refusal(Ledger.open, sqlite_url)


def test_closing_twice_is_harmless(ledger: Ledger) -> None:
    """A ledger may be let go of more than once."""
    ledger.close()
    ledger.close()


def test_a_ledger_from_before_the_first_release_is_named_as_such(ledger_url: str) -> None:
    """It calls itself our version and lacks tables: neither opening nor upgrading takes it for ours or for damaged."""
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        for table in ("key_certificates", "key_destructions", "pseudonym_keys"):
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()
    for refused in (Ledger.open, Ledger.upgrade):
        with pytest.raises(LedgerRefused, match=r"made before 0\.1\.0 was released.*'retentiond init'"):
            refused(ledger_url)
