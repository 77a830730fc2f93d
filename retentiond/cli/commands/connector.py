"""``retentiond connector``: connected stores: which there are, whether they fit their definitions, what has changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, Table, answer, fault_body
from retentiond.cli.commands.connector_draft import draft_command
from retentiond.cli.commands.connector_drift import accept_command, drift_command
from retentiond.cli.installed import settings_path
from retentiond.cli.options import Family, Options
from retentiond.cli.text import counted, listed
from retentiond.domain.errors import Fault, NotFound, RetentiondError

if TYPE_CHECKING:
    from retentiond.domain.definitions import Definition


@click.group("connector", cls=Family)
def command() -> None:
    """Draft, list, check and accept connected stores."""


command.add_command(draft_command)


@command.command("list")
@click.pass_obj
def list_(options: Options) -> int:
    """List the connected stores and the kinds of record in them. No store is reached."""
    found = _definitions(options)
    return answer(options, {"stores": [_body(one) for one in found]}, _listed(found))


def _definitions(options: Options) -> tuple[Definition, ...]:
    """Return the definitions alone: a store can be looked at before there is a schedule for it."""
    from retentiond.config.definitions import read_definitions
    from retentiond.config.settings import read_settings

    settings = read_settings(settings_path(options))
    return read_definitions([Path(one) for one in settings.connectors])


def _body(one: Definition) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "location": one.location,
        "file": one.source,
        "records": [
            {"name": kind.name, "classes": list(dict.fromkeys(line.record_class for line in kind.classify))}
            for kind in one.records
        ],
    }


def _listed(found: Sequence[Definition]) -> Iterator[Line]:
    yield Table(
        ("store", "kind", "location", "kinds of record", "file"),
        [(one.name, one.kind, one.location, listed(kind.name for kind in one.records), one.source) for one in found],
    )


@command.command("check")
@click.argument("name", required=False)
@click.pass_obj
def check_(options: Options, name: str | None) -> int:
    """Hold one store, or every store, against its definition.

    The store is read and nothing in it is changed. Neither a ledger nor an adopted schedule is needed: it is what to
    run first against a store that is new. The exit code is 1 where a store does not fit or does not answer.
    """
    from retentiond.config.credentials import resolve
    from retentiond.config.settings import read_settings
    from retentiond.connectors.interface import Role
    from retentiond.connectors.registry import open_connector
    from retentiond.lifecycle.key_ring import keys_in

    chosen = _chosen(_definitions(options), name)
    keys = keys_in(Path(read_settings(settings_path(options)).pseudonym_keys))
    faults: list[Fault] = []
    for definition in chosen:
        try:
            with open_connector(definition, role=Role.SCAN, resolve=resolve, pseudonym_keys=keys) as connector:
                faults.extend(connector.check())
        except RetentiondError as refusal:
            faults.extend(refusal.faults)
    remarks = [one for one in faults if one.is_remark]
    faults = [one for one in faults if not one.is_remark]
    body = {
        "ok": not faults,
        "stores": [one.name for one in chosen],
        "faults": [fault_body(one) for one in faults],
        "warnings": [fault_body(one) for one in remarks],
    }
    return answer(options, body, _checked(chosen, faults, remarks), code=1 if faults else 0)


def _chosen(found: Sequence[Definition], name: str | None) -> Sequence[Definition]:
    chosen = [one for one in found if name in (None, one.name)]
    if not chosen:
        known = listed(sorted(one.name for one in found), "none")
        raise NotFound.about(name or "connectors", "no store of this name is connected", f"the stores are {known}")
    return chosen


def _checked(chosen: Sequence[Definition], faults: Sequence[Fault], remarks: Sequence[Fault]) -> Iterator[Line]:
    yield from (Styled(str(fault), "red") for fault in faults)
    yield from (Styled(f"warning: {remark}", "yellow") for remark in remarks)
    if faults:
        yield Styled(f"{counted(len(faults), 'fault')} found.", "red")
        return
    names = listed(one.name for one in chosen)
    fit = "fits its definition" if len(chosen) == 1 else "fit their definitions"
    yield Styled(f"{names} {fit}. Nothing was changed.", "green")
    yield Advice("Next: 'retentiond check' holds the definitions against schedules and settings too.")


command.add_command(drift_command)
command.add_command(accept_command)
