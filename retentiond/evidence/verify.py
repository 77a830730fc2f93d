"""Checking what was exported: with pinned keys, offline, and without trusting whoever made it.

Imports nothing beyond the standard library, ``cryptography`` and the domain. Verification is over exact bytes; nothing
is re-canonicalised. Whatever is wrong with the input ends as a failed step, never as an exception.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path

from retentiond.evidence import verify_package as between
from retentiond.evidence.bundle import Bundle
from retentiond.evidence.manifest import Manifest
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
from retentiond.evidence.schema import Statement
from retentiond.evidence.trust import Trust, load_trust
from retentiond.evidence.verify_files import (
    NO_FOLDER,
    UNREADABLE,
    Package,
    believed,
    check_bundles,
    lone,
    parsed,
    read_into,
)
from retentiond.evidence.verify_key import is_key_certificate, verify_key_certificate
from retentiond.evidence.verify_log import verify_log
from retentiond.evidence.verify_package import Case, Said

__all__ = ["Report", "Step", "Trust", "load_trust", "verify_certificate", "verify_log"]

_APPROVAL = re.compile(r"approval-[1-9][0-9]{0,3}\.sigstore\.json")


def verify_certificate(path: Path, trust: Trust | None) -> Report:
    """Check an exported certificate, step by step, going on after a failure wherever that makes sense.

    Args:
        path: the package's folder, or its ``.sigstore.json`` alone: then only what stands in it is checked. The package
            may be that of a certificate of key destruction.
        trust: the keys the reader pinned. None: those in the package are used, and a step says so.

    Returns:
        The report. Its ``ok`` is whether no check failed.
    """
    if is_key_certificate(path):
        return verify_key_certificate(path, trust)
    checks = Checks()
    package = _open(path)
    keys = believed(checks, package, trust)
    bundles, manifests = parsed(package)
    checks.judge("The files are whole", package.faults, f"{len(package.files) + len(package.manifests)} files read")
    statements = check_bundles(checks, bundles, keys, partial(_kind_of, certificate=package.certificate))
    _check_case(checks, _case(package, bundles, statements, manifests), package)
    return checks.report()


def _open(path: Path) -> Package:
    if not path.is_dir():
        return lone(path)
    package = Package(f"{path.resolve().name}{SUFFIX}", False, {}, [])
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
        read_into(package, path / name)
    return package


def _kind_of(name: str, certificate: str) -> str:
    if name == certificate:
        return "destruction-certificate"
    if name == PROPOSAL:
        return "proposal"
    if name == RUN_STARTED:
        return "run-started"
    return "approval"


def _case(
    package: Package,
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


def _check_case(checks: Checks, case: Case, package: Package) -> None:
    certificate, proposal = case.certificate, case.proposal
    outcome = certificate.predicate["outcome_manifest"] if certificate else None
    missing = NO_FOLDER if package.alone else UNREADABLE
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
