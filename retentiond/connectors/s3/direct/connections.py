"""Connections that carry one request at a time and never block: whoever leads them waits for many at once.

HTTP/1.1 as servers of S3 answer it (RFC 9112): a length, chunks, or everything until the connection ends.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from errno import EINPROGRESS
from select import POLLIN, POLLOUT, poll
from typing import Any, NamedTuple

from retentiond.connectors.s3.direct.whereto import Whereto

_CONNECT, _READ = 10.0, 60.0
"""Seconds until a connection has to stand, and between two signs of life of an answer."""
_FRESH = 5.0
"""Seconds that addresses of a name are good for."""
_HEAD = 65536
_LARGEST = 256 * 2**20
"""Bytes of an answer that is read at all."""
_PIECE = 2**18


class Unanswered(Exception):
    """There was no answer, or not a whole one. What became of the request is not known.

    Attributes:
        kind: ``connection`` (it never stood), ``tls`` (the certificate was not accepted) or ``lost``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


class Answer(NamedTuple):
    """An answer that came whole."""

    status: int
    headers: Mapping[str, str]
    """By name in small letters."""
    body: bytes


class Connection:
    """One connection, from its first byte on."""

    def __init__(self, whereto: Whereto, addresses: list[Any]) -> None:
        self._whereto, self._addresses = whereto, list(addresses)
        self._socket: socket.socket | None = None
        self._connected = self._stands = False
        self._out = memoryview(b"")
        self._got = bytearray()
        self._has_body = self.is_spent = False
        self.wants = POLLOUT
        self.moved = time.monotonic()
        """When it last showed a sign of life."""

    def fileno(self) -> int:
        """Return the number of its socket, for those who wait for it."""
        return self._socket.fileno() if self._socket is not None else -1

    @property
    def patience(self) -> float:
        """Seconds that may pass without a sign of life."""
        return _READ if self._stands else _CONNECT

    def ask(self, request: bytes, *, has_body: bool = True) -> None:
        """Begin with a request. An answer to a HEAD has no body."""
        self._out, self._has_body, self._got = memoryview(request), has_body, bytearray()
        self._head: tuple[int, Mapping[str, str]] | None = None
        self._length: int | None = None
        self._filled = self._at = 0
        self._body = bytearray()
        self.moved = time.monotonic()
        if self._socket is None:
            self._begin()

    def go_on(self) -> Answer | None:
        """Do what can be done without waiting, and return the answer once it is whole.

        Raises:
            Unanswered: it will not come.
        """
        try:
            if not self._stands and not self._stand():
                return None
            if self._out and not self._sent():
                return None
            return self._received()
        except BlockingIOError:
            self.wants = POLLIN
        except OSError as error:
            if (wants := self._wanted(error)) is None:
                self._fail(self._kind_of(error))
            else:
                self.wants = wants
        return None

    def give_up(self) -> None:
        """Account for a connection that showed no sign of life for too long.

        Raises:
            Unanswered: unless there is another address to try.
        """
        self._fail("lost" if self._stands else "connection")

    def _fail(self, kind: str) -> None:
        if not self._connected and self._addresses:
            self._begin()
            return
        self.close()
        raise Unanswered(kind) from None

    def is_idle(self) -> bool:
        """Return whether it can carry another request: it stands, and the server has not ended it."""
        if self._socket is None or self.is_spent:
            return False
        waiting = poll()
        waiting.register(self._socket, POLLIN)
        return not waiting.poll(0)  # what can be read now is no answer to anything, but the end

    def close(self) -> None:
        """End it."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
        self.is_spent = True

    def _begin(self) -> None:
        """Begin to connect to the next of the addresses."""
        if self._socket is not None:
            self._socket.close()
        family, kind, protocol, _, address = self._addresses.pop(0)
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._error = self._socket.connect_ex(address)
        self.wants, self.moved = POLLOUT, time.monotonic()

    def _stand(self) -> bool:
        """Go on with connecting; return whether the connection stands."""
        if self._socket is None:
            raise AssertionError
        if not self._connected:
            error = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error or self._error not in (0, EINPROGRESS):
                raise OSError(error or self._error, "")
            waiting = poll()
            waiting.register(self._socket, POLLOUT)
            if not waiting.poll(0):
                return False
            self._connected, self.moved = True, time.monotonic()
            self._socket = self._wrapped(self._socket)
        self._shake_hands()
        self._stands, self.moved = True, time.monotonic()
        return True

    # What an encrypted connection does otherwise.

    def _wrapped(self, one: socket.socket) -> socket.socket:
        return one

    def _shake_hands(self) -> None:
        """Have nothing to agree on."""

    def _wanted(self, error: OSError) -> int | None:  # noqa: ARG002 - see above
        """Return what to wait for where an error says no more than that; None: it is one."""
        return None

    def _kind_of(self, error: OSError) -> str:  # noqa: ARG002 - see above
        return "lost" if self._stands else "connection"

    def _sent(self) -> bool:
        if self._socket is None:
            raise AssertionError
        while self._out:
            try:
                self._out = self._out[self._socket.send(self._out) :]
            except BlockingIOError:
                self.wants = POLLOUT
                return False
            self.moved = time.monotonic()
        self.wants = POLLIN
        return True

    def _received(self) -> Answer | None:
        """Read until nothing more is there or the answer is whole."""
        if self._socket is None:
            raise AssertionError
        while True:
            if self._head is not None and self._length is not None:
                count = self._socket.recv_into(memoryview(self._body)[self._filled :])
                self._filled += count
                is_whole = self._filled == self._length
            else:
                piece = self._socket.recv(_HEAD if self._head is None else _PIECE)
                count = len(piece)
                self._got += piece
                is_whole = self._read_head() if self._head is None else self._read_chunks()
            self.moved = time.monotonic()
            if is_whole:
                return self._whole()
            if not count:
                return self._ended()

    def _ended(self) -> Answer:
        """Account for the end of the connection: the end of the answer, if it says no length."""
        self.close()
        if self._head is None or self._length is not None or "transfer-encoding" in self._head[1]:
            raise Unanswered("lost")
        self._body = self._got
        return self._whole()

    def _whole(self) -> Answer:
        if self._head is None:
            raise AssertionError
        status, headers = self._head
        self.is_spent = self.is_spent or headers.get("connection", "").lower() == "close"
        body, self._body, self._got = bytes(self._body), bytearray(), bytearray()
        return Answer(status, headers, body)

    def _read_head(self) -> bool:
        """Read the head once it is there; return whether nothing follows."""
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            line, *lines = bytes(self._got[:end]).decode("latin-1").split("\r\n")
            version, _, rest = line.partition(" ")
            if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
                raise Unanswered("lost")
            status = int(rest[:3])
            del self._got[: end + 4]
            if status >= 200:
                return self._begin_body(status, lines, is_old=version == "HTTP/1.0")
        if len(self._got) > _HEAD:
            raise Unanswered("lost")
        return False

    def _begin_body(self, status: int, lines: list[str], *, is_old: bool) -> bool:
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
        self._head = status, headers
        self.is_spent = is_old
        encoding, length = headers.get("transfer-encoding", ""), headers.get("content-length", "")
        if headers.get("content-encoding", "identity") != "identity" or encoding not in ("", "chunked"):
            raise Unanswered("lost")
        if not self._has_body or status in (204, 304):
            return True
        if encoding:
            return self._read_chunks()
        if not length:
            self.is_spent = True
            return False
        if not (length.isdigit() and length.isascii()) or int(length) > _LARGEST or len(self._got) > int(length):
            raise Unanswered("lost")
        self._length, self._filled = int(length), len(self._got)
        self._got.extend(bytes(self._length - self._filled))
        self._body, self._got = self._got, bytearray()
        return self._filled == self._length

    def _read_chunks(self) -> bool:
        """Take the chunks that are whole out of what has come; return whether the last one was among them."""
        got = self._got
        if self._head is None or "transfer-encoding" not in self._head[1]:
            return self._check_size()
        at = 0
        while (end := got.find(b"\r\n", at)) >= 0:
            digits = bytes(got[at:end]).partition(b";")[0].strip()
            try:
                size = int(digits, 16) if digits.isalnum() else -1
            except ValueError:
                size = -1
            if size < 0:
                raise Unanswered("lost")
            begin, after = end + 2, end + 4 + size
            if not size:
                if got.find(b"\r\n\r\n", end) < 0:
                    break
                return True
            if len(got) < after:
                break
            if got[after - 2 : after] != b"\r\n":
                raise Unanswered("lost")
            self._body += memoryview(got)[begin : begin + size]
            at = after
        del got[:at]
        return self._check_size()

    def _check_size(self) -> bool:
        if len(self._body) + len(self._got) > _LARGEST:
            raise Unanswered("lost")
        return False


class Connections:
    """The connections to one bucket; those that carry nothing are kept for the next request.

    Args:
        whereto: where they lead.
        kept: most connections that are kept idle.
    """

    def __init__(self, whereto: Whereto, kept: int) -> None:
        self._whereto, self._kept = whereto, kept
        self._idle: deque[Connection] = deque()
        self._addresses: list[Any] = []
        self._looked_up = 0.0

    def take(self) -> Connection:
        """Return a connection that carries nothing.

        Raises:
            Unanswered: nobody knows the address.
        """
        while True:
            try:
                one = self._idle.pop()
            except IndexError:
                return self._made()
            if one.is_idle():
                return one
            one.close()

    def give(self, one: Connection) -> None:
        """Give back a connection whose answer is whole."""
        if one.is_spent or len(self._idle) >= self._kept:
            one.close()
        else:
            self._idle.append(one)

    def exchange(self, request: bytes, *, has_body: bool = True) -> Answer:
        """Send a request, once, and wait for its answer.

        Raises:
            Unanswered: there is none.
        """
        one = self.take()
        try:
            one.ask(request, has_body=has_body)
            while (answer := one.go_on()) is None:
                wait_for(one)
        except BaseException:
            one.close()
            raise
        self.give(one)
        return answer

    def close(self) -> None:
        """End those that carry nothing."""
        while self._idle:
            self._idle.pop().close()

    def _made(self) -> Connection:
        if not self._whereto.is_encrypted:
            return Connection(self._whereto, self._found())
        # What it takes is loaded only by those who need it.
        from retentiond.connectors.s3.direct.encrypted import Encrypted  # noqa: PLC0415

        return Encrypted(self._whereto, self._found())

    def _found(self) -> list[Any]:
        now = time.monotonic()
        if not self._addresses or now - self._looked_up > _FRESH:
            try:
                found = socket.getaddrinfo(self._whereto.host, self._whereto.port, type=socket.SOCK_STREAM)
            except OSError:
                raise Unanswered("connection") from None
            self._addresses, self._looked_up = found, now
        return self._addresses


def wait_for(one: Connection) -> None:
    """Wait until a connection can go on.

    Raises:
        Unanswered: it shows no sign of life.
    """
    waiting = poll()
    waiting.register(one, one.wants)
    if not waiting.poll(one.patience * 1000):
        one.give_up()
