"""Pages of a listing and files of an inventory as pieces of work: how each is described and told, in plain JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from datetime import datetime

from retentiond import __version__
from retentiond.connectors.s3.client import Place
from retentiond.connectors.s3.listing import Entry, Page, Position
from retentiond.connectors.workers import Spec, Told, Workers

_KIND = "s3"
_REFERENCE = re.compile(r"\$\{credential:[^}]+\}")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Describes pieces of work on one bucket, and hands them out.

    Attributes:
        workers: who carries them out.
        place: the bucket.
        keys: the names of the two keys, as the definition has them: ``${credential:NAME}``.
        at_once: most pieces handed out at a time.
    """

    workers: Workers
    place: Place
    keys: tuple[str, str]
    at_once: int

    def listing(
        self, operation: str, prefix: str, young: bytes | None, most: int
    ) -> Callable[[Position], Future[Told]]:
        """Return what has the page of a listing at a position asked for; :func:`page_told` reads what comes back."""
        before = young.decode() if young is not None else None
        asked = {"operation": operation, "prefix": prefix, "young": before, "most": most}
        return lambda where: self.submit("page", {**asked, "where": dict(where)})

    def submit(self, task: str, asked: Spec) -> Future[Told]:
        """Hand out a piece of work."""
        place = {name: value for name, value in asdict(self.place).items() if name != "copies_in"}
        who = {"store-kind": _KIND, "version": __version__, "place": place, "keys": list(self.keys)}
        return self.workers.submit({**who, "task": task, **asked})


def may_be_named(keys: tuple[str | None, str | None]) -> bool:
    """Return whether keys are named and not written out, so that they may be told to whoever does the work."""
    return all(one is not None and _REFERENCE.fullmatch(one) for one in keys)


def tell_page(thin: Page) -> Told:
    """Return a thinned page as JSON: every key, and of what may be wanted the rest."""
    numbers = {0, *thin.old} if thin.keys else set()
    return {
        "keys": thin.keys,
        "old": list(thin.old),
        "entries": {str(one): _written(thin.raw[one]) for one in sorted(numbers)},
        "goes-on": None if thin.goes_on is None else dict(thin.goes_on),
        "slowed": thin.slowed,
    }


def page_told(told: Told) -> Page:
    """Read what :func:`tell_page` made."""
    raw: Mapping[int, bytes | Entry] = {int(number): _read(one) for number, one in told["entries"].items()}
    return Page(told["keys"], [], raw, told["goes-on"], told["slowed"], told["old"])


def _written(one: bytes | Entry) -> str | list[str | int | bool]:
    # Latin-1 gives every byte a character, so that nothing of it is changed on the way.
    return [*one[:3], one.modified.isoformat(), *one[4:]] if isinstance(one, Entry) else one.decode("latin-1")


def _read(one: str | list[str | int | bool]) -> bytes | Entry:
    if isinstance(one, str):
        return one.encode("latin-1")
    version, etag, size, modified, is_marker, is_latest = one
    return Entry(
        str(version), str(etag), int(size), datetime.fromisoformat(str(modified)), bool(is_marker), bool(is_latest)
    )
