from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks import anonymising, deleting, disposing, listing, parted_store, row_by_row
from tests.benchmarks.buckets import served
from tests.benchmarks.case_store import due_of, fill
from tests.benchmarks.dating import compared as compared_with_another
from tests.benchmarks.dating import forecasted
from tests.benchmarks.drafting import catalogue_alone, whole_draft
from tests.benchmarks.goals import Goal, cpu, peaks, times
from tests.benchmarks.linting import read_alone, rules_alone, whole_lint
from tests.benchmarks.measuring import Measured, compared, in_child
from tests.benchmarks.peers import MINIO, PGANONYMIZE, PT_ARCHIVER, RCLONE, S5CMD
from tests.benchmarks.proving import (
    commitments,
    hashes_alone,
    leaves,
    leaves_by_package,
    manifest_file_read,
    manifest_read,
)
from tests.benchmarks.remembering import (
    by_mapper,
    driver_alone,
    findings_added,
    findings_by_driver,
    findings_by_mapper,
    findings_inside,
    list_created,
)
from tests.benchmarks.rules import by_hand, longest_of, one_clause, remembered, shipped_windows
from tests.benchmarks.scan_by_hand import scan_by_hand
from tests.benchmarks.scanning import connector_pages, count_alone, every_row, plain_query, whole_scan
from tests.benchmarks.sections import SECTIONS
from tests.benchmarks.sections.scans import FLAT
from tests.benchmarks.table import Section, beside_by_hand
from tests.benchmarks.wanted import table

SMALL, LARGE = 5_000, 50_000
CASES = 1_200
KINDS = ["sqlite", "postgresql", "mariadb"]


def _stores(request: pytest.FixtureRequest, kind: str, folder: Path) -> Callable[[], str]:
    if kind == "sqlite":
        names = iter(range(100))
        return lambda: f"sqlite:///{folder / f'cases-{next(names)}.db'}"
    if kind == "mariadb":
        server = request.getfixturevalue("mariadb")
        return lambda: server.new_database().replace("mariadb+pymysql:", "mariadb:").partition("?")[0]
    new_database: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return lambda: new_database().replace("postgresql+psycopg:", "postgresql:")


@pytest.fixture(params=KINDS)
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Return a way to get URLs of new, empty databases of one kind."""
    return _stores(request, request.param, tmp_path)


def test_every_way_of_scanning_finds_the_same(empty_store: Callable[[], str]) -> None:
    """A scan finds exactly the records that counting, the plain query and the evaluation of every row find."""
    url = empty_store()
    fill(url, SMALL, indexed=False)
    due = due_of(SMALL)
    assert count_alone(url).counts["due"] == plain_query(url).counts["due"] == due
    assert connector_pages(url).counts == {"due": due, "examined": SMALL, "n": 0}
    assert every_row(url).counts == {"due": due, "examined": SMALL, "n": 0}
    assert every_row(url, first=100).counts["examined"] == 100
    scanned = {"due": due, "examined": SMALL, "undated": SMALL // 100, "n": 0}
    assert whole_scan(url).counts == scan_by_hand(url).counts == scanned


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_forecast_and_comparison_date_every_record(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    """Both date every record there is; a year more makes all later that can be dated."""
    url = _stores(request, kind, tmp_path)()
    fill(url, SMALL)
    undated = SMALL // 100
    assert forecasted(url).counts == {"due": due_of(SMALL), "undated": undated, "examined": SMALL}
    assert compared_with_another(url).counts == {"later": SMALL - undated, "undated": undated, "examined": SMALL}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_scan_of_ten_times_as_many_takes_no_more_memory(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    """The memory of a scan does not grow with the number of records."""
    peaks_seen = []
    for cases in (SMALL, LARGE):
        url = _stores(request, kind, tmp_path / str(cases))()
        (tmp_path / str(cases)).mkdir()
        fill(url, cases)
        found = in_child("scanning:whole_scan", url=url)
        assert found.counts["examined"] == cases
        peaks_seen.append(found.peak)
    assert peaks_seen[1] / peaks_seen[0] < FLAT


def test_every_disposal_leaves_the_same_behind(empty_store: Callable[[], str]) -> None:
    """Ours, a loop written by hand, one DELETE a table and pt-archiver leave the same number of rows of each table."""
    ways = [disposing.giant_delete, disposing.by_hand, disposing.through_connector]
    url = empty_store()
    if url.startswith("mariadb") and PT_ARCHIVER.path:
        ways.append(disposing.by_pt_archiver)
    counts = []
    for way in ways:
        url = empty_store()
        parted_store.fill(url, CASES)
        counts.append(way(url, CASES).counts)
    assert counts == [{"n": CASES // 2} | dict.fromkeys(parted_store.TABLES, CASES // 2)] * len(ways)
    url = empty_store()
    parted_store.fill(url, 40)
    assert row_by_row.deleted(url, 40).counts == {"n": 20}


def test_every_way_to_anonymise_changes_the_same(empty_store: Callable[[], str]) -> None:
    """Ours, a loop written by hand, one UPDATE and pganonymize bring the same number of values into their new form."""
    ways = [anonymising.giant_update, anonymising.by_hand, anonymising.through_connector]
    url = empty_store()
    if url.startswith("postgresql") and PGANONYMIZE.path:
        ways.append(anonymising.by_pganonymize)
    counts = []
    for way in ways:
        url = empty_store()
        parted_store.fill(url, CASES, children=False)
        counts.append(way(url, CASES).counts)
    assert all(one == counts[0] for one in counts)
    assert counts[0]["n"] == counts[0]["surname"] == counts[0]["postcode"] == CASES // 2
    assert row_by_row.changed(url, 40).counts == {"n": 20}


def test_the_other_measurements_do_all_they_count() -> None:
    """Every other way that is measured does as many of the thing as it says."""
    ways = (findings_added, findings_by_driver, findings_by_mapper, findings_inside)
    assert [way(1500).counts for way in ways] == [{"n": 1500}] * 4
    assert driver_alone(1500).counts == list_created(1500).counts == by_mapper(1500).counts == {"n": 1500}
    assert (
        hashes_alone(1500).counts
        == commitments(1500).counts
        == manifest_read(1500).counts
        == manifest_file_read(1500).counts
        == {"n": 1500}
    )
    assert leaves(1500).counts == leaves_by_package(1500).counts == {"n": 1500}
    assert by_hand(1).counts == one_clause(1).counts
    assert longest_of(1).counts == one_clause(1).counts == remembered(1).counts
    assert shipped_windows(1).counts["n"] > 10
    assert catalogue_alone(60).counts == {"n": 60}
    assert whole_draft(60).counts == {"n": 60, "plans": 19}
    assert read_alone(150).counts == {"n": 150}
    assert rules_alone(150).counts == whole_lint(150).counts == {"n": 150, "told": 0}


def test_every_way_of_listing_finds_the_same() -> None:
    """The SDK, our streams and other programs count the same objects of the server in memory."""
    with served(3_500) as where:
        given = where.given
        found = [listing.through_sdk(**given), listing.in_streams(1, **given), listing.in_streams(8, **given)]
        found += [
            way(where)
            for peer, way in ((S5CMD, listing.by_s5cmd), (RCLONE, listing.by_rclone), (MINIO, listing.by_minio))
            if peer.path
        ]
        assert [one.counts for one in found] == [{"examined": 3_500, "old": 35}] * len(found)
        assert listing.keys_by_sdk(**given).counts == listing.keys_in_streams(8, **given).counts
        assert listing.unread(**given).wall > 0


def test_every_deletion_is_accounted_for() -> None:
    """Every way of deleting says of as many objects as it was given that they are deleted."""
    with served(1_500) as where:
        given = where.given
        assert deleting.by_us(0, 1_500, **given).counts == {"n": 1_500}
        assert deleting.unchanged_by_us(0, 20, **given).counts == {"n": 20}
        for versions in (True, False):
            found = [deleting.by_sdk(0, 1_500, versions=versions, **given)]
            for peer, way in ((S5CMD, deleting.by_s5cmd), (MINIO, deleting.by_minio)):
                found += [way(where, 0, 1_500, versions=versions)] if peer.path else []
            assert [one.counts for one in found] == [{"n": 1_500}] * len(found)


def test_goals_are_told_from_the_sections_of_the_run() -> None:
    """A goal is said to be reached, not reached, not measured or not built by what its section measured."""
    made = iter([Measured(8.0, 6.0, 50.0, {"n": 4}), Measured(1.0, 0.5, 40.0, {"n": 2})])
    rows = compared({"theirs": lambda: next(made), "ours": lambda: next(made)}, rounds=1)
    sections = {"race": Section("Race", "", rows, missing={"another": "`apt install another`"})}

    def said(wanted: float, value: object, *, at_least: bool) -> str:
        return Goal("X-1", "what", wanted, value, at_least).line(sections).split("|")[4:6].__str__()  # type: ignore[arg-type]

    assert said(4, times("race", "theirs", "ours"), at_least=True) == "[' 4.00 ', ' reached ']"
    assert said(6.1, cpu("race", "theirs", "ours"), at_least=True) == "[' 6.00 ', ' **not reached** ']"
    assert said(1.2, peaks("race", "theirs", "ours"), at_least=False) == "[' 1.25 ', ' **not reached** ']"
    assert said(1, times("race", "another", "ours"), at_least=True) == "[' not measured ', ' ']"
    assert said(1, None, at_least=True) == "[' not built ', ' ']"
    assert "| another | not installed: `apt install another` |" in sections["race"].markdown()
    assert beside_by_hand(rows, "ours", "theirs", 0.2) == (
        "ours takes 0.17 times the CPU time that the same promises take by hand (limit 0.2)",
        True,
    )
    assert not beside_by_hand(rows, "theirs", "ours", 5.9)[1]


def test_every_goal_names_a_section_that_there_is() -> None:
    """Without a run nothing is said to be reached, and no goal asks for a section that is never run."""
    asked: set[str] = set()

    class Asked(dict[str, Section]):
        def __contains__(self, name: object) -> bool:
            asked.add(str(name))
            return False

    told = table(Asked())
    assert "reached |" not in told
    assert asked <= set(SECTIONS)
    assert len(asked) > 15


def test_rounds_that_disagree_are_refused() -> None:
    """A comparison whose rounds counted differently is an error and not a figure."""
    numbers = iter(range(3))
    with pytest.raises(AssertionError, match="did not count the same"):
        compared({"drifting": lambda: Measured(1.0, 1.0, 1.0, {"n": next(numbers)})})


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which everything was slow does not change the ratio."""
    first, second = (iter(Measured(wall, wall) for wall in walls) for walls in ((1.0, 9.0, 1.0), (2.0, 18.0, 2.0)))
    rows = compared({"first": lambda: next(first), "second": lambda: next(second)})
    assert [(one.middle.wall, one.wall_ratio, one.cpu_ratio) for one in rows] == [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0)]
