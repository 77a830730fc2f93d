"""``retentiond connector drift`` and ``accept``: tables that have changed, and a person who answers for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, answer, fault_body
from retentiond.cli.installed import decider, opened
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import listed

if TYPE_CHECKING:
    from retentiond.lifecycle.drift import Drift, KindDrift


@click.command("drift", cls=Verb)
@click.argument("name", required=False)
@click.pass_obj
def drift_command(options: Options, name: str | None) -> int:
    """Show what has changed about tables since they were accepted.

    Of the store NAME, or of every store. A new column, a new table that refers to a mapped one, another type: no record
    of the kind is due until somebody has classed it in the definition and accepted it. Nothing is changed. The exit
    code is 1 where there is anything, or where a store could not be looked at; the others are looked at all the same.
    """
    from retentiond.lifecycle.drift import drift

    with opened(options) as tools:
        found = drift(tools, stores=[name] if name else [])
    body = {"kinds": _body(found.kinds), "faults": [fault_body(one) for one in found.unread]}
    return answer(options, body, _drift(found), code=0 if found.is_settled else 1)


def _drift(found: Drift) -> Iterator[Line]:
    yield from (Styled(str(fault), "red") for fault in found.unread)
    for one in found.kinds:
        if one.doubts:
            yield Styled(f"{one.store}/{one.kind}: no record of it is due until this is settled", "red")
            yield from (Styled(f"  {fault}", "red") for fault in one.doubts)
        elif one.accepted:
            yield f"{one.store}/{one.kind}: its tables are as they were accepted."
        else:
            yield f"{one.store}/{one.kind}: nobody has accepted anything yet; the next scan remembers its tables."
    if not found.kinds and not found.unread:
        yield "No store here has tables that could change."


@click.command("accept", cls=Verb)
@click.argument("name")
@click.option("--reason", required=True, metavar="TEXT", help="Why the tables are right as they are.")
@click.pass_obj
def accept_command(options: Options, name: str, reason: str) -> int:
    """Accept how the tables of a store are now.

    Look at 'retentiond connector drift' first, and class what is new in the definition. What makes a disposal unsafe,
    such as a trigger, cannot be accepted away: it stops every disposal until it is gone.
    """
    from retentiond.lifecycle.drift import accept

    with opened(options) as tools:
        accepted = accept(tools, decider(options, tools), name, reason=reason)
    return answer(options, {"kinds": _body(accepted)}, _accepted(accepted))


def _accepted(accepted: Sequence[KindDrift]) -> Iterator[Line]:
    for one in accepted:
        for change in one.changes:
            yield f"Accepted for {one.kind}: {change}."
        yield from (Styled(f"Still to be settled: {fault}", "yellow") for fault in one.unsafe)
    kinds = listed(one.kind for one in accepted)
    yield f"The tables of {kinds} are accepted as they are."
    yield Advice("Next: 'retentiond scan' judges the records with them.")


def _body(found: Sequence[KindDrift]) -> list[dict[str, object]]:
    return [
        {
            "store": one.store,
            "kind": one.kind,
            "accepted": one.accepted,
            "changes": [{"table": each.table, "change": str(each)} for each in one.changes],
            "doubts": [fault_body(fault) for fault in one.doubts],
        }
        for one in found
    ]
