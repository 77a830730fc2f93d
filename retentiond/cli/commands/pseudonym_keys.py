"""``retentiond pseudonym-key``: the keys that pseudonyms are made with, and their end."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, Table, answer
from retentiond.cli.certificates import statement_of
from retentiond.cli.given import DAY
from retentiond.cli.installed import decider, opened
from retentiond.cli.key_certificates import key_certificate_body, key_certificate_lines
from retentiond.cli.options import Family, Options
from retentiond.cli.text import moment, stamp
from retentiond.domain.errors import DecisionRefused, Fault

if TYPE_CHECKING:
    from retentiond.ledger.values import PseudonymKey
    from retentiond.lifecycle.pseudonym_keys import Use
    from retentiond.lifecycle.tools import Tools

SHOWN = 16
"""Digits of a fingerprint that a table shows; JSON and certificates have all 64."""


@click.group("pseudonym-key", cls=Family)
def command() -> None:
    """Make, list and destroy the keys of pseudonyms.

    A record whose names became pseudonyms is personal data for as long as the key exists, or a copy of it.
    """


@command.command("create")
@click.argument("name")
@click.pass_obj
def create(options: Options, name: str) -> int:
    """Make the key NAME, for definitions to name.

    32 random bytes in a file that only this user reads, in the folder that 'pseudonym-keys' of the settings names. A
    name is given once and never again. A records manager or an administrator makes a key.
    """
    from retentiond.lifecycle.pseudonym_keys import create_key, folder_of

    with opened(options) as tools:
        made = create_key(tools, decider(options, tools), name)
        folder = folder_of(tools)
    lines: list[Line] = [
        f"The pseudonym key {name} was made, with the fingerprint {made.fingerprint[:SHOWN]}…",
        f"It lies in {folder}. Whoever reads it can find out who is who.",
        Advice("Next: name it in a definition, under 'pseudonymise' of a table. Mind that every backup of the folder"),
        Advice("keeps a copy, and has to expire before the key is gone everywhere."),
    ]
    return answer(options, {"key": _body(made, ())}, lines)


@command.command("list")
@click.pass_obj
def list_(options: Options) -> int:
    """List every key there ever was.

    With each stand the certificates of what was pseudonymised under it. A destruction that was interrupted is carried
    to its end, where the key's file or the trace of its end is at hand; if not, why not is said.
    """
    from retentiond.lifecycle.pseudonym_keys import uses_of

    with opened(options) as tools:
        left = _faults_left(tools)
        with tools.ledger.transaction() as tx:
            keys = [(one, uses_of(tx, one)) for one in tx.pseudonym_keys.all()]
    lines = (*_listed(keys), *(Styled(str(one), "yellow") for one in left))
    body = {"keys": [_body(one, uses) for one, uses in keys], "not_ended": [str(one) for one in left]}
    return answer(options, body, lines)


@command.command("destroy")
@click.argument("name")
@click.option("--with", "others", multiple=True, required=True, metavar="PERSON", help="Who else decides it.")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for your own records.")
@click.option("--again", default=None, metavar="NAME", help="The key's name once more; left out, it is asked for.")
@click.option(
    "--copies-gone-by", type=DAY, default=None, metavar="DATE", help="When the last backup with a copy of it is gone."
)
@click.pass_obj
def destroy(  # noqa: PLR0917 - one for each option
    options: Options, name: str, others: tuple[str, ...], reason: str, again: str | None, copies_gone_by: date | None
) -> int:
    """Destroy the key NAME for good.

    A records manager decides it together with one other person, and a certificate says so. From then on nobody can tell
    from a pseudonym who is meant, you neither. It is refused while an open list needs the key. The file is overwritten
    and removed; copies in backups are not reached, and have to expire. Interrupted, the same command goes on where it
    stopped.
    """
    from retentiond.lifecycle.key_destruction import destroy_key

    _mind_again(name, again)
    with opened(options) as tools:
        certificate = destroy_key(
            tools,
            decider(options, tools),
            name,
            together_with=[tools.person(one) for one in others],
            reason=reason,
            copies_gone_by=copies_gone_by,
        )
    lines = [
        Styled(f"The pseudonym key {name} was destroyed.", "green"),
        *key_certificate_lines(certificate),
        Advice("Copies of it in backups are not reached: have them expire, and nobody put one back."),
        Advice(f"Next: 'retentiond certificate export {certificate.number} --to DIR' makes the auditor's copy."),
    ]
    body = {"certificate": key_certificate_body(certificate), "statement": statement_of(certificate)}
    return answer(options, body, lines)


def _faults_left(tools: Tools) -> tuple[Fault, ...]:
    """Go on with destructions that were interrupted, and return why one could not be ended."""
    from retentiond.lifecycle.key_destruction import finish_destructions

    try:
        finish_destructions(tools)
    except DecisionRefused as refusal:
        return refusal.faults
    return ()


def _mind_again(name: str, again: str | None) -> None:
    if again is None and sys.stdin.isatty():
        again = click.prompt(f"This cannot be undone. Type the name of the key again ({name})", err=True)
    if again is None:
        raise click.UsageError("give the key's name once more with --again: this cannot be undone")
    if again != name:
        said = "the name given again is another one; nothing was done"
        raise DecisionRefused.about(f"pseudonym key {name}", said, "look again which key is meant")


def _body(one: PseudonymKey, uses: Sequence[Use]) -> dict[str, object]:
    return {
        "name": one.name,
        "fingerprint": one.fingerprint,
        "created_at": stamp(one.at),
        "created_by": one.made_by,
        "standing": _standing(one),
        "destroyed_at": stamp(one.destroyed_at),
        "certificate": one.certificate,
        "records": sum(use.records for use in uses),
        "used_on": [use.certificate for use in uses],
    }


def _standing(one: PseudonymKey) -> str:
    return "in use" if one.begun_at is None else "destroyed" if one.certificate else "being destroyed"


def _listed(keys: Sequence[tuple[PseudonymKey, Sequence[Use]]]) -> Iterator[Line]:
    if not keys:
        yield "There are no pseudonym keys."
        yield Advice("Next: 'retentiond pseudonym-key create NAME' makes one.")
        return
    yield Table(
        ("key", "standing", "fingerprint", "made", "records", "on", "destroyed"),
        [
            (
                one.name,
                _standing(one),
                one.fingerprint[:SHOWN],
                moment(one.at),
                f"{sum(use.records for use in uses):,}",
                ", ".join(use.certificate for use in uses),
                f"{moment(one.destroyed_at)}, {one.certificate}" if one.certificate else "",
            )
            for one, uses in keys
        ],
        frozenset({4}),
    )
    if any(one.begun_at is None and uses for one, uses in keys):
        yield "What was pseudonymised under a key that is in use is personal data still."
