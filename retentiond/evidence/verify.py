"""Checking what was exported: with pinned keys, offline, and without trusting whoever made it.

Imports nothing beyond the standard library, ``cryptography`` and the domain. Verification is over exact bytes; nothing
is re-canonicalised. Whatever is wrong with the input ends as a failed step, never as an exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence import verify_bundle as single
from retentiond.evidence import verify_package as between
from retentiond.evidence.bundle import Bundle, parse_bundle
from retentiond.evidence.manifest import Manifest, parse_manifest
from retentiond.evidence.package import (
    MANIFEST_OUTCOME,
    MANIFEST_PROPOSAL,
    PROPOSAL,
    RUN_STARTED,
    SUFFIX,
    TRUST,
    approval_name,
)
from retentiond.evidence.report import Checks, Report, Step
from retentiond.evidence.schema import Statement, read_statement
from retentiond.evidence.trust import Trust, load_trust
from retentiond.evidence.verify_log import verify_log
from retentiond.evidence.verify_package import Case, Said

__all__ = ["Report", "Step", "Trust", "load_trust", "verify_certificate", "verify_log"]

_APPROVAL = re.compile(r"approval-[1-9][0-9]{0,3}\.sigstore\.json")
_NO_FOLDER = "only the certificate was given, not its whole folder"
_UNREADABLE = "a file it needs is missing or was refused above"


@dataclass(slots=True)
class _Package:
    """What was found at the path."""

    certificate: str
    alone: bool
    files: dict[str, bytes]
    faults: list[str]


def verify_certificate(path: Path, trust: Trust | None) -> Report:
    """Check an exported certificate, step by step, going on after a failure wherever that makes sense.

    Args:
        path: the package's folder, or its ``.sigstore.json`` alone: then only what stands in it is checked.
        trust: the keys the reader pinned. None: those in the package are used, and a step says so.

    Returns:
        The report. Its ``ok`` is whether no check failed.
    """
    checks = Checks()
    package = _open(path)
    keys = _keys(checks, package, trust)
    bundles, manifests = _parse(package)
    checks.judge("The files are whole", package.faults, f"{len(package.files)} files read")
    statements = _check_bundles(checks, bundles, keys, package.certificate)
    _check_case(checks, _case(package, bundles, statements, manifests), package)
    return checks.report()


def _open(path: Path) -> _Package:
    if not path.is_dir():
        package = _Package(path.name, True, {}, [])
        _read(package, path)
        if (path.parent / TRUST).is_file():
            _read(package, path.parent / TRUST)
        return package
    package = _Package(f"{path.resolve().name}{SUFFIX}", False, {}, [])
    try:
        names = sorted(one.name for one in path.iterdir())
    except OSError:
        names = []
    others = [one for one in names if one.endswith(SUFFIX) and one not in (PROPOSAL, RUN_STARTED)]
    certificates = [one for one in others if not _APPROVAL.fullmatch(one)]
    if not any(one.endswith(SUFFIX) for one in names):
        package.faults.append("the folder holds no certificate: name the folder that has its .sigstore.json")
        return package
    if len(certificates) == 1:
        package.certificate = certificates[0]
    elif certificates:
        package.faults.append("the folder holds more than one certificate")
    approvals = len(others) - len(certificates)
    numbered = [approval_name(at) for at in range(1, max(approvals, 1) + 1)]
    for name in (package.certificate, PROPOSAL, *numbered, RUN_STARTED, MANIFEST_PROPOSAL, MANIFEST_OUTCOME, TRUST):
        _read(package, path / name)
    return package


def _read(package: _Package, path: Path) -> None:
    try:
        package.files[path.name] = path.read_bytes()
    except OSError:
        package.faults.append(f"{path.name}: it is missing or cannot be read")


def _keys(checks: Checks, package: _Package, pinned: Trust | None) -> Trust:
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


def _parse(package: _Package) -> tuple[dict[str, Bundle], dict[str, Manifest]]:
    bundles: dict[str, Bundle] = {}
    manifests: dict[str, Manifest] = {}
    for name, data in package.files.items():
        try:
            if name == package.certificate:
                bundles[name] = parse_bundle(data, name)
            elif name in (MANIFEST_PROPOSAL, MANIFEST_OUTCOME):
                manifests[name] = parse_manifest(data)
            elif name != TRUST:
                bundles[name] = parse_bundle(data, name)
        except EvidenceRefused as error:
            package.faults.append(f"{name}: {single.reason(error)}")
    return bundles, manifests


def _check_bundles(
    checks: Checks, bundles: Mapping[str, Bundle], trust: Trust, certificate: str
) -> dict[str, Statement]:
    """Make the checks each bundle must pass by itself; return the statements that have the fields of their kind."""

    def of_all(check: Callable[[str, Bundle], Iterator[str]]) -> list[str]:
        return [fault for name, one in bundles.items() for fault in check(name, one)]

    if not bundles:
        checks.skip("The statements are signed and in the log", _UNREADABLE)
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
            wanted = _kind_of(name, certificate)
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


def _kind_of(name: str, certificate: str) -> str:
    if name == certificate:
        return "destruction-certificate"
    if name == PROPOSAL:
        return "proposal"
    if name == RUN_STARTED:
        return "run-started"
    return "approval"


def _case(
    package: _Package,
    bundles: Mapping[str, Bundle],
    statements: Mapping[str, Statement],
    manifests: Mapping[str, Manifest],
) -> Case:
    said = {
        name: Said(
            name,
            sha256(bundles[name].envelope.payload).hexdigest(),
            bundles[name].index,
            (bundles[name].tree_size, bundles[name].root),
            one.predicate,
        )
        for name, one in statements.items()
    }
    numbered = [name for name in package.files if _APPROVAL.fullmatch(name)]
    approvals = tuple(said[name] for name in numbered if name in said)
    return Case(
        certificate=said.get(package.certificate),
        proposal=said.get(PROPOSAL),
        approvals=approvals if numbered and len(approvals) == len(numbered) else None,
        run_started=said.get(RUN_STARTED),
        manifest_proposal=manifests.get(MANIFEST_PROPOSAL),
        manifest_outcome=manifests.get(MANIFEST_OUTCOME),
    )


def _check_case(checks: Checks, case: Case, package: _Package) -> None:
    certificate, proposal = case.certificate, case.proposal
    outcome = certificate.predicate["outcome_manifest"] if certificate else None
    missing = _NO_FOLDER if package.alone else _UNREADABLE
    if certificate is None:
        checks.judge("The certificate can be read", [f"{package.certificate}: it is no certificate of destruction"], "")
    else:
        stem = package.certificate.removesuffix(SUFFIX)
        checks.judge("The certificate has its number", between.number_faults(certificate, stem), stem)
        checks.judge("The certificate's figures add up", between.totals_faults(certificate), "totals, series, grades")
        checks.judge("It names its authority", between.authority_faults(certificate), "every series has one")
    statements = between.whole(case)
    for title, check, good in between.BETWEEN:
        if statements is None:
            checks.skip(title, missing)
        else:
            checks.judge(title, check(statements), good)
    for name, found, of, by in (
        (MANIFEST_PROPOSAL, case.manifest_proposal, proposal.predicate["manifest"] if proposal else None, "proposal"),
        (MANIFEST_OUTCOME, case.manifest_outcome, outcome, "certificate"),
    ):
        if found is None or of is None:
            checks.skip(f"The {by}'s manifest is genuine", missing)
        else:
            faults = between.manifest_faults(name, found, of, by)
            lines = "1 line" if found.size == 1 else f"{found.size} lines"
            checks.judge(f"The {by}'s manifest is genuine", faults, f"{lines}, root recomputed")
    title = "What was approved is what is accounted for"
    if case.manifest_proposal is None or case.manifest_outcome is None:
        checks.skip(title, missing)
    else:
        faults = between.tag_faults(case.manifest_proposal, case.manifest_outcome)
        checks.judge(title, faults, "the same records, none added, none dropped")
