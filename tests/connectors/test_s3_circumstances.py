"""What stands against destroying an object: seen before anybody reviews it, told by check, never got round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from retentiond.connectors.interface import Role
from retentiond.connectors.s3 import S3Connector
from retentiond.connectors.s3.checking import region_of
from retentiond.domain.errors import StoreRefused
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import Record
from retentiond.domain.schedule import Action
from tests.connectors.letters import Letters, all_clear
from tests.connectors.odd_servers import LETTER, Kept, VersionedServer, serving
from tests.connectors.test_s3_half_way import WANTED


def _letter(connector: S3Connector) -> Record:
    return connector.fetch([LETTER])[LETTER]


def _told(connector: S3Connector) -> list[tuple[str, bool]]:
    return [(fault.message, fault.is_remark) for fault in connector.check()]


class _AsksSecondFactor(VersionedServer):
    status = "Enabled</Status><MfaDelete>Enabled</MfaDelete><Status>Enabled"


def test_a_second_factor_is_a_blocker() -> None:
    """MFA delete makes the bucket report-only: check says so, and no record of it comes before a reviewer as due."""
    with serving(_AsksSecondFactor) as (connector, _):
        said = "the bucket asks for a second factor before deleting"
        assert _letter(connector).blockers == (said,)
        assert _told(connector) == [(said, False)]


@pytest.mark.parametrize(("status", "blockers"), [("COMPLETED", 1), ("PENDING", 1), ("REPLICA", 0), ("FAILED", 0)])
def test_an_object_that_was_replicated_is_blocked(status: str, blockers: int) -> None:
    """A copy in another bucket outlives the version it was made of, though the rule that made it is gone."""
    with serving(VersionedServer) as (connector, server):
        server.versions["letter"] = [Kept("2"), Kept("1", b"older", headers={"x-amz-replication-status": status})]
        assert _letter(connector).blockers == ("it was replicated to another bucket",) * blockers
        assert _told(connector) == []


class _Copies(VersionedServer):
    """Copies to the buckets that a test names, under rules that are enabled or no longer."""

    rules = ""

    def get(self) -> None:
        if "replication" not in self.question:
            super().get()
        elif self.rules:
            self.answer(200, f"<ReplicationConfiguration>{self.rules}</ReplicationConfiguration>".encode())
        else:
            self.missing("ReplicationConfigurationNotFoundError")


def _copying(to: str, status: str = "Enabled", prefix: str = "") -> str:
    target = f"<Destination><Bucket>arn:aws:s3:::{to}</Bucket></Destination>"
    return f"<Rule><Filter><Prefix>{prefix}</Prefix></Filter><Status>{status}</Status>{target}</Rule>"


WHERE = "it was replicated, and no rule of the bucket says any more where to"
FAR = "it may have been replicated to 'far', which 'copies-in' does not name"


@pytest.mark.parametrize(
    ("rules", "status", "blocker"),
    [
        ("", "COMPLETED", WHERE),
        (_copying("near", prefix="other/"), "PENDING", WHERE),
        (_copying("near"), "COMPLETED", ""),
        (_copying("near", "Disabled"), "COMPLETED", ""),
        (_copying("near") + _copying("far", prefix="other/"), "COMPLETED", ""),
        (_copying("near") + _copying("far", "Disabled"), "COMPLETED", FAR),
        (_copying("near") + _copying("far", "Disabled"), "FAILED", FAR),
        (_copying("far", "Disabled"), "REPLICA", ""),
    ],
)
def test_copies_in_a_bucket_that_nobody_named_stay_a_blocker(rules: str, status: str, blocker: str) -> None:
    """Naming one bucket with copies says nothing about another: as long as a copy may lie there, nothing goes here."""
    with serving(_Copies, **{"copies-in": "near"}) as (connector, server):
        server.rules = rules
        server.versions["letter"] = [Kept("1", headers={"x-amz-replication-status": status})]
        assert _letter(connector).blockers == ((blocker,) if blocker else ())


def test_copies_in_connected_stores_stand_in_nobodys_way() -> None:
    """What is replicated to a bucket that the definition names as connected can be disposed of here as there."""
    with serving(_Configured, **{"copies-in": "near far"}) as (connector, server):
        server.versions["copied/a"] = [Kept("1", headers={"x-amz-replication-status": "COMPLETED"})]
        ref = replace(LETTER, key="copied/a")
        assert connector.fetch([ref])[ref].blockers == ()
        assert [said for said, _ in _told(connector)] == [
            "a lifecycle rule of the bucket deletes records without anybody's approval"
        ]
    with serving(_Configured, **{"copies-in": "near"}) as (connector, _):
        assert _told(connector)[0][0] == "the bucket is replicated to 'far', and deleting a version is not"


class _SaysNoMore(VersionedServer):
    """Forbids questions about its configuration."""

    def get(self) -> None:
        if set(self.question) & {"replication", "lifecycle", "uploads"}:
            self.answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        else:
            super().get()


class _SaysMost(_SaysNoMore):
    """Forbids the same, but for unfinished uploads."""

    def get(self) -> None:
        if "uploads" in self.question:
            VersionedServer.get(self)
        else:
            super().get()


def test_a_refusal_to_say_is_never_taken_for_no() -> None:
    """Where the credential may not see what is configured, check names each permission and no record is due."""
    refusals = [
        ("the bucket does not say whether it is replicated", False),
        ("the bucket does not say whether it deletes objects by itself", False),
    ]
    with serving(_SaysMost) as (connector, _):
        assert _told(connector) == refusals
        assert _letter(connector).blockers == tuple(said for said, _ in refusals)
    with serving(_SaysNoMore) as (connector, _):
        assert _told(connector) == [*refusals, ("the bucket does not say which uploads are unfinished", False)]
        with pytest.raises(StoreRefused, match="ListMultipartUploads"):
            _letter(connector)


class _Configured(VersionedServer):
    """Replicates what begins with ``copied/`` and deletes what begins with ``tmp/`` by itself."""

    def get(self) -> None:
        if "replication" in self.question:
            rule = "<Prefix>copied/</Prefix><Status>Enabled</Status>"
            self.said("ReplicationConfiguration", rule + "<Destination><Bucket>arn:aws:s3:::far</Bucket></Destination>")
        elif "lifecycle" in self.question:
            expiry = "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration>"
            self.said(
                "LifecycleConfiguration", f"<Filter><Prefix>tmp/</Prefix></Filter><Status>Enabled</Status>{expiry}"
            )
        else:
            super().get()

    def said(self, what: str, rule: str) -> None:
        self.answer(200, f"<{what}><Rule>{rule}</Rule></{what}>".encode())


def test_rules_block_the_keys_they_concern_and_no_others() -> None:
    """A rule of replication or of a lifecycle is a blocker of each key it may concern; check names where copies go."""
    with serving(_Configured) as (connector, server):
        for key in ("copied/a", "tmp/b", "other"):
            server.versions[key] = [Kept(key)]
        refs = [replace(LETTER, key=key) for key in ("copied/a", "tmp/b", "other")]
        found = connector.fetch(refs)
        assert [found[ref].blockers for ref in refs] == [
            ("a rule of the bucket replicates it elsewhere",),
            ("a lifecycle rule of the bucket deletes it without anybody's approval",),
            (),
        ]
        assert [said for said, _ in _told(connector)] == [
            "the bucket is replicated to 'far', and deleting a version is not",
            "a lifecycle rule of the bucket deletes records without anybody's approval",
        ]


def test_the_owner_is_named_in_every_request_and_no_lock_is_got_round() -> None:
    """Listings, questions and deletions all name the account; none carries the word that bypasses governance."""
    with serving(VersionedServer, owner="012345678901") as (connector, server):
        list(connector.scan(WANTED))
        order = DisposalOrder(uuid4().hex, LETTER, Action.DESTROY, _letter(connector).state, 1)
        connector.check()
        (receipt,) = connector.dispose([order], all_clear)
        connector.inspect([order])
        assert receipt.outcome is Outcome.DESTROYED
        assert {one.get("x-amz-expected-bucket-owner") for one in server.seen} == {"012345678901"}
        assert not [one for one in server.seen if any("bypass" in name for name in one)]
        assert set(server.asked) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize(
    ("said", "region"),
    [("", "us-east-1"), ("EU", "eu-west-1"), ("eu-central-2", "eu-central-2"), ("eu-west-2", "eu-west-2")],
)
def test_an_old_location_is_read_as_the_region_it_means(said: str, region: str) -> None:
    """A server that names no region with a HEAD is asked for the location, in which the oldest have other names."""

    class _Located(VersionedServer):
        def get(self) -> None:
            if "location" in self.question:
                self.answer(200, f"<LocationConstraint>{said}</LocationConstraint>".encode())
            else:
                super().get()

    with serving(_Located) as (connector, _):
        assert region_of(connector._bucket, {}) == region
        assert region_of(connector._bucket, {"BucketRegion": "eu-west-3"}) == "eu-west-3"


class _Suspended(VersionedServer):
    """Versioning is suspended, and a condition on a version is not known, as at Amazon's."""

    status = "Suspended"

    def put(self) -> None:
        super().put()
        self.versions[self.key] = [Kept("null", b"canary")]

    def delete(self) -> None:
        if "If-Match" in self.headers and "versionId" in self.question:
            self.answer(501, b"<Error><Code>NotImplemented</Code></Error>")
        else:
            self.destroy(self.key, self.question["versionId"][0])
            self.answer(204)


def test_what_can_be_overwritten_is_not_destroyed_blindly() -> None:
    """Where versioning is suspended, another content may come under the same id: such an object is left, and told."""
    with serving(_Suspended) as (connector, server):
        server.versions["other"] = [Kept("1")]
        server.versions["letter"] = [Kept("null"), Kept("1")]
        refs = [LETTER, replace(LETTER, key="other")]
        found = connector.fetch(refs)
        orders = [DisposalOrder(uuid4().hex, ref, Action.DESTROY, found[ref].state, 1) for ref in refs]
        receipts = connector.dispose(orders, all_clear)
        assert [one.outcome for one in receipts] == [Outcome.FAILED, Outcome.DESTROYED]
        assert "turn it on" in receipts[0].reason
        assert [one.id for one in server.versions["letter"]] == ["null", "1"]
        assert not [key for key in server.versions if "canary" in key]
        connector._bucket.place = replace(connector._bucket.place, endpoint=None)
        (blocker,) = _letter(connector).blockers
        assert "until it is turned on again" in blocker


@pytest.fixture
def suspended(locked: Letters) -> Letters:
    """A bucket with suspended versioning on the real server, which knows conditions on a version."""
    bucket = f"suspended-{uuid4().hex[:8]}"
    locked.owner.create_bucket(Bucket=bucket)
    return replace(locked, bucket=bucket)


def _versioning(letters: Letters, status: Any) -> None:
    letters.owner.put_bucket_versioning(Bucket=letters.bucket, VersioningConfiguration={"Status": status})


def test_a_suspended_bucket_loses_what_was_reviewed_and_nothing_else(suspended: Letters) -> None:
    """Null versions go under the condition of their ETag with all older versions; one written meanwhile stays whole."""
    refs = [suspended.put("a"), suspended.put("b"), suspended.put("c")]
    _versioning(suspended, "Enabled")
    for ref in refs:
        suspended.rewrite(ref)
    _versioning(suspended, "Suspended")
    for ref in refs[:2]:
        suspended.rewrite(ref)
    suspended.owner.delete_object(Bucket=suspended.bucket, Key=refs[2].key)
    orders = [suspended.order(ref) for ref in refs]

    def rewriting(candidates: Any) -> set[str]:
        suspended.rewrite(refs[1])
        return all_clear(candidates)

    with suspended.open(Role.DISPOSE) as connector:
        receipts = connector.dispose(orders, rewriting)
        assert [one.outcome for one in receipts] == [Outcome.DESTROYED, Outcome.CHANGED, Outcome.FAILED]
        assert receipts[0].evidence == {"versions": 2, "delete markers": 0}
        assert [len(suspended.versions(ref)) for ref in refs] == [0, 2, 2]
        _versioning(suspended, "Enabled")
        (again,) = connector.dispose([suspended.order(refs[1])], all_clear)
        assert again.outcome is Outcome.DESTROYED
    assert [len(suspended.versions(ref)) for ref in refs] == [0, 0, 2]


def test_a_server_that_only_says_so_is_found_out(suspended: Letters) -> None:
    """SeaweedFS 4.48 says of a null delete marker that it is destroyed, and keeps it; the look afterwards sees it."""
    ref = suspended.put("a")
    _versioning(suspended, "Enabled")
    suspended.rewrite(ref)
    _versioning(suspended, "Suspended")
    suspended.owner.delete_object(Bucket=suspended.bucket, Key=ref.key)
    _versioning(suspended, "Enabled")
    order = suspended.order(ref)
    with suspended.open(Role.DISPOSE) as connector:
        connector.dispose([order], all_clear)
        (sighting,) = connector.inspect([order])
    left = len(suspended.versions(ref))
    assert (sighting.sight, sighting.checked["delete markers"]) == ("present" if left else "gone", left)


def test_governance_is_held_like_compliance(locked: Letters) -> None:
    """An object under governance is held though its owner might bypass it, and no request asks for that."""
    ref = locked.put("kept")
    until: Any = "2031-01-02T00:00:00Z"
    lock: Any = {"Mode": "GOVERNANCE", "RetainUntilDate": until}
    order = locked.order(ref)
    with locked.open(Role.DISPOSE) as connector:
        sent: list[str] = []
        connector._bucket.client.meta.events.register(
            "before-send.s3", lambda request, **_: sent.extend(name.lower() for name in request.headers)
        )

        def locking(candidates: Any) -> set[str]:
            locked.owner.put_object_retention(Bucket="locked", Key=ref.key, Retention=lock)
            return all_clear(candidates)

        (late,) = connector.dispose([order], locking)
        (early,) = connector.dispose([order], all_clear)
    assert (late.outcome, late.reason) == (Outcome.HELD, "the store refused: object lock or legal hold")
    assert (early.outcome, early.reason) == (Outcome.HELD, "object lock in governance mode until 2 January 2031")
    assert sent
    assert not [name for name in sent if "bypass" in name]
    locked.owner.delete_object(
        Bucket="locked", Key=ref.key, VersionId=locked.versions(ref)[0], BypassGovernanceRetention=True
    )


def _uploading(letters: Letters, key: str) -> str:
    name: Any = {"Bucket": letters.bucket, "Key": letters.prefix + key}
    upload = letters.owner.create_multipart_upload(**name)["UploadId"]
    letters.owner.upload_part(**name, UploadId=upload, PartNumber=1, Body=b"Dear Ms Exam")
    return upload


def _uploads(letters: Letters) -> list[str]:
    found = letters.owner.list_multipart_uploads(Bucket=letters.bucket, Prefix=letters.prefix)
    return sorted(one["Key"].removeprefix(letters.prefix) for one in found.get("Uploads", []))


def test_unfinished_uploads_are_part_of_their_record(letters: Letters) -> None:
    """An upload changes the state of its key's record, is aborted with it, and is seen where it comes later."""
    ref, other = letters.put("a"), letters.put("a/b")
    before = letters.record(ref).state
    for key in ("a", "a", "a/b", "ab"):
        _uploading(letters, key)
    assert letters.record(ref).state != before
    stale = DisposalOrder(uuid4().hex, ref, Action.DESTROY, before, 1)
    order = letters.order(ref)
    with letters.open(Role.DISPOSE) as connector:
        (changed,) = connector.dispose([stale], all_clear)
        assert changed.outcome is Outcome.CHANGED
        (receipt,) = connector.dispose([order], all_clear)
        assert (receipt.outcome, receipt.evidence) == (
            Outcome.DESTROYED,
            {"versions": 1, "delete markers": 0, "unfinished uploads": 2},
        )
        assert _uploads(letters) == ["a/b", "ab"]
        (after,) = connector.inspect([order])
        assert after.sight == "gone"
        _uploading(letters, "a")
        (later,) = connector.inspect([order])
        assert (later.sight, later.checked["unfinished uploads"]) == ("present", 1)
        faults = [fault for fault in connector.check() if "upload" in fault.message]
        assert [(one.message, one.is_remark) for one in faults] == [
            ("2 unfinished uploads under keys that are no records", True)
        ]
    assert letters.record(other).ref == other


def test_uploads_of_many_keys_are_told_page_by_page(locked: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few uploads the server tells at a time, all are found, whatever their keys."""
    monkeypatch.setattr("retentiond.connectors.s3.uploads._PAGE", 2)
    refs = [locked.put(key) for key in ("a", "ü 1/&'\"", "z+z")]
    plain = {ref: locked.record(ref).state for ref in refs}
    for key in ("a", "ü 1/&'\"", "z+z", "nowhere", "zz"):
        _uploading(locked, key)
    with locked.open() as connector:
        found = connector.fetch(refs)
    assert [found[ref].state == plain[ref] for ref in refs] == [False, False, False]
