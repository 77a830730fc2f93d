"""Where a bucket's inventories lie, and the newest of them as a listing of candidates."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Future
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import md5
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import ClientError

from retentiond.connectors.interface import CHUNK
from retentiond.connectors.s3.bucket import CANARIES, Bucket, Keyed, Listed, Version
from retentiond.connectors.s3.client import asking, code_of, status_of
from retentiond.connectors.s3.inventory.evaluating import Answer, Candidate, Question, evaluate
from retentiond.connectors.s3.inventory.manifest import FOLDER, File, Manifest, Unusable, agree, read_manifest
from retentiond.connectors.s3.inventory.telling import answer_told, described
from retentiond.connectors.s3.listing import written_moment_after
from retentiond.connectors.workers import Told, gave_up
from retentiond.domain.definitions import Definition
from retentiond.domain.errors import ConfigurationRefused, Fault, StoreRefused, StoreUnavailable

_AT_MOST = timedelta(hours=48)
_BLOCK = 1 << 20
_NONE = "there is no complete inventory under the prefix"


def inventory_of(definition: Definition, bucket: Bucket) -> Inventory | None:
    """Return the inventories a definition names, or None where the bucket itself is to be listed.

    Raises:
        ConfigurationRefused: DuckDB is not installed.
    """
    options = definition.options
    if "inventory-bucket" not in options:
        return None
    if find_spec("duckdb") is None:
        where = definition.source or definition.name
        raise ConfigurationRefused(
            Fault(where, "inventories are read with DuckDB, which is not installed", "install retentiond[inventory]")
        )
    at_most = timedelta(seconds=int(options.get("inventory-at-most", _AT_MOST.total_seconds())))
    return Inventory(bucket, options["inventory-bucket"], options["inventory-prefix"], at_most)


class Inventory:
    """The inventories of a bucket.

    They are old, so what they name is a candidate and nothing more: each is fetched from the bucket itself before it
    comes before anyone. A part of an inventory is never used: what is wrong with one ends the scan in words.

    Args:
        bucket: whose objects are looked for.
        where: the bucket the inventories are written to, under the same credential.
        prefix: up to the folders with the dates: ``PREFIX/SOURCE-BUCKET/CONFIGURATION/``.
        at_most: how old the newest may be.
        clock: the time.
    """

    def __init__(
        self,
        bucket: Bucket,
        where: str,
        prefix: str,
        at_most: timedelta,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._bucket, self._where, self._at_most, self._clock = bucket, where, at_most, clock
        self._prefix = prefix if prefix.endswith("/") else prefix + "/"

    def check(self) -> Manifest:
        """Return the newest complete inventory.

        Raises:
            StoreRefused: there is none that can be relied on.
            StoreUnavailable: the store did not answer.
        """
        with self.told():
            return self._manifest(self._newest())

    def pages(self, prefix: str, after: str, until: date | None = None) -> Iterator[Listed]:
        """Yield the keys of the newest inventory as the listing of a bucket would, its files one after another.

        Args:
            prefix: only keys that start so.
            after: the ``last`` of what came before, and so of that inventory; empty: begin with the newest.
            until: leave out, but count, the keys with a version younger than this day.

        Raises:
            StoreRefused: the inventory cannot be relied on.
            StoreUnavailable: the store did not answer.
        """
        with self.told():
            folder, number, key = after.split("/", 2) if after else (self._newest(), "0", "")
            manifest = self._manifest(folder)
            before = datetime.fromisoformat(written_moment_after(until).decode() + "Z") if until else None
            questions = [
                (at, file, Question(prefix, key if at == int(number) else "", before, CANARIES))
                for at, file in enumerate(manifest.files)
                if at >= int(number)
            ]
            read = self._read_here if self._bucket.elsewhere is None else self._read_elsewhere
            yield from read(folder, manifest, questions)

    def _read_here(self, folder: str, manifest: Manifest, questions: _Questions) -> Iterator[Listed]:
        """Bring the files here one after another, so that no more than one takes room."""
        for at, file, question in questions:
            with self.answer(file, manifest, question) as answer:
                yield from _listed(answer, f"{folder}/{at}/")

    def _read_elsewhere(self, folder: str, manifest: Manifest, questions: _Questions) -> Iterator[Listed]:
        """Have the files judged elsewhere, some at a time, and take what is told of them in their order."""
        workers = self._bucket.elsewhere
        if workers is None:
            raise AssertionError
        waiting = deque(questions)
        handed_out: deque[tuple[int, Future[Told]]] = deque()
        try:
            while waiting or handed_out:
                while waiting and len(handed_out) < workers.at_once:
                    at, file, question = waiting.popleft()
                    handed_out.append(
                        (at, workers.submit("inventory-file", described(self._where, file, manifest, question)))
                    )
                at, future = handed_out.popleft()
                yield from _listed(answer_told(future.result()), f"{folder}/{at}/")
        except (BrokenExecutor, CancelledError):
            raise gave_up(self._bucket.place.store) from None
        finally:
            for _, future in handed_out:
                future.cancel()

    @contextmanager
    def answer(self, file: File, manifest: Manifest, question: Question) -> Iterator[Answer]:
        """Bring a file of the inventory here and judge it.

        Raises:
            Unusable: it is not what the manifest says.
            StoreUnavailable, StoreRefused: as the store does.
        """
        with TemporaryDirectory(prefix="retentiond-inventory-") as folder:
            path = Path(folder) / "file"
            self._download(file, path)
            yield evaluate(path, manifest, question, at_once=CHUNK)

    def _newest(self) -> str:
        """Return the folder of the newest inventory whose checksum is there: it is written last."""
        found: list[str] = []
        with asking(self._bucket.place):
            pages = self._bucket.client.get_paginator("list_objects_v2").paginate(
                Bucket=self._where, Prefix=self._prefix, Delimiter="/"
            )
            for page in pages:
                if page["IsTruncated"] and not page.get("NextContinuationToken"):
                    said = "the listing of its inventories breaks off; nothing is concluded from it"
                    raise StoreUnavailable.about(self._bucket.place.store, said)
                folders = (one.get("Prefix", "") for one in page.get("CommonPrefixes", []))
                found.extend(one.removeprefix(self._prefix).strip("/") for one in folders)
        for folder in sorted(filter(FOLDER.fullmatch, found), reverse=True):
            if self._opened(f"{self._prefix}{folder}/manifest.checksum") is not None:
                return folder
        raise Unusable(_NONE, "see 'inventory' in its definition; the first one takes up to 48 hours")

    def _manifest(self, folder: str) -> Manifest:
        manifest = read_manifest(
            *(self._read(f"{self._prefix}{folder}/manifest.{one}") for one in ("json", "checksum"))
        )
        agree(
            manifest,
            self._bucket.place.bucket,
            versioned=self._bucket.is_versioned,
            at_most=self._at_most,
            now=self._clock(),
        )
        return manifest

    def _read(self, key: str) -> bytes:
        with asking(self._bucket.place):
            body = self._opened(key)
            if body is None:
                raise Unusable("the inventory's manifest is no longer there", "scan again")
            found: bytes = body.read()
        return found

    def _download(self, file: File, path: Path) -> None:
        """Bring a file here, and compare it with what the manifest says of it."""
        digest, size = md5(usedforsecurity=False), 0
        with asking(self._bucket.place), path.open("xb") as copy:
            body = self._opened(file.key)
            if body is None:
                raise Unusable("a file of the inventory is missing")
            for block in body.iter_chunks(_BLOCK):
                digest.update(block)
                size += len(block)
                copy.write(block)
        if size != file.size or digest.hexdigest() != file.md5:
            raise Unusable("a file of the inventory does not agree with its checksum")

    def _opened(self, key: str) -> Any:  # noqa: ANN401 - the SDK's stream
        """Return the body of an object, or None where there is no such object."""
        with asking(self._bucket.place):
            try:
                return self._bucket.client.get_object(Bucket=self._where, Key=key)["Body"]
            except ClientError as error:
                if status_of(error) == 404 and code_of(error) != "NoSuchBucket":
                    return None
                raise

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say of an inventory that cannot be relied on that the store is refused."""
        try:
            yield
        except Unusable as why:
            raise StoreRefused(Fault(self._bucket.place.store, why.message, why.remedy)) from None


_Questions = Sequence[tuple[int, File, Question]]
"""Files with their number in the manifest, and what is asked of each."""


def _listed(answer: Answer, cursor: str) -> Iterator[Listed]:
    examined = 0
    for page in answer.pages:
        last = page[-1]
        yield Listed([_keyed(one) for one in page], cursor + last.key, last.number - examined)
        examined = last.number
    if answer.total > examined:
        yield Listed([], cursor + answer.last, answer.total - examined)


def _keyed(one: Candidate) -> Keyed:
    return one.key, (Version("", "", one.size, one.modified),)
