from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from retentiond.config.settings import read_settings
from retentiond.domain.people import Person
from retentiond.domain.places import EEA
from retentiond.domain.settings import Belts, Daemon

Write = Callable[[str, str], Path]

SHORT = """\
organisation: Example Council
unit: Children's Services
ledger: sqlite:///ledger.db
signing-key: keys/signing.pem
log-key: /etc/retentiond/log.pem
opening-key: keys/opening.key
log-origin: example.gov.uk/retentiond
schedules: schedules
connectors: [connectors, /srv/more/cases.yaml]
people:
  - {id: j.smith, name: Jo Smith, roles: [records-manager, service-manager]}
"""
LONG = """\
review: [service-manager, records-manager]
allowed-countries: [GB, IE]
belts: {records-per-run: 50, percent-of-store: 0.5, cooling-off: 2 seconds, kill-switch: STOP}
daemon: {scan: 0 5 * * mon-fri, dispose: "*/5 * * * *"}
"""


def test_settings_come_out_as_they_are_written(write: Write, tmp_path: Path) -> None:
    """Every key becomes the value of the same meaning, and relative paths count from the settings' folder."""
    path = write("etc/retentiond.yaml", SHORT + LONG)
    folder = tmp_path / "etc"
    read = read_settings(path)
    assert (read.organisation, read.unit, read.source) == ("Example Council", "Children's Services", str(path))
    assert read.ledger == f"sqlite:///{folder}/ledger.db"
    assert (read.signing_key, read.opening_key) == (f"{folder}/keys/signing.pem", f"{folder}/keys/opening.key")
    assert (read.log_key, read.log_origin) == ("/etc/retentiond/log.pem", "example.gov.uk/retentiond")
    assert read.schedules == (folder / "schedules",)
    assert read.connectors == (folder / "connectors", Path("/srv/more/cases.yaml"))
    assert read.people == (Person("j.smith", "Jo Smith", frozenset({"records-manager", "service-manager"})),)
    assert read.default_review == ("service-manager", "records-manager")
    assert read.allowed_countries == {"GB", "IE"}
    assert read.belts == Belts(50, 0.5, timedelta(seconds=2), folder / "STOP")
    assert read.daemon == Daemon("0 5 * * mon-fri", "*/5 * * * *")


def test_what_is_left_out_takes_the_safe_value(write: Write) -> None:
    """Without a word about it data stays in the UK and the EEA, a records manager approves, and belts hold."""
    read = read_settings(write("retentiond.yaml", SHORT))
    assert read.allowed_countries == EEA | {"GB"}
    assert read.default_review == ("records-manager",)
    assert (read.belts, read.daemon) == (Belts(), Daemon())


@pytest.mark.parametrize(
    ("ledger", "expected"),
    [
        ("sqlite:////var/lib/retentiond/ledger.db", "sqlite:////var/lib/retentiond/ledger.db"),
        ("sqlite+pysqlite:///data/ledger.db?timeout=5", "sqlite+pysqlite:///{folder}/data/ledger.db?timeout=5"),
        (
            "postgresql+psycopg://u:${credential:ledger}@db/ledger",
            "postgresql+psycopg://u:${credential:ledger}@db/ledger",
        ),
        ("${credential:ledger}", "${credential:ledger}"),
    ],
)
def test_only_a_relative_sqlite_file_is_moved(write: Write, tmp_path: Path, ledger: str, expected: str) -> None:
    """A service starts in no folder of ours, so a relative ledger would be another one each time; a server is not."""
    read = read_settings(write("retentiond.yaml", SHORT.replace("sqlite:///ledger.db", ledger)))
    assert read.ledger == expected.replace("{folder}", str(tmp_path))


def test_relative_settings_give_absolute_paths(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program was started from does not show in what it opens later."""
    write("retentiond.yaml", SHORT)
    monkeypatch.chdir(tmp_path)
    read = read_settings(Path("retentiond.yaml"))
    assert (read.signing_key, read.source) == (f"{tmp_path}/keys/signing.pem", "retentiond.yaml")
    assert read.ledger == f"sqlite:///{tmp_path}/ledger.db"
