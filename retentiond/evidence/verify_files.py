"""The files of a package, and the checks every statement in it must pass, whatever the package proves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence import verify_bundle as single
from retentiond.evidence.bundle import Bundle, parse_bundle
from retentiond.evidence.manifest import Manifest, read_manifest, read_pieces
from retentiond.evidence.package import MANIFEST_OUTCOME, MANIFEST_PROPOSAL, TRUST
from retentiond.evidence.report import Checks
from retentiond.evidence.schema import Statement, read_statement
from retentiond.evidence.trust import Trust

NO_FOLDER = "only the certificate was given, not its whole folder"
UNREADABLE = "a file it needs is missing or was refused above"


@dataclass(slots=True)
class Package:
    """What was found at the path."""

    certificate: str
    alone: bool
    files: dict[str, bytes]
    faults: list[str]
    manifests: dict[str, Path] = field(default_factory=dict)
    """Where they are read, line by line: they may be long."""


def read_into(package: Package, path: Path) -> None:
    """Read one file of a package, or note that it is missing."""
    try:
        if path.name in (MANIFEST_PROPOSAL, MANIFEST_OUTCOME):
            path.open("rb").close()
            package.manifests[path.name] = path
        else:
            package.files[path.name] = path.read_bytes()
    except OSError:
        package.faults.append(f"{path.name}: it is missing or cannot be read")


def lone(path: Path) -> Package:
    """Return a certificate's file without its folder, with the trust root that lies beside it, if any."""
    package = Package(path.name, True, {}, [])
    read_into(package, path)
    if (path.parent / TRUST).is_file():
        read_into(package, path.parent / TRUST)
    return package


def believed(checks: Checks, package: Package, pinned: Trust | None) -> Trust:
    """Return the keys to check with: those the reader pinned, or else those of the package, and say so."""
    title = "The keys are ones you trust"
    faults: list[str] = []
    enclosed: Trust | None = None
    if TRUST in package.files and not (package.alone and pinned):
        try:
            enclosed = Trust.parse(package.files[TRUST])
        except EvidenceRefused as error:
            faults.append(f"{TRUST}: {single.reason(error)}")
    if pinned is not None and enclosed is not None and enclosed != pinned:
        faults.append(f"{TRUST}: it names other keys than the ones you pinned")
    if pinned is None and enclosed is None:
        faults.append("no keys were pinned and the package brings none that can be read")
    if faults or pinned is not None:
        checks.judge(title, faults, "checked with the keys you pinned")
    else:
        checks.skip(title, "the package's own keys are used: whoever changed the package could have changed them too")
    return pinned or enclosed or Trust((), ())


def parsed(package: Package) -> tuple[dict[str, Bundle], dict[str, Manifest]]:
    """Return the bundles and the manifests of a package by name; what cannot be read is noted."""
    bundles: dict[str, Bundle] = {}
    manifests: dict[str, Manifest] = {}
    for name, data in package.files.items():
        try:
            if name == package.certificate or name != TRUST:
                bundles[name] = parse_bundle(data, name)
        except EvidenceRefused as error:
            package.faults.append(f"{name}: {single.reason(error)}")
    for name, path in package.manifests.items():
        try:
            manifests[name] = read_manifest(partial(read_pieces, path))
        except EvidenceRefused as error:
            package.faults.append(f"{name}: {single.reason(error)}")
        except OSError:
            package.faults.append(f"{name}: it cannot be read")
    return bundles, manifests


def check_bundles(
    checks: Checks, bundles: Mapping[str, Bundle], trust: Trust, kind_of: Callable[[str], str]
) -> dict[str, Statement]:
    """Make the checks each bundle must pass by itself; return the statements that have the fields of their kind."""

    def of_all(check: Callable[[str, Bundle], Iterator[str]]) -> list[str]:
        return [fault for name, one in bundles.items() for fault in check(name, one)]

    if not bundles:
        checks.skip("The statements are signed and in the log", UNREADABLE)
        return {}
    checks.judge(
        "The signatures are over exactly these bytes",
        of_all(lambda name, one: single.signature_faults(name, one, trust)),
        f"{len(bundles)} signed by a trusted signer",
    )
    checks.judge(
        "Each log entry is that of its statement",
        of_all(lambda name, one: single.leaf_faults(name, one, trust)),
        "digest, signature and key are the same",
    )
    checks.judge("Each is in the log", of_all(single.inclusion_faults), "the inclusion proofs lead to the root")
    checks.judge(
        "The log's state is signed by the log",
        of_all(lambda name, one: single.checkpoint_faults(name, one, trust)),
        "the checkpoints are signed by a trusted log",
    )
    statements: dict[str, Statement] = {}
    faults = []
    for name, one in bundles.items():
        try:
            statements[name] = read_statement(one.envelope.payload, name)
            wanted = kind_of(name)
            if statements[name].kind != wanted:
                faults.append(f"{name}: it is a {statements[name].kind} statement, not a {wanted} statement")
                del statements[name]
        except EvidenceRefused as error:
            faults.append(f"{name}: {single.reason(error)}")
    faults += [fault for name, one in statements.items() for fault in single.subject_faults(name, one)]
    checks.judge("The statements have the fields they should", faults, "every field known, none missing")
    checks.judge(
        "Each says where in the log it stands",
        [fault for name, one in statements.items() for fault in single.position_faults(name, bundles[name], one)],
        "index, and the log's root before it, are true",
    )
    return statements
