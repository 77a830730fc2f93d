from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from retentiond.config.definitions import read_definition
from retentiond.config.schedules import read_schedule
from retentiond.config.settings import read_settings
from retentiond.domain.errors import ConfigurationRefused

BAD = Path(__file__).parent / "bad"
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


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_bad_file_is_refused_with_exactly_the_complaints_beside_it(path: Path) -> None:
    """Every way of being wrong is told in the same plain words at the same place, all of them at once."""
    assert complaints(path) == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


def test_every_text_of_complaints_belongs_to_a_bad_file() -> None:
    """No expectation stands beside a file that is no longer there."""
    assert {one.stem for one in BAD.glob("*.txt")} == {one.stem for one in BAD.glob("*.yaml")}


def test_no_complaint_repeats_a_secret() -> None:
    """A password that stands in a file by mistake is not copied into messages and logs."""
    files = sorted(one for one in BAD.glob("*.yaml") if b"hun" in one.read_bytes())
    assert len(files) >= 7
    assert not [line for one in files for line in complaints(one) if "hun" in line or "ter2" in line]
