"""``retentiond schedule adopt``, ``versions`` and ``show``: which version is in force, who says so, what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, Table, answer
from retentiond.cli.installed import decider, opened
from retentiond.cli.lists import DIGEST_SHOWN, list_body
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted, listed, moment, spoken, stamp

if TYPE_CHECKING:
    from retentiond.ledger.values import Adoption
    from retentiond.lifecycle.adopt import Adopted
    from retentiond.lifecycle.reassess import Reassessed
    from retentiond.lifecycle.versions import Version

Names = Mapping[str, str]
"""Person id to display name."""


@click.command("adopt", cls=Verb)
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help="Every schedule that is not in force as its file says.")
@click.option("--with", "others", multiple=True, metavar="PERSON", help="Who else adopted it; may be repeated.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for your own records.")
@click.pass_obj
def adopt_command(options: Options, name: str | None, everything: bool, others: tuple[str, ...], reason: str) -> int:
    """Put a schedule in force as its file says now.

    NAME is the schedule's name; it may be left out where there is only one. From then on this version never changes.
    Open disposal lists are judged again under it: records that are no longer due come off, and approvals given before
    are void. Only a records manager adopts; --with names the others who did.
    """
    if everything and name is not None:
        raise click.UsageError("--all is every schedule: leave out the name, or --all")
    from retentiond.lifecycle.adopt import adopt

    with opened(options) as tools:
        if name is None and not everything and len(tools.schedules) > 1:
            named = listed(f"'{one.name}'" for one in tools.schedules)
            raise click.UsageError(f"name the schedule, or give --all: there are {named}")
        person = decider(options, tools)
        together = [tools.person(one) for one in others]
        adopted = adopt(tools, person, names=[name] if name else [], together_with=together, reason=reason)
        names = {one.id: one.name for one in tools.settings.people}
        with tools.ledger.transaction() as tx:
            before = {one.digest: one.version for one in tx.schedules.adoptions()}
    failed = any(one.failure for one in adopted.lists)
    return answer(options, _adopted_body(adopted, names), _adopted(adopted, names, before), code=1 if failed else 0)


def _adopted_body(adopted: Adopted, names: Names) -> dict[str, object]:
    return {
        "adopted": [_body(one, names) for one in adopted.adoptions],
        "unchanged": list(adopted.unchanged),
        "older": list(adopted.older),
        "lists": [
            {
                "list": list_body(one.listed),
                "taken_off": [{"reason": why, "records": count} for why, count in one.taken_off.items()],
                "dated_anew": one.dated,
                "failure": one.failure,
            }
            for one in adopted.lists
        ],
    }


def _adopted(adopted: Adopted, names: Names, before: Mapping[str, str]) -> Iterator[Line]:
    for one in adopted.adoptions:
        yield (
            f"Version {one.version} of '{one.name}' is in force: adopted by {_people(one, names)} on {moment(one.at)}."
        )
        if one.replaces:
            yield f"It takes the place of version {before[one.replaces]}."
        yield f"Its digest is {one.digest}."
    for name in adopted.unchanged:
        yield f"'{name}' was in force as it stands already."
    for name in adopted.older:
        yield Styled(f"'{name}' has gone back to a version that is older than the one it had.", "yellow")
    for each in adopted.lists:
        yield from _reassessed(each)
    if adopted.adoptions:
        yield Advice("Next: 'systemctl reload retentiond' where the daemon runs, then 'retentiond scan'.")


def _reassessed(one: Reassessed) -> Iterator[Line]:
    number = one.listed.number
    if one.failure:
        yield Styled(f"Disposal list {number} could not be judged again: {one.failure}", "yellow")
        yield Styled("  Each of its records is judged again when it is approved and when it is disposed of.", "yellow")
        return
    now = spoken(one.listed.state.value)
    yield Styled(f"Disposal list {number} had to change: it is {now} now.", "yellow")
    for why, count in one.taken_off.items():
        yield f"  {counted(count, 'record')} taken off: {why}"
    if one.dated:
        yield f"  {counted(one.dated, 'record')} due since another day than it said"


@click.command("versions", cls=Verb)
@click.pass_obj
def versions_command(options: Options) -> int:
    """List the versions that were adopted, by whom and when."""
    from retentiond.lifecycle.versions import versions

    with opened(options) as tools:
        with tools.ledger.transaction() as tx:
            found = versions(tools, tx)
        names = {one.id: one.name for one in tools.settings.people}
    body = {"versions": [_body(one.adoption, names) | {"state": one.state} for one in found]}
    return answer(options, body, _versions(found, names))


def _versions(found: list[Version], names: Names) -> Iterator[Line]:
    if not found:
        yield "No schedule was adopted yet, so nothing is judged."
        yield Advice("Next: read it, then 'retentiond schedule adopt'.")
        return
    yield Table(
        ("schedule", "version", "digest", "adopted by", "on", "state"),
        [
            (
                one.adoption.name,
                one.adoption.version,
                one.adoption.digest[:DIGEST_SHOWN],
                _people(one.adoption, names),
                moment(one.adoption.at),
                _STATES[one.state],
            )
            for one in found
        ],
    )


_STATES = {"in-force": "in force", "replaced": "replaced", "no-file": "in force, and no file has it"}


@click.command("show", cls=Verb)
@click.argument("name")
@click.option("--version", "version", metavar="VERSION", help="Which version; left out, the one in force.")
@click.pass_obj
def show_command(options: Options, name: str, version: str | None) -> int:
    """Print an adopted version, byte for byte.

    It comes from the ledger and not from the file: what was in force can be answered for as long as the ledger is
    kept. Its SHA-256 is the digest that lists and certificates carry.
    """
    from retentiond.lifecycle.versions import adopted_version

    with opened(options) as tools, tools.ledger.transaction() as tx:
        adoption, source = adopted_version(tools, tx, name, version)
        names = {one.id: one.name for one in tools.settings.people}
    if not options.json:
        click.echo(source, nl=False)
        return 0
    return answer(options, {"adoption": _body(adoption, names), "text": source.decode("utf-8")}, ())


def _body(one: Adoption, names: Names) -> dict[str, object]:
    return {
        "schedule": one.name,
        "version": one.version,
        "digest": one.digest,
        "effective_from": stamp(one.effective_from),
        "adopted_by": [{"person": each, "name": names.get(each, each)} for each in one.adopted_by],
        "adopted_at": stamp(one.at),
        "reason": one.reason,
        "replaces": one.replaces,
        "retired": list(one.retired),
        "log_index": one.log_index,
    }


def _people(one: Adoption, names: Names) -> str:
    return listed(names.get(each, each) for each in one.adopted_by)
