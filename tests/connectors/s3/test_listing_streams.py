from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.s3.listing.page import Page
from retentiond.connectors.s3.listing.streams import Listing, in_threads, listed
from tests.connectors.s3.made_buckets import MadeBucket, by_bytes, by_folders


class _AtOnce(Executor):
    """Does each piece of work when it is handed in."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it is handed on
            future.set_exception(error)
        return future


DATES = [f"cases/{2000 + n // 336}/{n // 28 % 12 + 1:02}/{n % 28 + 1:02}/{n:05}.pdf" for n in range(700)]
NUMBERS = [f"{n * 2654435761 % 2**32:08x}" for n in range(700)]
NAMES = [f"{a}{b}{c}" for a in ("anna", "ben", "c") for b in ("/", "-", ".", " ", "/x/", "0") for c in range(40)]
LAYOUTS = {"dates": DATES, "numbers": NUMBERS, "names": NAMES, "few": DATES[:40], "one": ["a"], "none": []}


def _keys(pages: Sequence[Page]) -> list[str]:
    return [key for page in pages for key in page.keys]


def _listed(bucket: MadeBucket, at_once: int, executor: Executor | None = None) -> list[str]:
    guess = "key-marker" if bucket.versions else "start-after"
    if executor is not None:
        return _keys(list(listed(lambda where: executor.submit(bucket, where), {}, guess, at_once=at_once)))
    with in_threads(bucket, at_once) as submit:
        return _keys(list(listed(submit, {}, guess, at_once=at_once)))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", [by_bytes, by_folders])
@pytest.mark.parametrize("versions", [0, 2])
@pytest.mark.parametrize("at_once", [1, 3, 16, 64])
def test_many_streams_give_what_one_gives(layout: str, order: Any, versions: int, at_once: int) -> None:
    """However many requests are in flight, and on servers that skip keys too, each entry comes once and in order."""
    bucket = MadeBucket(LAYOUTS[layout], order, versions=versions)
    whole = [key for key in sorted(bucket.keys, key=order) for _ in range(versions or 1)]
    assert _listed(bucket, at_once) == whole
    assert _listed(bucket, at_once, _AtOnce()) == whole


folders = st.lists(st.text("ab-./0\n", min_size=1, max_size=4), min_size=1, max_size=3).map("/".join)
made_keys = st.lists(st.builds("{}{:03}".format, folders, st.integers(0, 999)), unique=True, max_size=300)


@given(made_keys, st.sampled_from([by_bytes, by_folders]), st.sampled_from([0, 0, 3]), st.integers(1, 9))
def test_no_layout_of_keys_loses_any(keys: list[str], order: Any, versions: int, size: int) -> None:
    """Whatever the keys are, the streams together give each once and in the server's order."""
    bucket = MadeBucket(keys, order, size, versions)
    whole = [key for key in sorted(keys, key=order) for _ in range(versions or 1)]
    assert _listed(bucket, 8, _AtOnce()) == whole


@given(made_keys, st.sampled_from([by_bytes, by_folders]), st.data())
def test_what_stays_is_listed_while_others_come_and_go(keys: list[str], order: Any, data: st.DataObject) -> None:
    """Each object that is there all the time is listed, and once, whatever is written and deleted meanwhile."""
    leaving = set(data.draw(st.lists(st.sampled_from(keys)))) if keys else set()
    coming = {key + data.draw(st.sampled_from("!0z")) for key in keys[::3]} - set(keys)
    bucket = MadeBucket(keys, order, 2, leaving=set(leaving), coming=set(coming))
    found = _listed(bucket, 8, _AtOnce())
    assert [key for key in found if key in set(keys) - leaving] == sorted(set(keys) - leaving, key=order)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("layout", ["dates", "numbers"])
def test_streams_run_side_by_side_at_little_cost(layout: str) -> None:
    """A long listing is cut into many streams, for a fifth more requests than one stream takes; a short is not."""
    bucket = MadeBucket([f"{key}-{number}" for key in LAYOUTS[layout] for number in range(5)])
    most = 0

    class Watching(_AtOnce):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            nonlocal most
            most = max(most, len(listing._in_flight()) + 1)
            return super().submit(fn, *args, **kwargs)

    listing = Listing(partial(Watching().submit, bucket), "start-after", 16)
    assert len(_keys(list(listing.pages({})))) == 3500
    assert most > 8
    assert bucket.asked < 1.25 * 3500 / 3
    short = MadeBucket(DATES[:30])
    _listed(short, 16)
    assert short.asked == 10


def test_little_is_held_back_however_long_the_listing() -> None:
    """Pages that wait for their turn are few beside the listing, so that its memory does not grow with it."""
    bucket = MadeBucket([f"{key}-{number}" for key in NUMBERS for number in range(5)])
    listing = Listing(partial(_AtOnce().submit, bucket), "start-after", 8)
    held = [sum(len(one.ready) for one in listing._chain) for _ in listing.pages({})]
    assert len(held) > 1000
    assert max(held) <= 6 * 8


def test_a_listing_is_as_lazy_as_its_reader() -> None:
    """One who takes a page makes only a few requests happen, and one who leaves makes no more."""
    bucket = MadeBucket(DATES)
    with in_threads(bucket, 4) as submit:
        assert _keys(list(islice(listed(submit, {}, "start-after", at_once=4), 1))) == DATES[:3]
    assert bucket.asked < 10


def test_a_failure_ends_the_listing() -> None:
    """What one request raises ends the whole, at its place: what came before it is given, nothing is left out."""

    class Broken(MadeBucket):
        def __call__(self, where: Any) -> Page:
            if where.get("continuation-token", "") > DATES[500]:
                raise ConnectionError
            return super().__call__(where)

    found: list[str] = []

    def read() -> None:
        with in_threads(Broken(DATES), 4) as submit:
            for page in listed(submit, {}, "start-after", at_once=4):
                found.extend(page.keys)

    with pytest.raises(ConnectionError):
        read()
    assert found == DATES[: len(found)]


def test_a_server_that_refuses_to_begin_anywhere_is_listed_in_one_stream() -> None:
    """A guess that is refused costs a request and nothing else."""

    class Strict(MadeBucket):
        def __call__(self, where: Any) -> Page:
            if "start-after" in where:
                raise ValueError
            return super().__call__(where)

    assert _listed(Strict(DATES), 16, _AtOnce()) == DATES


def test_a_server_that_asks_for_less_gets_less() -> None:
    """When the server asks to be asked less often, fewer requests are in flight, and none is lost."""

    class Busy(MadeBucket):
        def __call__(self, where: Any) -> Page:
            return replace(super().__call__(where), slowed=1)

    listing = Listing(partial(_AtOnce().submit, Busy(DATES)), "start-after", 16)
    assert _keys(list(listing.pages({}))) == DATES
    assert listing._at_once == 1
