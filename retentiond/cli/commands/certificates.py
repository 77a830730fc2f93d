"""``retentiond certificate``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Table, answer
from retentiond.cli.certificates import certificate_body, certificate_lines, statement_of
from retentiond.cli.installed import decider, opened
from retentiond.cli.key_certificates import PREFIX, key_certificate_body, key_certificate_lines
from retentiond.cli.options import Family, Options
from retentiond.cli.text import moment

if TYPE_CHECKING:
    from retentiond.ledger.values import Certificate, KeyCertificate


@click.group("certificate", cls=Family)
def command() -> None:
    """Show, issue and export certificates of destruction.

    Those of records have numbers that begin with DC, those of pseudonym keys begin with KD.
    """


@command.command("show")
@click.argument("number", required=False)
@click.pass_obj
def show(options: Options, number: str | None) -> int:
    """Show one certificate, or all that were issued."""
    with opened(options) as tools, tools.ledger.transaction() as tx:
        if number is None:
            issued = tx.certificates.all()
            keys = tx.pseudonym_keys.certificates()
            body: dict[str, object] = {
                "certificates": [certificate_body(one) for one in issued],
                "key_certificates": [key_certificate_body(one) for one in keys],
            }
            return answer(options, body, _all(issued, keys))
        if number.startswith(PREFIX):
            ended = tx.pseudonym_keys.certificate(number)
            body = {"key_certificate": key_certificate_body(ended), "statement": statement_of(ended)}
            return answer(options, body, key_certificate_lines(ended))
        certificate = tx.certificates.get(number)
    body = {"certificate": certificate_body(certificate), "statement": statement_of(certificate)}
    return answer(options, body, certificate_lines(certificate))


def _all(issued: list[Certificate], keys: list[KeyCertificate]) -> Iterator[Line]:
    if not issued and not keys:
        yield "No certificate was issued yet."
        return
    if issued:
        yield _records(issued)
    if keys:
        yield Table(
            ("number", "pseudonym key", "issued", "entry of the log"),
            [(one.number, one.name, moment(one.at), str(one.log_index)) for one in keys],
            frozenset({3}),
        )


def _records(issued: list[Certificate]) -> Table:
    return Table(
        ("number", "disposal list", "issued", "entry of the log"),
        [(one.number, one.list_number, moment(one.at), str(one.log_index)) for one in issued],
        frozenset({3}),
    )


@command.command("issue")
@click.argument("number")
@click.option("--reason", required=True, metavar="TEXT", help="Why there is nothing to wait for.")
@click.pass_obj
def issue(options: Options, number: str, reason: str) -> int:
    """Certify list NUMBER although some of it cannot be seen.

    For a list that was disposed of and whose store gives the independent read no clear answer, however often it is
    asked. What gives none is counted as failed, and the certificate says partial.
    """
    from retentiond.lifecycle.unseen import certify_without_sight

    with opened(options) as tools:
        certificate = certify_without_sight(tools, number, decider(options, tools), reason=reason)
    body = {"certificate": certificate_body(certificate), "statement": statement_of(certificate)}
    return answer(options, body, certificate_lines(certificate))


@command.command("export")
@click.argument("number")
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR", help="Where to."
)
@click.pass_obj
def export(options: Options, number: str, folder: Path) -> int:
    """Write a certificate with all that proves it.

    The package can be checked offline by somebody who trusts nobody here.
    """
    from retentiond.lifecycle.export import export_certificate, export_key_certificate

    with opened(options) as tools:
        export_one = export_key_certificate if number.startswith(PREFIX) else export_certificate
        written = export_one(tools, number, folder)
    lines: list[Line] = [
        f"Certificate {number} was written to {written}.",
        Advice(f"Next: 'retentiond verify {written}' checks it offline, with or without this installation."),
    ]
    return answer(options, {"certificate": number, "folder": str(written)}, lines)
