"""Which kinds of record lie in one place: an object or a file that two of them claim would go by either rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from retentiond.domain.definitions import Definition, KindOfRecord
from retentiond.domain.errors import Fault


class _Placed(NamedTuple):
    """A kind of object or file, and where its keys begin."""

    definition: Definition
    kind: KindOfRecord
    place: tuple[str, ...]
    """What has to be the same: the server and the bucket, the account and the container, the file system."""
    begins: str
    """How every key there begins."""

    def overlaps(self, other: _Placed) -> bool:
        """Return whether an object may be of both."""
        return self.place == other.place and (self.begins.startswith(other.begins) or other.lies_in(self))

    def lies_in(self, other: _Placed) -> bool:
        """Return whether every object of it lies where those of the other do."""
        return self.place == other.place and self.begins.startswith(other.begins)


def shared_places(definitions: Sequence[Definition]) -> Iterator[Fault]:
    """Yield each kind of object or file that another one claims as well.

    Within one definition a kind with ``classify`` may lie inside a kind without: what lies there is a record of its
    own, and a case that names it is blocked. Everything else leaves open by which rule an object goes: two kinds with
    ``classify``, a kind without inside one with, folders around what is a record of its own, and one place in two
    definitions.
    """
    for first, second in combinations([one for definition in definitions for one in _placed(definition)], 2):
        if not first.overlaps(second):
            continue
        if first.definition is not second.definition:
            inner = f"'{second.kind.name}' lies where '{first.kind.name}' of '{first.definition.name}' does"
            yield Fault(
                second.kind.place, f"{inner}, and so the same things are in two stores", "connect a place only once"
            )
        elif first.kind.classify and second.kind.classify:
            said = f"'{second.kind.name}' and '{first.kind.name}' lie in one place, and a record is of one kind"
            yield Fault(
                second.kind.place, said, "give them prefixes of their own, or make them one kind with more lines"
            )
        elif bool(first.kind.classify) is not bool(second.kind.classify):
            own, parts = (first, second) if first.kind.classify else (second, first)
            if parts.lies_in(own):
                said = f"what is of '{parts.kind.name}' is a record of the kind '{own.kind.name}' as well"
                yield Fault(parts.kind.place, said, _APART)
            elif parts.kind.folders:
                said = f"folders of '{parts.kind.name}' may hold records of the kind '{own.kind.name}'"
                yield Fault(parts.kind.place, said, _APART)


_APART = "give both prefixes of their own, so that it is either a record or part of one"


def _placed(definition: Definition) -> Iterator[_Placed]:
    options = definition.options
    root = ""
    match definition.kind:
        case "s3":
            place = (options.get("endpoint", ""), options.get("bucket", ""))
        case "azure-blob":
            place = (options.get("account-url") or options.get("credential", ""), options.get("container", ""))
        case "filesystem":
            place = ("", "")
            root = options.get("root", "").rstrip("/") + "/"
        case _:
            return
    for kind in definition.records:
        yield _Placed(definition, kind, (definition.kind, *place), root + kind.prefix)
