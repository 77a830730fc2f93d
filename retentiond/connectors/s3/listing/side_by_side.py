"""Many pages asked for at once from one thread, which reads whatever comes while it waits for one of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from select import poll

from retentiond.connectors.s3.client import Refused
from retentiond.connectors.s3.direct.connections import Answer, Connection, Connections, Unanswered
from retentiond.connectors.s3.listing.page import Garbled, Page, Position
from retentiond.connectors.s3.listing.patience import Patience, Pauses
from retentiond.connectors.s3.listing.streams import Asked

_AWAY = 20.0
"""Seconds that nobody looked, after which a lost answer was perhaps given up for that."""


class SideBySide:
    """Asks for pages of one listing on connections of its own.

    Threads would be in each other's way: what takes time is to read the pages, and only one of them can at a time.

    Args:
        connections: to the bucket.
        request: makes the request for the page at a position, anew each time, for it is signed with the time of day.
        read: reads the page at a position.
        pauses: before another attempt.
    """

    def __init__(
        self,
        connections: Connections,
        request: Callable[[Position], bytes],
        read: Callable[[Position, Answer], Page],
        pauses: Pauses,
    ) -> None:
        self._connections, self._request, self._read, self._pauses = connections, request, read, pauses
        self._carried: dict[PageAsked, Connection] = {}
        self._delayed: dict[PageAsked, float] = {}
        self._looked = time.monotonic()

    def submit(self, where: Position) -> PageAsked:
        """Ask for the page at a position."""
        one = PageAsked(where, self._drop, Patience(self._pauses))
        self._begin(one)
        return one

    def wait(self, asked: Collection[Asked]) -> None:
        """Read what comes until one of some pages is there, or will not be."""
        away, self._looked = time.monotonic() - self._looked, time.monotonic()
        while not any(one.done() for one in asked):
            now = time.monotonic()
            if due := [one for one, moment in self._delayed.items() if moment <= now]:
                for one in due:
                    del self._delayed[one]
                    self._begin(one)
                continue
            waiting, by_number = poll(), {}
            for one, connection in self._carried.items():
                by_number[connection.fileno()] = one
                waiting.register(connection, connection.wants)
            until = [moment - now for moment in self._delayed.values()]
            until += [connection.patience for connection in self._carried.values()]
            for number, _ in waiting.poll(max(0.0, min(until)) * 1000 + 1):
                self._go_on(by_number[number], away=away)
            self._end_silence()
            self._looked, away = time.monotonic(), 0.0

    def close(self) -> None:
        """Give up what was asked for and has not come."""
        for one in [*self._carried, *self._delayed]:
            self._drop(one)

    def _begin(self, one: PageAsked) -> None:
        try:
            connection = self._connections.take()
            self._carried[one] = connection
            connection.ask(self._request(one.where))
        except Unanswered as failure:
            self._failed(one, failure)
        else:
            self._go_on(one)

    def _go_on(self, one: PageAsked, *, away: float = 0.0) -> None:
        connection = self._carried[one]
        try:
            answer = connection.go_on()
            if answer is None:
                return
            self._connections.give(self._carried.pop(one))
            one.page = self._read(one.where, answer)
            one.page.slowed = one.patience.slowed
        except Unanswered as failure:
            if away < _AWAY:
                self._failed(one, failure)
            else:
                self._put_off(one, 0)
        except (Refused, Garbled) as failure:
            self._failed(one, failure)

    def _failed(self, one: PageAsked, failure: Refused | Unanswered | Garbled) -> None:
        try:
            pause = one.patience.after(failure)
        except (Refused, Unanswered, Garbled):
            self._drop(one)
            one.failure = failure
        else:
            self._put_off(one, pause)

    def _put_off(self, one: PageAsked, pause: float) -> None:
        self._drop(one)
        self._delayed[one] = time.monotonic() + pause

    def _drop(self, one: PageAsked) -> None:
        self._delayed.pop(one, None)
        if connection := self._carried.pop(one, None):
            connection.close()

    def _end_silence(self) -> None:
        """Give up connections that show no sign of life, though somebody looks."""
        now = time.monotonic()
        for one, connection in list(self._carried.items()):
            if now - max(connection.moved, self._looked) > connection.patience:
                try:
                    connection.give_up()
                except Unanswered as failure:
                    self._failed(one, failure)


class PageAsked:
    """A page that was asked for, as much of a future as those who follow a listing need."""

    def __init__(self, where: Position, drop: Callable[[PageAsked], None], patience: Patience) -> None:
        self.where, self._drop, self.patience = where, drop, patience
        self.page: Page | None = None
        self.failure: Exception | None = None

    def done(self) -> bool:
        """Return whether it is there, or will not be."""
        return self.page is not None or self.failure is not None

    def result(self) -> Page:
        """Return it, or raise why it will not come."""
        if self.failure is not None:
            raise self.failure
        if self.page is None:
            raise AssertionError
        return self.page

    def exception(self) -> Exception | None:
        """Return why it will not come."""
        return self.failure

    def cancel(self) -> bool:
        """Give it up."""
        self._drop(self)
        return True
