"""Whatever a server does to each version and says of it, what is said of an object afterwards is true."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.connectors.document_kinds import shared_beginning
from retentiond.connectors.s3.bucket import Version
from retentiond.connectors.s3.reading import state_of
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.letters import all_clear
from tests.connectors.odd_servers import Kept, VersionedServer, refused, serving

FATES = ("gone", "gone", "denied", "failed", "failed and gone", "unsaid", "unsaid and gone", "kept")
"""What becomes of a version, and what the server says of it. One that is ``kept`` is said to be gone, and so is one
that a server says nothing about when it was asked to name only what it refuses: the look afterwards tells."""
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class _Fateful(VersionedServer):
    """Does with each version what its id says."""

    def deleted(self, key: str, version: str, *, quiet: bool) -> str:
        fate = version.partition("-")[2]
        if fate.endswith("gone"):
            self.destroy(key, version)
        if fate == "denied":
            return refused(key, version, "AccessDenied")
        if fate.startswith("failed"):
            return refused(key, version, "InternalError")
        if fate.startswith("unsaid"):
            return ""
        return "" if quiet else f"<Deleted><Key>{key}</Key><VersionId>{version}</VersionId></Deleted>"


LETTERS = st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from(FATES), min_size=1, max_size=4), min_size=1)


def test_what_is_said_of_an_object_is_true() -> None:
    """Destroyed and seen gone is gone; failed names how many went; denied lost nothing; others are untouched."""
    with serving(_Fateful) as (connector, server):

        @settings(max_examples=40)
        @given(LETTERS)
        def check(letters: Mapping[str, list[str]]) -> None:
            server.versions.clear()
            server.versions["bystander"] = [Kept("0-gone")]
            for key, fates in letters.items():
                server.versions[key] = [Kept(f"{number}-{fate}") for number, fate in enumerate(fates)]
            refs = [RecordRef("letters", "letter", key) for key in letters]
            found = connector.fetch(refs)
            orders = [DisposalOrder(uuid4().hex, ref, Action.DESTROY, found[ref].state, 1) for ref in refs]
            receipts = connector.dispose(orders, all_clear)
            assert [one.order for one in receipts] == orders
            for receipt, sighting in zip(receipts, connector.inspect(orders), strict=True):
                left = [one.id.partition("-")[2] for one in server.versions.get(receipt.order.ref.key, [])]
                assert (sighting.sight is Sight.GONE) is (not left)
                _is_true(receipt, left, len(letters[receipt.order.ref.key]))
            assert [one.id for one in server.versions["bystander"]] == ["0-gone"]

        check()


def _is_true(receipt: Receipt, left: list[str], total: int) -> None:
    match receipt.outcome:
        case Outcome.DESTROYED if receipt.grade is Grade.B:
            assert not left
        case Outcome.DESTROYED:
            assert {*left} <= {"kept", "unsaid"}
        case Outcome.FAILED if receipt.reason.startswith("the store refused"):
            assert len(left) == total
        case _:
            assert receipt.outcome is Outcome.FAILED
            assert receipt.reason.startswith(f"{total - len(left)} of {total} versions destroyed")


_IDS = st.text("abc", min_size=1, max_size=3)
_VERSIONS = st.lists(
    st.builds(Version, _IDS, _IDS, st.integers(0, 9), st.just(NOON), st.booleans()), unique=True, max_size=5
)


@given(_VERSIONS, st.sets(_IDS, max_size=3), _VERSIONS, st.sets(_IDS, max_size=3), st.randoms())
def test_another_content_is_another_state(
    versions: list[Version], uploads: set[str], others: list[Version], more: set[str], random: object
) -> None:
    """The state says which versions and uploads there are, whatever their order, and nothing else."""
    shuffled = sorted(versions, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert state_of(versions, sorted(uploads)) == state_of(shuffled, sorted(uploads, reverse=True))
    same = _facts(versions) == _facts(others) and uploads == more
    assert (state_of(versions, sorted(uploads)) == state_of(others, sorted(more))) is same


def _facts(versions: list[Version]) -> list[str]:
    return sorted(json.dumps([one.id, one.etag, one.size, one.is_marker]) for one in versions)


@given(st.sets(st.text("ab/", max_size=6), min_size=1))
def test_what_keys_have_in_common_is_how_each_begins(keys: set[str]) -> None:
    """One listing of uploads is asked for by the longest beginning that all keys share."""
    shared = shared_beginning(min(keys), max(keys))
    assert all(key.startswith(shared) for key in keys)
    longer = {key[: len(shared) + 1] for key in keys}
    assert len(longer) > 1 or longer == {shared}
