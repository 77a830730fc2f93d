from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from retentiond.domain.pseudonyms import fingerprint
from retentiond.evidence import predicates as say
from retentiond.evidence.bundle import bundle
from retentiond.evidence.checkpoint import LogKey
from retentiond.evidence.commitments import (
    Manifest,
    commit,
    key_commitment,
    manifest,
    record_key,
    reference_bytes,
)
from retentiond.evidence.jcs import canonical
from retentiond.evidence.keys import Signer
from retentiond.evidence.log import Frontier, inclusion_proof, leaf_body, leaf_hash
from retentiond.evidence.package import KeyPackage, PackageParts, write_files, write_package
from retentiond.evidence.schema import PREDICATE_TYPE, STATEMENT_TYPE
from retentiond.evidence.trust import Trust

ORIGIN = "retention.example.org/log/2026"
OPENING = bytes(range(32))
SIGNER = Signer(ec.derive_private_key(20260401, ec.SECP256R1()))
LOG = LogKey(Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))), ORIGIN)
REFERENCES = ("FAM/0001", "FAM/0002", "FAM/0003", "FAM/0004", "FAM/0005")
STAGES = ("service-manager", "records-manager")
REGISTER = sha256(b"register").hexdigest()
SCHEDULE = sha256(b"schedule").hexdigest()

Change = Callable[[dict[str, Any]], None]


@dataclass
class Made:
    """A log of made-up events, and the certificate that came of them."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    envelopes: list[bytes] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)
    trust: Trust = field(default_factory=lambda: Trust((LOG.vkey,), (SIGNER.public_key_der,)))
    signer: Signer = SIGNER
    log: LogKey = LOG

    def common(self) -> say.Fields:
        """Return the common fields of the next event."""
        at = datetime(2026, 4, 1, 9, 30, tzinfo=UTC) + timedelta(days=self.frontier.size)
        return say.common(
            origin=ORIGIN, before=self.frontier, at=at, version="0.1.0", operator="retentiond", role="daemon"
        )

    def add(self, name: str, subject: tuple[str, str], predicate: say.Fields, kind: str = "") -> int:
        """Log one event and return its index; a change by that name may falsify it before it is signed."""
        stated: dict[str, Any] = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": subject[0], "digest": {"sha256": subject[1]}}],
            "predicateType": PREDICATE_TYPE.format(kind=kind or name),
            "predicate": predicate,
        }
        if name in self.changes:
            self.changes[name](stated)
        payload = canonical(stated)
        envelope = SIGNER.sign_statement(payload)
        body = leaf_body(envelope, SIGNER.public_key_der)
        self.bodies.append(body)
        self.envelopes.append(envelope)
        self.digests.append(sha256(payload).hexdigest())
        self.frontier = self.frontier.append(leaf_hash(body))
        return self.frontier.size - 1

    @property
    def checkpoint(self) -> str:
        """The newest checkpoint."""
        return LOG.sign_checkpoint(self.frontier.size, self.frontier.root())

    def bundle(self, index: int) -> bytes:
        """Return the bundle of one event, proved in the whole log."""
        size = self.frontier.size
        return bundle(
            self.envelopes[index],
            self.bodies[index],
            index,
            inclusion_proof([leaf_hash(one) for one in self.bodies], index, size),
            self.checkpoint,
            signer_key_id=SIGNER.key_id,
            log_id=LOG.log_id,
        )

    def parts(self) -> PackageParts:
        """Return the files of the certificate's package."""
        proposed, outcome = self.manifests()
        at = self.indexes
        return PackageParts(
            certificate=self.bundle(at["certificate"]),
            proposal=self.bundle(at["proposal"]),
            approvals=[self.bundle(at["approval-1"]), self.bundle(at["approval-2"])],
            run_started=self.bundle(at["run-started"]),
            manifest_proposal=proposed.text,
            manifest_outcome=outcome.text,
            trust=self.trust,
        )

    def write(self, folder: Path) -> Path:
        """Write the package below a folder."""
        return write_package(folder, "DC-2026-0001", self.parts())

    @staticmethod
    def manifests() -> tuple[Manifest, Manifest]:
        """Return the manifests of five made-up records."""
        keys = [record_key(OPENING, reference_bytes("early-help", "episode", one)) for one in REFERENCES]
        proposed = manifest(commit(key, "proposal", {"class": "EH-01", "due": "2026-04-01"}).line for key in keys)
        fates = ("destroyed", "destroyed", "anonymised", "skipped-held", "already-absent")
        outcome = manifest(commit(key, "outcome", {"outcome": one}).line for key, one in zip(keys, fates, strict=True))
        return proposed, outcome

    @property
    def indexes(self) -> dict[str, int]:
        """Where in the log each event of the package stands."""
        return {"proposal": 2, "approval-1": 3, "approval-2": 4, "run-started": 5, "certificate": 6}

    def tell(self) -> None:
        """Log the whole story."""
        proposed, outcome = self.manifests()
        self.add(
            "schedule-adopted",
            ("early-help.yaml", SCHEDULE),
            say.schedule_adopted(
                self.common(),
                schedule="Early Help",
                version="2026.1",
                digest=SCHEDULE,
                mandate=["Children Act 1989 s.17"],
                effective_from=date(2026, 4, 1),
                adopted_by=[("p-cat", "Cat Records"), ("p-ben", "Ben Manager")],
                replaces=sha256(b"the version before").hexdigest(),
                retired=["EH-00"],
            ),
        )
        self.add(
            "hold-changed",
            ("hold-register", REGISTER),
            say.hold_changed(
                self.common(),
                hold="H-0001",
                change="placed",
                scope_commitment=sha256(b"scope").hexdigest(),
                register_digest=REGISTER,
                register_count=1,
            ),
        )
        holds = say.hold_register(REGISTER, 1, "2026-04-03T09:00:00+00:00", 1)
        lines = [
            say.series("EH-01", "destroy", 4, date(2025, 4, 1), date(2026, 4, 1)),
            say.series("EH-02", "anonymise", 1, date(2026, 4, 1), date(2026, 4, 1), size=2048),
        ]
        self.add(
            "proposal",
            ("manifest-proposal.txt", proposed.sha256),
            say.proposal(
                self.common(),
                list_no="DL-2026-0001",
                manifest=proposed,
                key_commitment=key_commitment(OPENING),
                series=lines,
                schedules=[{"schedule": "Early Help", "version": "2026.1", "digest": SCHEDULE, "log_index": 0}],
                holds=holds,
                stages=STAGES,
                gathered_by=("p-ada", "Ada Gatherer"),
                expires="2026-05-01T00:00:00Z",
            ),
        )
        digest = self.digests[2]
        people = (("p-ben", "Ben Manager"), ("p-cat", "Cat Records"))
        for number, (stage, person) in enumerate(zip(STAGES, people, strict=True), 1):
            self.add(
                f"approval-{number}",
                ("proposal", digest),
                say.approval(
                    self.common(),
                    list_no="DL-2026-0001",
                    proposal_sha256=digest,
                    stage=stage,
                    approver=person,
                    at=f"2026-04-0{3 + number}T09:00:00+00:00",
                ),
                kind="approval",
            )
        self.add(
            "run-started",
            ("proposal", digest),
            say.run_started(
                self.common(),
                list_no="DL-2026-0001",
                proposal_sha256=digest,
                approvals=[3, 4],
                stages=STAGES,
                holds=holds,
            ),
        )
        self.add(
            "certificate",
            ("manifest-outcome.txt", outcome.sha256),
            self._certificate(digest, outcome),
            kind="destruction-certificate",
        )

    def tell_of_an_event(self) -> None:
        """Log that an event entered by hand was corrected: it has no part in the certificate's story."""
        scope = sha256(b"a date and its records").hexdigest()
        self.add(
            "event-recorded",
            ("EV-2026-0001", scope),
            say.event_recorded(
                self.common(),
                number="EV-2026-0001",
                change="corrected",
                name="project-concluded",
                scope_commitment=scope,
                records=3,
            ),
        )

    def tell_of_a_key(self) -> None:
        """Log that a pseudonym key was made and destroyed; under it nothing was pseudonymised."""
        key = {"name": "research-2026", "fingerprint": fingerprint(OPENING)}
        self.add(
            "pseudonym-key-created",
            (key["name"], key["fingerprint"]),
            say.pseudonym_key_created(self.common(), **key, created_by=("p-ada", "Ada Gatherer")),
        )
        made = self.frontier.size - 1
        decided = [
            {"person": "p-cat", "display_name": "Cat Records", "role": "records-manager"},
            {"person": "p-ben", "display_name": "Ben Manager", "role": "service-manager"},
        ]
        self.add(
            "pseudonym-key-destruction-decided",
            (key["name"], key["fingerprint"]),
            say.pseudonym_key_destruction_decided(
                self.common(), **key, decided_by=[("p-cat", "Cat Records"), ("p-ben", "Ben Manager")]
            ),
        )
        self.add(
            "key-destruction-certificate",
            (key["name"], key["fingerprint"]),
            say.key_destruction_certificate(
                self.common(),
                certificate_no="KD-2026-0001",
                sequence=1,
                organisation="Example Council",
                unit="Children's Services",
                **key,
                created_at="2026-04-08T09:30:00Z",
                created_log_index=made,
                decided_by=decided,
                decided_at="2026-04-09T09:30:00Z",
                destroyed_at="2026-04-10T09:30:00Z",
                technique="overwritten-and-removed",
                pseudonymised=[],
                copies_gone_by=date(2026, 5, 1),
            ),
        )

    def write_key(self, folder: Path) -> Path:
        """Write the package of the key's destruction below a folder."""
        last = self.frontier.size - 1
        parts = KeyPackage(self.bundle(last), self.bundle(last - 2), self.trust)
        return write_files(folder, "KD-2026-0001", parts.files("KD-2026-0001"))

    def _certificate(self, proposal: str, outcome: Manifest) -> say.Fields:
        read: say.Fields = {"store": "early-help", "method": "second connection, every mapped table", "checked": 3}
        return say.destruction_certificate(
            self.common(),
            certificate_no="DC-2026-0001",
            sequence=1,
            previous_sha256=None,
            organisation="Example Council",
            unit="Children's Services",
            list_no="DL-2026-0001",
            proposal_sha256=proposal,
            run_started_log_index=5,
            approvals=[
                {"log_index": 3, "stage": STAGES[0], "display_name": "Ben Manager", "at": "2026-04-04T09:00:00Z"},
                {"log_index": 4, "stage": STAGES[1], "display_name": "Cat Records", "at": "2026-04-05T09:00:00Z"},
            ],
            authority=[
                {
                    "schedule": "Early Help",
                    "version": "2026.1",
                    "digest": SCHEDULE,
                    "item": item,
                    "mandate": ["Children Act 1989 s.17"],
                }
                for item in ("EH-01", "EH-02")
            ],
            series=[
                say.series("EH-01", "destroy", 2, date(2025, 4, 1), date(2026, 4, 1)),
                say.series("EH-02", "anonymise", 1, date(2026, 4, 1), date(2026, 4, 1)),
            ],
            outcome=outcome,
            totals={
                "destroyed": 2,
                "anonymised": 1,
                "already_absent": 1,
                "skipped_held": 1,
                "skipped_changed": 0,
                "skipped_not_due": 0,
                "failed": 0,
            },
            documents_destroyed=3,
            status="complete_with_exceptions",
            evidence_grades={"A": 3, "B": 0},
            methods=[
                {
                    "store": "early-help",
                    "location": "GB",
                    "technique": "logical-delete",
                    "tool": "retentiond sql",
                    "version": "0.1.0",
                }
            ],
            started="2026-04-06T09:00:00Z",
            finished="2026-04-06T09:05:00Z",
            holds_evaluated_at=["2026-04-03T09:00:00Z", "2026-04-06T09:00:00Z"],
            holds_register_digest=REGISTER,
            holds_count=1,
            verification=[{**read, "still_present": 0, "inconclusive": 0, "finished": "2026-04-07T09:00:00Z"}],
            residual_copies=[{"store": "early-help", "class": "backup", "gone_by": "2026-05-11"}],
            anonymisation=[
                {
                    "store": "early-help",
                    "kind": "episode",
                    "linked_rows_still_named": 1,
                    "read_back_only": ["episode.started_on"],
                    "groups": [
                        {
                            "table": "person",
                            "quasi_identifiers": ["dob", "postcode"],
                            "k": 6,
                            "groups": 2,
                            "smallest_group": 6,
                            "blank_rows": 1,
                            "suppressed_rows": 1,
                        }
                    ],
                }
            ],
            recipients_to_notify=[{"name": "Example NHS Trust", "count": 1}],
        )


@pytest.fixture
def make() -> Callable[..., Made]:
    """Makes the log and its certificate; each change, by the event's name, falsifies it before it is signed."""

    def _make(**changes: Change) -> Made:
        made = Made({name.replace("_", "-"): change for name, change in changes.items()})
        made.tell()
        return made

    return _make
