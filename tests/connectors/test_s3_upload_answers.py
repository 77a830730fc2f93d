"""What servers answer about unfinished uploads, odd answers among them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from retentiond.connectors.s3 import S3Connector
from retentiond.domain.errors import StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Grade, Outcome
from retentiond.domain.records import Record, StateToken
from retentiond.domain.schedule import Action
from tests.connectors.letters import all_clear
from tests.connectors.odd_servers import LETTER, VersionedServer, serving


def _letter(connector: S3Connector) -> Record:
    return connector.fetch([LETTER])[LETTER]


class _Uploading(VersionedServer):
    """Has an unfinished upload under the letter's key, and answers its abortion as its subclass says."""

    status_of_abort, code = 204, ""
    upload = b"<Upload><Key>letter</Key><UploadId>u1</UploadId></Upload>"

    def get(self) -> None:
        if "uploads" not in self.question:
            super().get()
            return
        whole = b"<IsTruncated>false</IsTruncated>"
        self.answer(200, b"<ListMultipartUploadsResult>" + whole + self.upload + b"</ListMultipartUploadsResult>")

    def delete(self) -> None:
        self.answer(self.status_of_abort, f"<Error><Code>{self.code}</Code></Error>".encode() if self.code else b"")


class _DeniesAbort(_Uploading):
    status_of_abort, code = 403, "AccessDenied"


class _KnowsUploadNoMore(_Uploading):
    status_of_abort, code = 404, "NoSuchUpload"


class _NamesNoKey(_Uploading):
    upload = b"<Upload><UploadId>u1</UploadId></Upload>"


class _SaysNotWhereItGoesOn(_Uploading):
    further = b"<NextKeyMarker>letter</NextKeyMarker>"

    def get(self) -> None:
        if "uploads" not in self.question:
            super().get()
            return
        more = b"<IsTruncated>true</IsTruncated>" + self.further
        self.answer(200, b"<ListMultipartUploadsResult>" + more + self.upload + b"</ListMultipartUploadsResult>")


class _GoesRound(_SaysNotWhereItGoesOn):
    @property
    def further(self) -> bytes:  # type: ignore[override]
        return b"<NextUploadIdMarker>u%d</NextUploadIdMarker>" % (self.asked["GET"] % 3)


class _LosesReplyToAbort(_Uploading):
    aborts = 0

    def delete(self) -> None:
        type(self).aborts += 1
        self.close_connection = True


class _KnowsNoUploads(VersionedServer):
    def get(self) -> None:
        if "uploads" in self.question:
            self.answer(501, b"<Error><Code>NotImplemented</Code></Error>")
        else:
            super().get()


@pytest.mark.parametrize(
    ("kind", "outcome", "sight"),
    [
        (_Uploading, Outcome.DESTROYED, "present"),
        (_DeniesAbort, Outcome.FAILED, "present"),
        (_KnowsUploadNoMore, Outcome.DESTROYED, "present"),
        (_KnowsNoUploads, Outcome.DESTROYED, "gone"),
    ],
)
def test_an_upload_that_stays_is_said(kind: type[VersionedServer], outcome: Outcome, sight: str) -> None:
    """A refusal to abort is a failure that says so; an upload that is only said to be gone is seen afterwards."""
    with serving(kind) as (connector, _):
        order = DisposalOrder(uuid4().hex, LETTER, Action.DESTROY, _letter(connector).state, 1)
        (receipt,) = connector.dispose([order], all_clear)
        assert receipt.outcome is outcome
        if outcome is Outcome.FAILED:
            assert receipt.reason == "its versions are destroyed and its unfinished uploads are not: AccessDenied"
            assert receipt.evidence == {"versions": 1, "delete markers": 0}
        assert connector.inspect([order])[0].sight == sight


def test_an_upload_without_a_key_makes_the_listing_unclear() -> None:
    """From a listing of uploads that does not say whose they are nothing is concluded."""
    with serving(_NamesNoKey) as (connector, _), pytest.raises(StoreUnavailable, match="contradicts itself"):
        connector.fetch([LETTER])


def test_a_listing_of_uploads_cut_off_in_a_key_is_not_whole() -> None:
    """Where only the key is said at which the uploads go on, the rest of that key's would be left out."""
    with serving(_SaysNotWhereItGoesOn) as (connector, _), pytest.raises(StoreUnavailable, match="contradicts itself"):
        connector.fetch([LETTER])


def test_a_listing_of_uploads_that_goes_round_comes_to_an_end() -> None:
    """A server that sends a listing of uploads back to where it was is refused."""
    with serving(_GoesRound) as (connector, server):
        with pytest.raises(StoreRefused, match="no end"):
            connector.fetch([LETTER])
        assert server.asked["GET"] < 30


def test_an_upload_that_outlives_its_object_is_a_failure_in_words() -> None:
    """A lost reply to an abortion leaves a question; asked again the store says what is left, and nothing is aborted.

    The upload may be another by now, of an object that is to come: a person has to look. Once it is gone, all is gone.
    """
    with serving(_LosesReplyToAbort) as (connector, server):
        order = DisposalOrder(uuid4().hex, LETTER, Action.DESTROY, _letter(connector).state, 1)
        with pytest.raises(StoreUnavailable):
            connector.dispose([order], all_clear)
        assert (server.versions, server.aborts) == ({}, 1)
        asked = DisposalOrder(order.id, LETTER, Action.DESTROY, StateToken(""), 2)
        (told,) = connector.dispose([asked], lambda _orders: frozenset())
        said = "an unfinished upload under its key; to abort it, if nobody is writing there"
        assert (told.outcome, told.reason, server.aborts) == (Outcome.FAILED, said, 1)
        server.upload = b""
        (told,) = connector.dispose([asked], lambda _orders: frozenset())
        assert (told.outcome, told.grade) == (Outcome.DESTROYED, Grade.B)
