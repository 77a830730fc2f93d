"""A bucket that answers from memory, at once or after a pause: ``python -m tests.benchmarks.listing_server N MS``.

It lists objects, or one version of each, as Amazon S3 does, a thousand a page, and says of every deletion that it was
done. What it takes itself is little, so that what is measured against it is the client.
"""

from __future__ import annotations

import asyncio
import sys
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from hashlib import md5
from typing import overload
from urllib.parse import parse_qs, urlsplit

PAGE = 1000
KEPT = 1000
"""Pages that are kept; those of fewer objects are made before the server answers at all."""
PER_DAY = 37
PER_MONTH = PER_DAY * 28
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Name>bucket</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><KeyCount>{count}</KeyCount>"
    "<IsTruncated>{more}</IsTruncated><EncodingType>url</EncodingType>{token}"
)
_VERSIONS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Name>bucket</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>{more}</IsTruncated>"
    "<EncodingType>url</EncodingType>{token}"
)
_DELETED = b'<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'


def key_of(number: int) -> str:
    """Return a key; keys are in the order of their numbers."""
    day = number // PER_DAY
    return f"cases/{1990 + day // 336}/{day // 28 % 12 + 1:02}/{day % 28 + 1:02}/{number:08}-document.pdf"


def day_of(number: int) -> str:
    """Return the day an object was written; one in a hundred is old."""
    return f"20{'09' if number % 100 == 0 else '25'}-{number % 12 + 1:02}-{number % 28 + 1:02}"


def contents(number: int) -> str:
    """Return an object as a listing of Amazon S3 tells it."""
    etag = md5(b"%d" % number, usedforsecurity=False).hexdigest()
    written = f"{day_of(number)}T12:33:{number % 60:02}.000Z"
    return (
        f"<Contents><Key>{key_of(number)}</Key><LastModified>{written}</LastModified><ETag>&quot;{etag}&quot;</ETag>"
        f"<Size>{number * 37}</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )


def version_of(number: int) -> str:
    """Return the id of an object's only version."""
    return f"{number:032x}"


def version(number: int) -> str:
    """Return the only version of an object as a listing of Amazon S3 tells it."""
    told = f"<VersionId>{version_of(number)}</VersionId><IsLatest>true</IsLatest><LastModified>"
    return (
        contents(number)
        .replace("<LastModified>", told)
        .replace("<Contents>", "<Version>")
        .replace("/Contents", "/Version")
    )


class Keys(Sequence[str]):
    """The keys of so many objects, made when they are asked for."""

    def __init__(self, objects: int) -> None:
        self._objects = objects

    def __len__(self) -> int:
        return self._objects

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        numbers = range(self._objects)[at]
        return key_of(numbers) if isinstance(numbers, int) else [key_of(one) for one in numbers]


class Bucket:
    """So many objects."""

    def __init__(self, objects: int) -> None:
        self._keys = Keys(objects)
        self.page = lru_cache(maxsize=KEPT)(self._page)
        if objects <= KEPT * PAGE:
            for start in range(0, objects, PAGE):
                self.page(start)

    def answer(self, method: str, target: str) -> bytes:
        """Return the body of the answer to a request."""
        if method == "POST":
            return _DELETED
        if method == "DELETE":
            return b""
        query = urlsplit(target).query
        asked = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
        if "continuation-token" in asked:
            return self.page(int(asked["continuation-token"]))
        after = next((asked[name] for name in ("start-after", "marker", "key-marker") if asked.get(name)), "")
        start = bisect_right(self._keys, after) if after else 0
        return self._versions(start) if "versions" in asked else self.page(start)

    def _page(self, start: int) -> bytes:
        end = min(start + PAGE, len(self._keys))
        more = end < len(self._keys)
        token = f"<NextContinuationToken>{end}</NextContinuationToken>" if more else ""
        head = _HEAD.format(count=end - start, more=str(more).lower(), token=token)
        return (head + "".join(map(contents, range(start, end))) + "</ListBucketResult>").encode()

    def _versions(self, start: int) -> bytes:
        end = min(start + PAGE, len(self._keys))
        more = end < len(self._keys)
        last = f"<NextKeyMarker>{key_of(end - 1)}</NextKeyMarker><NextVersionIdMarker>{version_of(end - 1)}"
        head = _VERSIONS_HEAD.format(more=str(more).lower(), token=f"{last}</NextVersionIdMarker>" if more else "")
        return (head + "".join(map(version, range(start, end))) + "</ListVersionsResult>").encode()


class Connection(asyncio.Protocol):
    """One client's connection: requests one after another."""

    def __init__(self, bucket: Bucket, pause: float) -> None:
        self._bucket, self._pause, self._data = bucket, pause, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where answers go."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._data += data
        while b"\r\n\r\n" in self._data:
            head, _, rest = self._data.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines[1:])}
            if headers.get("expect"):
                self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
                head = head.replace(b"Expect", b"Expected")
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                self._data = head + b"\r\n\r\n" + rest
                return
            self._data = rest[length:]
            method, target, _ = lines[0].split(" ", 2)
            body = self._bucket.answer(method, target)
            whole = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(body)
            if self._pause:
                asyncio.get_running_loop().call_later(self._pause, self._send, whole + body)
            else:
                self._send(whole + body)

    def _send(self, data: bytes) -> None:
        if isinstance(self._transport, asyncio.Transport) and not self._transport.is_closing():
            self._transport.write(data)


async def main(objects: int, pause: float) -> None:
    """Serve until stopped; the first line printed is the port."""
    bucket = Bucket(objects)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(bucket, pause), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 1000))
