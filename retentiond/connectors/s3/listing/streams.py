"""One listing in many streams at once, complete by construction and in the server's own order.

A listing is a chain of segments. Each is a stream of pages that follow one another by the server's own word; a new one
begins at a guessed key. The guess is never a bound: servers are known that skip keys when asked to begin behind a key
that does not exist. The segment before it goes on until it meets the very key the new one really received first, and
where it does not meet it, it goes on to the end and everything behind it is dropped. So what is given out is always
what one stream alone would have given.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from retentiond.connectors.circles import Circle
from retentiond.connectors.s3.listing.guesses import LEAST, Ruler
from retentiond.connectors.s3.listing.page import Page, Position

AT_ONCE = 32
"""Requests in flight at once."""

Submit = Callable[[Position], "Future[Any]"]
Read = Callable[[Any], Page]

_ALONE = 10
"""Pages that are listed in one stream before a second is worth while."""
_AHEAD = 32
"""Most pages that wait in the head of the chain; each segment behind it holds one less."""
_HELD = 6
"""Most pages in flight or waiting for their turn, for each request that may be in flight."""
_SMALL = 4
"""Pages a gap must have for another stream in it where there is nothing better to do."""
_SPARED = 0.5
"""Share of the requests that may bring nothing new which are kept for gaps that are worth more."""
_WASTE, _WASTED = 0.14, 10
"""Share of requests that may bring nothing new, beside so many at the start."""
_GAPS = 64
"""How many gaps behind the head are looked at for room for another stream."""
_FURTHER = 2
"""Guesses at a time behind the last stream while there are few, each as much further on than the one before."""
_CALM = 50
"""Pages after which one more request may be in flight, once the server has asked for fewer."""


def _as_it_is(page: Any) -> Page:  # noqa: ANN401 - what a future brings
    found: Page = page
    return found


@dataclass(eq=False)
class _Segment:
    """A part of the listing, from its first key to the first key of the one behind it."""

    goes_on: Position | None
    circle: Circle
    low: str = ""
    """The guess it began at: nothing is known to lie between this and its first key."""
    start: tuple[str, ...] = ("",)
    """The keys of its first page."""
    page: tuple[str, str] = ("", "")
    """First and last key of its newest page."""
    high: str | None = None
    """Nothing is known to lie behind this; None: that is not known."""
    ready: deque[Page] = field(default_factory=deque)
    asked: Future[Any] | None = None

    @property
    def is_done(self) -> bool:
        return self.goes_on is None and self.asked is None


def listed(
    submit: Submit,
    begin: Position,
    guess: str,
    *,
    read: Read = _as_it_is,
    store: str = "",
    at_once: int = AT_ONCE,
) -> Iterator[Page]:
    """Yield the pages of a listing in the server's order.

    Args:
        submit: has the page at a position asked for, wherever; what its future raises ends the listing.
        begin: where to begin.
        guess: name of the position a stream can begin at by key alone.
        read: makes the page of what the future brings.
        store: whose listing it is.
        at_once: most requests in flight.

    Raises:
        StoreRefused: the listing comes back to where it has been, and so has no end.
    """
    listing = Listing(submit, guess, at_once, read, store)
    try:
        yield from listing.pages(begin)
    finally:
        listing.stop()


@contextmanager
def in_threads(ask: Callable[[Position], Page], at_once: int) -> Iterator[Submit]:
    """Give what has pages asked for in so many threads; at the end nothing is in flight any more."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="retentiond-list") as pool:
        try:
            yield lambda where: pool.submit(ask, where)
        finally:
            pool.shutdown(cancel_futures=True)


class Listing:
    """The streams of one listing, led by whoever takes its pages.

    Attributes:
        received: pages that have come.
        wasted: in pages, how much of them was of no use.
    """

    def __init__(self, submit: Submit, guess: str, at_once: int, read: Read = _as_it_is, store: str = "") -> None:
        self._submit, self._guess, self._read, self._store = submit, guess, read, store
        self._most = self._at_once = at_once
        self._calm = 0
        self._chain: list[_Segment] = []
        self._guesses: dict[Future[Any], str] = {}
        self._tried: set[str] = set()
        self._may_guess = at_once > 1
        self._ruler = Ruler()
        self.received = 0
        self.wasted = 0.0

    def pages(self, begin: Position) -> Iterator[Page]:
        """Yield the pages, first to last."""
        self._chain = [_Segment(begin, Circle(self._store))]
        while self._chain:
            self._take_in()
            self._send_out()
            head = self._chain[0]
            if head.ready:
                yield head.ready.popleft().unpacked()
            elif head.is_done:
                del self._chain[0]
            else:
                wait(self._in_flight(), return_when=FIRST_COMPLETED)

    def stop(self) -> None:
        """Ask for nothing more."""
        for one in self._in_flight():
            one.cancel()

    def _in_flight(self) -> list[Future[Any]]:
        return [*(one.asked for one in self._chain if one.asked is not None), *self._guesses]

    # What comes in.

    def _take_in(self) -> None:
        for one in list(self._chain):
            if one.asked is not None and one.asked.done() and one in self._chain:
                page, one.asked = self._read(one.asked.result()), None
                self._count(page)
                self._add(one, page)
        for future in [one for one in self._guesses if one.done()]:
            guess = self._guesses.pop(future, None)
            if guess is None:
                continue
            if future.exception() is not None:
                # Servers may refuse to begin there; the stream before it will tell whether they answer at all.
                self._may_guess = False
                continue
            page = self._read(future.result())
            self._count(page)
            if not self._place(guess, page):
                self.wasted += 1

    def _count(self, page: Page) -> None:
        self.received += 1
        if self._most > 1:
            self._ruler.learn([*page.keys[::250], *page.keys[-1:]])
        if page.slowed:
            self._at_once, self._calm = max(1, self._at_once // 2), 0
            return
        self._calm += 1
        if self._calm >= _CALM and self._at_once < self._most:
            self._at_once, self._calm = self._at_once + 1, 0

    def _place(self, guess: str, page: Page) -> bool:
        """Put the first page of a new stream where it belongs, if it is of use there."""
        if not page.keys:
            if page.goes_on is None:
                self._chain[-1].high = guess
            return False
        first = page.keys[0]
        number = max((number for number, one in enumerate(self._chain) if one.start[0] <= first), default=None)
        if number is None:  # what lies there has been given out
            return False
        before = self._chain[number]
        if before.start[0] == first:
            before.low = min(before.low, guess)
            return False
        if first <= guess or first <= before.page[1] or before.is_done or not _is_sorted(page.keys):
            return False
        new = _Segment(page.goes_on, Circle(self._store), low=guess, start=tuple(page.keys))
        self._chain.insert(number + 1, new)
        self._add(new, page)
        return True

    def _add(self, segment: _Segment, page: Page) -> None:
        """Put a page behind the others of its segment, up to where the next segment begins."""
        # Positions may be new each time although the server does not heed them: what it sends then is not.
        segment.circle.step(page.begins)
        if page.keys and not (_is_sorted(page.keys) and segment.page[1] <= page.keys[0]):
            self._go_on_alone()
            if segment not in self._chain:
                return
        segment.goes_on = page.goes_on
        if page.keys:
            segment.page = (page.keys[0], page.keys[-1])
        behind = self._chain.index(segment) + 1
        while len(self._chain) > behind and page.keys and page.keys[-1] >= self._chain[behind].start[0]:
            number = _meeting(page.keys, self._chain[behind].start)
            if number is not None:
                self.wasted += 1 - number / len(page.keys)
                segment.goes_on = None
                segment.ready.append(page.before(number).packed())
                return
            self._drop(behind)
        segment.ready.append(page.packed() if segment is not self._chain[0] else page)
        if page.goes_on is None:
            while len(self._chain) > behind:
                self._drop(behind)

    def _go_on_alone(self) -> None:
        """Trust no guess any more: the server's order is not that of the keys."""
        self._may_guess = False
        for one in self._guesses:
            one.cancel()
        self._guesses.clear()
        first = next(number for number, one in enumerate(self._chain) if not one.is_done or one is self._chain[-1])
        while len(self._chain) > first + 1:
            self._drop(first + 1)

    def _drop(self, number: int) -> None:
        one = self._chain.pop(number)
        self.wasted += len(one.ready) + 1
        if one.asked is not None:
            one.asked.cancel()

    # What goes out.

    def _send_out(self) -> None:
        in_flight = len(self._in_flight())
        held = in_flight + sum(len(one.ready) for one in self._chain)
        most = _HELD * self._most
        for number, one in enumerate(self._chain):
            if in_flight >= self._at_once:
                return
            if one.goes_on is None or one.asked is not None or len(one.ready) >= max(2, _AHEAD - number):
                continue
            if held >= most and number:
                continue
            one.asked = self._submit(one.goes_on)
            in_flight, held = in_flight + 1, held + 1
        while (
            in_flight < self._at_once and held < most and (guess := self._next_guess(LEAST) or self._next_guess(_SMALL))
        ):
            self._tried.add(guess)
            self._guesses[self._submit({self._guess: guess})] = guess
            in_flight, held = in_flight + 1, held + 1

    def _next_guess(self, least: int) -> str | None:
        """Return where another stream might begin, as near to the head as there is room."""
        spared = (_WASTE * self.received + _WASTED) * (1 if least == LEAST else 1 - _SPARED)
        if not self._may_guess or self.received < _ALONE or self.wasted > spared:
            return None
        pending = self._guesses.values()
        for one, behind in zip(self._chain[:_GAPS], [*self._chain[1:], None], strict=False):
            if behind is None and len(self._chain) >= self._most:
                continue  # further on there would only be pages that wait, and leave no room for nearer ones
            last = one.page[1]
            high = one.high if behind is None else behind.low
            there = sum(guess > last and (high is None or guess <= high) for guess in pending)
            room = _FURTHER if behind is None and len(self._chain) < self._most // 2 else 1
            if one.is_done or not last or there >= room:
                continue
            guess = self._ruler.between(*one.page, high, self._most * (1 + there), least)
            if guess is not None and guess not in self._tried:
                return guess
        return None


def _is_sorted(keys: Sequence[str]) -> bool:
    return list(keys) == sorted(keys)


def _meeting(keys: Sequence[str], start: Sequence[str]) -> int | None:
    """Return where a page meets the first page of the next segment; None unless they agree on everything from there."""
    number = bisect_left(keys, start[0])
    there = keys[number : bisect_right(keys, start[-1])]
    return number if there[:1] == [start[0]] and set(start).issuperset(there) else None
