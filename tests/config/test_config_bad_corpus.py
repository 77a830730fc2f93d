from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from retentiond.config.definitions import read_definition
from retentiond.config.schedules import read_schedule
from retentiond.config.settings import read_settings
from retentiond.domain.errors import ConfigurationRefused
from tests.config.bad_files import BAD_FILES, FOLDERS

READERS: dict[str, Callable[[Path], object]] = {
    "schedule": read_schedule,
    "definition": read_definition,
    "settings": read_settings,
}


def complaints(path: Path) -> list[str]:
    """Return what the reader of this kind of file says about one, without the folder."""
    with pytest.raises(ConfigurationRefused) as refused:
        READERS[path.name.partition("-")[0]](path)
    return str(refused.value).replace(f"{path.parent}/", "").splitlines()


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_each_bad_file_is_refused_with_exactly_the_complaints_beside_it(path: Path) -> None:
    """Every way of being wrong is told in the same plain words at the same place, all of them at once."""
    assert complaints(path) == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


def test_every_text_of_complaints_belongs_to_a_bad_file() -> None:
    """No expectation stands beside a file that is no longer there."""
    texts = {one.stem for folder in FOLDERS for one in folder.glob("*.txt")}
    assert texts == {one.stem for one in BAD_FILES}


def test_a_schedule_can_be_wrong_in_many_ways() -> None:
    """At least sixty ways of getting a schedule wrong have a file of their own."""
    assert len([one for one in BAD_FILES if one.name.startswith("schedule-")]) >= 60


def test_no_complaint_repeats_a_secret() -> None:
    """A password that stands in a file by mistake is not copied into messages and logs."""
    files = [one for one in BAD_FILES if b"hun" in one.read_bytes()]
    assert len(files) >= 7
    assert not [line for one in files for line in complaints(one) if "hun" in line or "ter2" in line]
