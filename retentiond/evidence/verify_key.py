"""Checking a certificate of key destruction: the same proofs as any statement, and whether its own account is sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.bundle import Bundle, parse_bundle
from retentiond.evidence.package import KEY_CREATED, SUFFIX, TRUST
from retentiond.evidence.report import Checks, Report
from retentiond.evidence.schema import Statement, read_statement
from retentiond.evidence.trust import Trust
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

KIND = "key-destruction-certificate"
_PREFIX = "KD-"


def is_key_certificate(path: Path) -> bool:
    """Whether a file or folder is, by its name or by what it says, a certificate of key destruction."""
    if not path.is_dir() and _is_named(path):
        return True
    try:
        if path.is_dir():
            return any(one.name == KEY_CREATED or _is_named(one) for one in path.iterdir())
        return read_statement(parse_bundle(path.read_bytes(), path.name).envelope.payload, path.name).kind == KIND
    except (OSError, EvidenceRefused):
        return False


def verify_key_certificate(path: Path, trust: Trust | None) -> Report:
    """Check an exported certificate of key destruction, step by step, going on after a failure.

    Args:
        path: the package's folder, or its ``.sigstore.json`` alone: then only what stands in it is checked.
        trust: the keys the reader pinned. None: those in the package are used, and a step says so.
    """
    checks = Checks()
    package = _open(path)
    keys = believed(checks, package, trust)
    bundles, _ = parsed(package)
    checks.judge("The files are whole", package.faults, f"{len(package.files)} files read")
    statements = check_bundles(
        checks, bundles, keys, lambda name: "pseudonym-key-created" if name == KEY_CREATED else KIND
    )
    _check_account(checks, package, bundles, statements)
    return checks.report()


def _is_named(path: Path) -> bool:
    return path.name.startswith(_PREFIX) and path.name.endswith(SUFFIX)


def _open(path: Path) -> Package:
    if not path.is_dir():
        return lone(path)
    package = Package(f"{path.resolve().name}{SUFFIX}", False, {}, [])
    named = sorted(one.name for one in path.iterdir() if one.name.endswith(SUFFIX) and one.name != KEY_CREATED)
    if len(named) == 1:
        package.certificate = named[0]
    elif named:
        package.faults.append("the folder holds more than one certificate")
    for name in (package.certificate, KEY_CREATED, TRUST):
        read_into(package, path / name)
    return package


def _check_account(
    checks: Checks, package: Package, bundles: Mapping[str, Bundle], statements: Mapping[str, Statement]
) -> None:
    name = package.certificate
    found = statements.get(name)
    if found is None:
        checks.judge("The certificate can be read", [f"{name}: it is no certificate of key destruction"], "")
        return
    says, index = found.predicate, bundles[name].index
    stem = name.removesuffix(SUFFIX)
    checks.judge("The certificate has its number", _number_faults(name, says, stem), stem)
    checks.judge("It was decided by two people", _people_faults(name, says), "distinct, and named")
    checks.judge("It happened in order", _order_faults(name, says, index), "made, used, given up, destroyed, certified")
    title = "The key is the one that was made"
    made = statements.get(KEY_CREATED)
    if made is None:
        checks.skip(title, NO_FOLDER if package.alone else UNREADABLE)
    else:
        faults = _made_faults(says, made.predicate, bundles[KEY_CREATED].index)
        checks.judge(title, faults, f"{says['key']['name']}, by its fingerprint and its place in the log")
        faults = _tree_faults(bundles[name], bundles[KEY_CREATED])
        checks.judge("Both are in one log", faults, "under the same states of it")
    certificates = len(says["pseudonymised"])
    checks.skip(
        "The certificates it names are those of what was pseudonymised",
        f"it names {certificates}: replay the exported log to see that there is no other"
        if certificates
        else "it names none: replay the exported log to see that there is none",
    )


def _number_faults(name: str, says: Mapping[str, Any], stem: str) -> Iterator[str]:
    if says["certificate_no"] != stem:
        yield f"{name}: the certificate inside has another number than the file"
    if says["sequence"] == 0:
        yield f"{name}: its sequence begins with 1"


def _people_faults(name: str, says: Mapping[str, Any]) -> Iterator[str]:
    if len({one["person"] for one in says["decided_by"]}) < len(says["decided_by"]):
        yield f"{name}: it names one person twice among those who decided"


def _order_faults(name: str, says: Mapping[str, Any], index: int) -> Iterator[str]:
    if not says["created"]["at"] <= says["decided_at"] <= says["destroyed_at"]:
        yield f"{name}: the key was not made, given up and destroyed in this order"
    if says["destroyed_at"] > says["time"]:
        yield f"{name}: it was signed before the key was destroyed"
    if any((one["gone_by"] or "9999") < says["destroyed_at"][:10] for one in says["residual_copies"]):
        yield f"{name}: copies of the key are to be gone before the key was"
    made = says["created"]["log_index"]
    used = [one["log_index"] for one in says["pseudonymised"]]
    if made >= index or any(not made < one < index for one in used):
        yield f"{name}: the log has it before what must come first"
    if sorted(set(used)) != used:
        yield f"{name}: the certificates it names are not in the order of the log, each once"


def _made_faults(says: Mapping[str, Any], made: Mapping[str, Any], index: int) -> Iterator[str]:
    if made["key"] != says["key"]:
        yield f"{KEY_CREATED}: it is about another key"
    if made["time"] != says["created"]["at"]:
        yield f"{KEY_CREATED}: it is of another moment than the certificate says the key was made at"
    if index != says["created"]["log_index"]:
        yield f"{KEY_CREATED}: it is not the entry of the log the certificate names"


def _tree_faults(one: Bundle, other: Bundle) -> Iterator[str]:
    if one.tree_size == other.tree_size and one.root != other.root:
        yield f"{KEY_CREATED}: it is proved in a log that differs from the certificate's at the same size"
