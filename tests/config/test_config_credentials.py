from __future__ import annotations

from pathlib import Path

import pytest

from retentiond.config.credentials import resolve
from retentiond.domain.errors import ConfigurationRefused


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the process a credentials directory as systemd does."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    return tmp_path


def test_a_credential_is_the_file_of_its_name_less_one_newline(folder: Path) -> None:
    """What an editor adds at the end is no part of a secret; everything else is."""
    (folder / "db").write_text(" s3cret\n\n", encoding="utf-8")
    assert resolve("postgresql://u:${credential:db}@h/x") == "postgresql://u: s3cret\n@h/x"


def test_the_file_goes_before_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is for a laptop; where the service manager gives a credential that one counts."""
    monkeypatch.setenv("RETENTIOND_CREDENTIAL_CASE_STORE", "from the environment")
    assert resolve("${credential:case-store}") == "from the environment"
    (folder / "case-store").write_text("from the file", encoding="utf-8")
    assert resolve("${credential:case-store}") == "from the file"
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert resolve("${credential:case-store}") == "from the environment"


def test_a_secret_that_looks_like_a_reference_is_not_followed(folder: Path) -> None:
    """A secret is put in as it is, backslashes, references and all."""
    (folder / "a").write_text(r"\1${credential:b}", encoding="utf-8")
    assert resolve("x${credential:a}") == r"x\1${credential:b}"


def test_text_without_a_reference_stays_as_it_is() -> None:
    """Nothing else in a text is touched."""
    assert resolve("sqlite:////srv/$HOME/a.db") == "sqlite:////srv/$HOME/a.db"


def test_every_missing_credential_is_named_with_what_to_set() -> None:
    """Nobody sets one only to be told of the next."""
    with pytest.raises(ConfigurationRefused) as refused:
        resolve("${credential:case-store}:${credential:b.2}")
    assert [str(one) for one in refused.value.faults] == [
        (
            "credential case-store: this credential is not set; add 'LoadCredential=case-store:FILE' to the unit, "
            "or set the environment variable RETENTIOND_CREDENTIAL_CASE_STORE"
        ),
        (
            "credential b.2: this credential is not set; add 'LoadCredential=b.2:FILE' to the unit, "
            "or set the environment variable RETENTIOND_CREDENTIAL_B_2"
        ),
    ]


def test_a_credential_that_cannot_be_read_is_refused_without_its_content(folder: Path) -> None:
    """Neither a folder nor bytes that are no text end in a traceback, and nothing of them is repeated."""
    (folder / "a").mkdir()
    (folder / "b").write_bytes(b"hunter2\xff")
    with pytest.raises(ConfigurationRefused) as refused:
        resolve("${credential:a}${credential:b}")
    assert [one.message for one in refused.value.faults] == [
        "its file cannot be read: is a directory",
        "its file is not UTF-8 text",
    ]
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("text", ["${credential:../etc/passwd}", "${credential:}", "${HOME}", "${credential:a"])
def test_a_reference_that_names_no_credential_is_refused(text: str) -> None:
    """A path in the place of a name reads no other file, and nothing is left in a URL unfilled."""
    with pytest.raises(ConfigurationRefused, match="cannot be read; write"):
        resolve(text)
