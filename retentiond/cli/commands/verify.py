"""``retentiond verify``: check what was exported, or this installation's own ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Line, Styled, answer
from retentiond.cli.installed import opened
from retentiond.cli.options import Options, Verb
from retentiond.domain.errors import EvidenceRefused

if TYPE_CHECKING:
    from retentiond.evidence.report import Report, Step

CHECKPOINT = "checkpoint"
"""A folder with a file of this name is an exported log (C2SP tlog-tiles)."""


@click.command("verify", cls=Verb)
@click.argument("path", metavar="[FILE|FOLDER]", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--trust",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The keys you believe: a trust.json you were given by another way.",
)
@click.pass_obj
def command(options: Options, path: Path | None, trust: Path | None) -> int:
    """Check an exported certificate or log, or the own ledger.

    What was exported is checked offline and without settings: FILE is a certificate's .sigstore.json, FOLDER its
    whole package or an exported log. With neither, this installation's own ledger is held against itself. Every check
    is made, whatever an earlier one found.
    """
    if path is None:
        if trust is not None:
            raise click.UsageError("--trust is for what was exported: name its file or folder")
        from retentiond.lifecycle.audit import audit

        with opened(options) as tools:
            return _said(options, audit(tools), "ledger")
    from retentiond.evidence.verify import load_trust, verify_certificate, verify_log

    pinned = load_trust(trust) if trust else None
    if (path / CHECKPOINT).is_file():
        if pinned is None:
            raise click.UsageError(
                "a log is checked with keys you believe, not with those beside it: give --trust FILE"
            )
        return _said(options, verify_log(path, pinned), "log")
    return _said(options, verify_certificate(path, pinned), "certificate")


def _said(options: Options, report: Report, what: str) -> int:
    body = {
        "what": what,
        "ok": report.ok,
        "steps": [
            {"number": one.number, "title": one.title, "result": _result(one), "detail": one.detail}
            for one in report.steps
        ],
    }
    return answer(options, body, _lines(report, what), code=0 if report.ok else EvidenceRefused.exit_code)


def _result(step: Step) -> str:
    return {True: "ok", False: "FAILED", None: "not checked"}[step.ok]


def _lines(report: Report, what: str) -> Iterator[Line]:
    colours = {True: "green", False: "red", None: "yellow"}
    for step in report.steps:
        yield Styled(f"{step.number:>3}. {_result(step):<11}  {step.title}: {step.detail}", colours[step.ok])
    failed = sum(step.ok is False for step in report.steps)
    if failed:
        yield Styled(f"FAILED: {failed} of {len(report.steps)} checks. Do not rely on this {what}.", "red")
    else:
        passed = len(report.steps) - len(report.warnings)
        rest = f", {len(report.warnings)} left to you (not checked)" if report.warnings else ""
        yield Styled(f"ok: {passed} of {len(report.steps)} checks passed{rest}.", "green")
