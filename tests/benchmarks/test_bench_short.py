from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.case_store import due_of, fill
from tests.benchmarks.dating import compared as compared_with_another
from tests.benchmarks.dating import forecasted
from tests.benchmarks.disposing import giant_delete, through_connector
from tests.benchmarks.drafting import catalogue_alone, whole_draft
from tests.benchmarks.linting import read_alone, rules_alone, whole_lint
from tests.benchmarks.listing import deleted_by_sdk, deleted_by_us, in_streams, served, through_sdk
from tests.benchmarks.measuring import Measured, compared, in_child
from tests.benchmarks.proving import commitments, hashes_alone, manifest_read
from tests.benchmarks.remembering import driver_alone, list_created
from tests.benchmarks.rules import by_hand, longest_of, one_clause, shipped_windows
from tests.benchmarks.scanning import connector_pages, every_row, plain_query, whole_scan
from tests.benchmarks.sections import FLAT

SMALL, LARGE = 10_000, 100_000
CASES = 2_000


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Return a way to get URLs of new, empty databases of one kind."""
    if request.param == "sqlite":
        names = iter(range(100))
        return lambda: f"sqlite:///{tmp_path / f'cases-{next(names)}.db'}"
    new_database: Callable[[], str] = request.getfixturevalue("postgres_url_factory")
    return lambda: new_database().replace("postgresql+psycopg:", "postgresql:")


def test_every_way_of_scanning_finds_the_same(empty_store: Callable[[], str]) -> None:
    """A scan finds exactly the records that the plain query and the evaluation of every row find."""
    url = empty_store()
    fill(url, SMALL)
    due = due_of(SMALL)
    assert plain_query(url).counts == {"due": due}
    assert connector_pages(url).counts == {"due": due, "examined": SMALL}
    assert every_row(url).counts == {"due": due, "examined": SMALL}
    assert whole_scan(url).counts == {"due": due, "examined": SMALL, "undated": SMALL // 100}


def test_forecast_and_comparison_date_every_record(empty_store: Callable[[], str]) -> None:
    """Both date every record there is; a year more makes all later that can be dated."""
    url = empty_store()
    fill(url, SMALL)
    undated = SMALL // 100
    assert forecasted(url).counts == {"due": due_of(SMALL), "undated": undated, "examined": SMALL}
    assert compared_with_another(url).counts == {"later": SMALL - undated, "undated": undated, "examined": SMALL}


def test_a_scan_of_ten_times_as_many_takes_no_more_memory(empty_store: Callable[[], str]) -> None:
    """The memory of a scan does not grow with the number of records."""
    peaks = []
    for cases in (SMALL, LARGE):
        url = empty_store()
        fill(url, cases)
        found = in_child("scanning:whole_scan", url=url)
        assert found.counts["examined"] == cases
        peaks.append(found.peak)
    assert peaks[1] / peaks[0] < FLAT


def test_disposal_leaves_what_one_giant_delete_leaves(empty_store: Callable[[], str]) -> None:
    """Disposal through the connector and one DELETE a table leave the same number of rows of each table."""
    counts = []
    for way in (giant_delete, through_connector):
        url = empty_store()
        fill(url, CASES, every=True)
        counts.append(way(url, CASES).counts)
    assert counts[0] == counts[1]
    assert counts[0] == {"n": CASES // 2, "case_note": CASES, "plan": CASES // 2, "eh_episode": CASES // 2}


def test_the_other_measurements_do_all_they_count() -> None:
    """Every other way that is measured does as many of the thing as it says."""
    assert driver_alone(1500).counts == list_created(1500).counts == {"n": 1500}
    assert hashes_alone(1500).counts == commitments(1500).counts == manifest_read(1500).counts == {"n": 1500}
    assert by_hand(1).counts == one_clause(1).counts
    assert longest_of(1).counts == one_clause(1).counts
    assert shipped_windows(1).counts["n"] > 10
    assert catalogue_alone(60).counts == {"n": 60}
    assert whole_draft(60).counts == {"n": 60, "plans": 19}
    assert read_alone(150).counts == {"n": 150}
    assert rules_alone(150).counts == whole_lint(150).counts == {"n": 150, "told": 0}


def test_every_way_of_listing_finds_the_same() -> None:
    """The SDK and our streams count the same objects of the server in memory; every deletion is accounted for."""
    with served(3_500) as server:
        assert through_sdk(server.port).counts == {"examined": 3_500, "old": 35}
        assert in_streams(server.port, 1).counts == in_streams(server.port, 8).counts == {"examined": 3_500, "old": 35}
        assert deleted_by_sdk(server.port, 1_500).counts == deleted_by_us(server.port, 1_500).counts == {"n": 1_500}


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
