"""Ways to spoil an installation: each takes one and returns the variables its command line then runs with."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from retentiond.demo.object_store import ObjectStore
from tests.cli.small_installation import Installation

Variables: TypeAlias = dict[str, str | None]
Spoil: TypeAlias = Callable[[Installation], Variables]

SETTINGS, SCHEDULE, DEFINITION = "retentiond.yaml", "schedules/matters.yaml", "connectors/matters.yaml"
STORE = "RETENTIOND_CREDENTIAL_STORE"
ACCESS, SECRET = "RETENTIOND_CREDENTIAL_LETTERS_ACCESS", "RETENTIOND_CREDENTIAL_LETTERS_SECRET"
BUCKET = "letters-of-the-bad-input-tests"
LETTERS = """\
connector: letters
kind: s3
bucket: {bucket}
endpoint: {endpoint}
region: eu-west-2
access-key: ${{credential:letters-access}}
secret-key: ${{credential:letters-secret}}
location: GB
records:
  - name: letter
    classify: [{{class: M-01}}]
    triggers: {{case-closed: {{tag: closed-on}}}}
"""


@dataclass(frozen=True)
class Bad:
    """One kind of bad input, and what has to be said about it."""

    name: str
    words: str
    code: int
    place: str
    """How the line starts; ``@`` is the installation's folder."""
    said: str
    """What its sentence holds."""
    spoil: Spoil = lambda _installation: {}
    state: str = "new"
    """What the installation has been through before: new, listed, approved, cooling or certified."""
    has_remedy: bool = True
    """False where the sentence already says what there is to do."""


def edit(name: str, old: str, new: str) -> Spoil:
    """Replace a text in a file of the configuration."""

    def spoil(installation: Installation) -> Variables:
        path = installation.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return {}

    return spoil


def remove(name: str) -> Spoil:
    """Remove a file or folder."""

    def spoil(installation: Installation) -> Variables:
        path = installation.folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        return {}

    return spoil


def fill(name: str, content: bytes) -> Spoil:
    """Put other bytes in a file's place."""

    def spoil(installation: Installation) -> Variables:
        (installation.folder / name).write_bytes(content)
        return {}

    return spoil


def folder_for(name: str) -> Spoil:
    """Put a folder in a file's place: unlike a mode, it stops every user."""

    def spoil(installation: Installation) -> Variables:
        (installation.folder / name).unlink()
        (installation.folder / name).mkdir()
        return {}

    return spoil


def open_to_all(name: str) -> Spoil:
    """Let everybody read a file."""

    def spoil(installation: Installation) -> Variables:
        (installation.folder / name).chmod(0o644)
        return {}

    return spoil


def damage_ledger(installation: Installation) -> Variables:
    """Overwrite two pages and more in the middle of the ledger."""
    path = installation.folder / "ledger.db"
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + b"\xa5" * 9000 + content[middle + 9000 :])
    return {}


def cut_ledger(installation: Installation) -> Variables:
    """Lose the ledger's second half."""
    path = installation.folder / "ledger.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return {}


def newer_ledger(installation: Installation) -> Variables:
    """Give the ledger a version that this program does not know."""
    with closing(sqlite3.connect(installation.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE ledger_version SET version_num = '9999'")
    return {}


def no_credential(_installation: Installation) -> Variables:
    """Leave the store's credential out."""
    return {STORE: None}


def closed_postgresql(_installation: Installation) -> Variables:
    """Name a database server where nobody listens."""
    return {STORE: f"postgresql://scan:secret@127.0.0.1:{_closed_port()}/cases"}


def kill_switch(installation: Installation) -> Variables:
    """Set the kill switch."""
    (installation.folder / "stop").touch()
    return {}


def closed_bucket(installation: Installation) -> Variables:
    """Connect a bucket at an endpoint where nobody listens."""
    return _letters(installation, f"http://127.0.0.1:{_closed_port()}", BUCKET, "access", "secret")


def missing_bucket(installation: Installation, store: ObjectStore) -> Variables:
    """Connect a bucket that a running server does not have."""
    return _letters(installation, store.endpoint, "no-such-bucket-here", store.access_key, store.secret_key)


def wrong_secret(installation: Installation, store: ObjectStore) -> Variables:
    """Connect a bucket with another secret than the key's."""
    return _letters(installation, store.endpoint, BUCKET, store.access_key, "wrong" * 8)


def _letters(installation: Installation, endpoint: str, bucket: str, access: str, secret: str) -> Variables:
    definition = LETTERS.format(bucket=bucket, endpoint=endpoint)
    (installation.folder / "connectors" / "letters.yaml").write_text(definition, encoding="utf-8")
    return {ACCESS: access, SECRET: secret}


def _closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def everything_in(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Return mode and bytes of every file and folder below a folder."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.rglob("*"))
    }
