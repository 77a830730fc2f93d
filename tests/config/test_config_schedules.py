from __future__ import annotations

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from retentiond.config.schedules import read_schedule, read_schedules
from retentiond.config.words import listed_zones
from retentiond.domain.clauses import For, LongestOf, Permanently, ShortestOf, UntilAge
from retentiond.domain.conditions import DiedBeforeAge, Unless
from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.periods import FINANCIAL_YEAR, Period
from retentiond.domain.schedule import Action, RecordClass

Write = Callable[[str, str], Path]
HEAD = """\
schedule: Early Help
version: 2026.10
jurisdiction: England
time-zone: Europe/London
adopted: 2026-04-01
review-by: 2027-03-31
owner: Information Governance
classes:
"""
CLASS = """\
  - code: {code}
    title: A file
    mandate: Children Act 1989 s.17
    retain: {retain}
    then: {then}
"""


def schedule(*codes: str, retain: str = "{for: 6 years, after: case-closed}", then: str = "destroy") -> str:
    """Return the text of a schedule with these classes."""
    return HEAD + "".join(CLASS.format(code=code, retain=retain, then=then) for code in codes)


def faults(refused: pytest.ExceptionInfo[ConfigurationRefused], folder: Path) -> list[str]:
    """Return the complaints without the test's folder."""
    return [str(one).replace(f"{folder}/", "") for one in refused.value.faults]


def test_a_schedule_comes_out_as_it_is_written(write: Write) -> None:
    """Every key of a schedule and of a class becomes the value of the same meaning, and nothing is guessed."""
    text = (
        HEAD
        + """\
  - code: EH-01
    title: >-
      Early help
      case file
    mandate: [Children Act 1989 s.17, UK GDPR Art 5(1)(e)]
    rationale: Claims arise.
    special-category: true
    retain:
      longest-of:
        - {for: 6 years, after: case-closed, cut-off: financial-year}
        - {until-age: 25, of: youngest-birth}
    unless:
      - when: {died-before-age: 18, birth: youngest-birth}
        retain: {shortest-of: [{until-age: 21 years 4 months, of: birth}, {for: 15 years, after: death}]}
    then: anonymise
    review: [service-manager, records-manager]
"""
    )
    path = write("s.yaml", text)
    read = read_schedule(path)
    assert (read.name, read.version, read.jurisdiction, read.time_zone, read.owner) == (
        "Early Help",
        "2026.10",
        "England",
        "Europe/London",
        "Information Governance",
    )
    assert (read.adopted, read.review_by) == (date(2026, 4, 1), date(2027, 3, 31))
    assert read.digest == sha256(text.encode()).hexdigest()
    assert read.source == str(path)
    assert read.classes == (
        RecordClass(
            code="EH-01",
            title="Early help case file",
            mandate=("Children Act 1989 s.17", "UK GDPR Art 5(1)(e)"),
            retain=LongestOf(
                (
                    For(Period.of_years(6), "case-closed", FINANCIAL_YEAR),
                    UntilAge(Period.of_years(25), "youngest-birth"),
                )
            ),
            then=Action.ANONYMISE,
            rationale="Claims arise.",
            special_category=True,
            unless=(
                Unless(
                    DiedBeforeAge(Period.of_years(18), birth="youngest-birth"),
                    ShortestOf((UntilAge(Period(months=256), "birth"), For(Period.of_years(15), "death"))),
                ),
            ),
            review=("service-manager", "records-manager"),
        ),
    )


def test_what_is_kept_permanently_says_so_twice(write: Write) -> None:
    """``retain: permanently`` goes with ``then: retain-permanently``."""
    read = read_schedule(write("s.yaml", schedule("A", retain="permanently", then="retain-permanently")))
    assert (read.classes[0].retain, read.classes[0].then) == (Permanently(), Action.RETAIN_PERMANENTLY)


def test_folders_and_files_are_read_in_order_and_each_once(write: Write, tmp_path: Path) -> None:
    """A folder stands for its *.yaml files by name; a file named twice, once through its folder, is read once."""
    write("all/b.yaml", schedule("B"))
    write("all/a.yaml", schedule("A"))
    write("all/notes.txt", "not a schedule")
    write("all/.hidden.yaml", "not a schedule")
    single = write("c.yaml", schedule("C"))
    read = read_schedules([single, tmp_path / "all", tmp_path / "all" / "a.yaml"])
    assert [one.classes[0].code for one in read] == ["C", "A", "B"]


def test_the_faults_of_all_files_come_at_once(write: Write, tmp_path: Path) -> None:
    """Nobody corrects one file only to be told of the next."""
    write("all/a.yaml", schedule("A", then="shred"))
    write("all/b.yaml", schedule("B", retain="forever"))
    write("all/c.yml", schedule("C"))
    with pytest.raises(ConfigurationRefused) as refused:
        read_schedules([tmp_path / "all", tmp_path / "none.yaml"])
    assert faults(refused, tmp_path) == [
        "all/c.yml: this file would be left out; rename it to end in .yaml",
        (
            "all/a.yaml:13:11: 'shred' is not a disposal action; "
            "write destroy, anonymise, pseudonymise, transfer, review or retain-permanently"
        ),
        (
            "all/b.yaml:12:13: 'forever' is not a way to retain; write {for: 6 years, after: case-closed}, "
            "{until-age: 25, of: birth}, {longest-of: [...]} or {shortest-of: [...]}, or permanently"
        ),
        "none.yaml: this file cannot be read: no such file or directory; check the path and its permissions",
    ]


def test_a_class_code_stands_in_one_schedule_only(write: Write, tmp_path: Path) -> None:
    """Class determines destiny, so a code that two schedules have would have two destinies."""
    one, two = write("a.yaml", schedule("A", "B")), write("b.yaml", schedule("C", "b"))
    with pytest.raises(ConfigurationRefused) as refused:
        read_schedules([one, two])
    assert faults(refused, tmp_path) == [
        "b.yaml:14:11: the class code 'b' is given at a.yaml:14:11 as well; give each class its own"
    ]


def test_faults_stand_in_reading_order(write: Write) -> None:
    """Line 9 comes before line 12, which the order of letters would turn round."""
    with pytest.raises(ConfigurationRefused) as refused:
        read_schedule(write("s.yaml", schedule("A B", then="shred", retain="forever") + "    colour: red\n"))
    assert [one.place.split(":")[-2] for one in refused.value.faults] == ["9", "12", "13", "14"]


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path: path.mkdir(), "this file cannot be read: it is a folder"),
        (lambda path: path.write_bytes(b"# " + b"x" * 4_194_304), "this file is larger than 4 MiB"),
        (lambda _: None, "this file cannot be read: no such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], object], complaint: str
) -> None:
    """A missing file, a folder and a file too large to be a schedule are faults, not tracebacks."""
    path = tmp_path / "s.yaml"
    make(path)
    with pytest.raises(ConfigurationRefused) as refused:
        read_schedule(path)
    assert [one.message for one in refused.value.faults] == [complaint]


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    """No schedule at all is told, not taken for a schedule of nothing."""
    with pytest.raises(ConfigurationRefused, match=r"no \*\.yaml file is in this folder"):
        read_schedules([tmp_path])


def test_a_path_no_file_can_have_is_a_fault() -> None:
    """Even a path with a NUL in it ends in a sentence."""
    with pytest.raises(ConfigurationRefused, match="not one a file can have"):
        read_schedule(Path("a\0b"))


def test_a_zone_of_the_list_is_one_that_is_available() -> None:
    """The list that is looked at first names no zone that a search of all files would not find."""
    assert len(listed_zones()) > 500
    assert listed_zones() <= available_timezones()
