"""``retentiond hold``: orders that stop disposal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Line, Styled, Table, answer
from retentiond.cli.given import DAY
from retentiond.cli.installed import decider, mind_classes, opened
from retentiond.cli.options import Family, Options
from retentiond.cli.text import day, listed, moment, stamp

if TYPE_CHECKING:
    from retentiond.domain.holds import Hold, HoldScope
    from retentiond.lifecycle.hold import Placed
    from retentiond.lifecycle.tools import Tools


@click.group("hold", cls=Family)
def command() -> None:
    """Place, lift and show holds: orders that stop disposal."""


@command.command("place")
@click.option("--title", required=True, metavar="TEXT", help="What it is called.")
@click.option("--authority", required=True, metavar="TEXT", help="Who or what orders it.")
@click.option("--review-on", type=DAY, required=True, metavar="DATE", help="When somebody looks at it again.")
@click.option("--store", "stores", multiple=True, metavar="NAME", help="Records of this store.")
@click.option("--class", "classes", multiple=True, metavar="CODE", help="Records of this class.")
@click.option("--record", "records", multiple=True, metavar="RECORD", help="This record: store/kind/key or reference.")
@click.option("--subject", "subjects", multiple=True, metavar="REF", help="Records about this person.")
@click.option("--everything", is_flag=True, help="Every record of every store.")
@click.pass_obj
def place(
    options: Options,
    *,
    title: str,
    authority: str,
    review_on: date,
    stores: tuple[str, ...],
    classes: tuple[str, ...],
    records: tuple[str, ...],
    subjects: tuple[str, ...],
    everything: bool,
) -> int:
    """Place a hold.

    --store, --class, --record and --subject may each be repeated; a record must match one of each kind that is given.
    """
    from retentiond.domain.holds import HoldScope
    from retentiond.lifecycle.hold import place_hold

    scope = HoldScope(frozenset(stores), frozenset(classes), frozenset(records), frozenset(subjects))
    if scope.is_blanket and not everything:
        raise click.UsageError("the hold covers nothing: give --store, --class, --record or --subject, or --everything")
    if everything and not scope.is_blanket:
        raise click.UsageError("--everything cannot be narrowed: leave out the other scopes, or --everything")
    with opened(options) as tools:
        for name in stores:
            tools.definition(name)
        mind_classes(classes, tools.classes())
        person = decider(options, tools)
        placed = place_hold(tools, person, title=title, authority=authority, scope=scope, review_on=review_on)
        unseen = _unseen(tools, records)
    body = {"hold": _body(placed.hold), "under_way": list(placed.under_way), "unseen": unseen}
    return answer(options, body, _placed(placed, unseen))


def _unseen(tools: Tools, records: tuple[str, ...]) -> list[str]:
    """Return the records named that are neither a key of a connected store nor a reference a scan has found."""
    kinds = {f"{store.name}/{kind.name}" for store in tools.definitions for kind in store.records}
    with tools.ledger.transaction() as tx:
        return [one for one in records if "/".join(one.split("/", 2)[:2]) not in kinds and not tx.findings.named(one)]


def _placed(placed: Placed, unseen: list[str]) -> Iterator[Line]:
    hold = placed.hold
    yield f"Hold {hold.number} '{hold.title}' is in force and covers {_scope(hold.scope)}."
    yield f"It is to be looked at again on {day(hold.review_on)}."
    for one in unseen:
        yield Styled(f"No scan has found a record called {one}. If that is not its name, the hold misses it.", "yellow")
    for number in placed.under_way:
        yield Styled(
            f"Disposal list {number} was already under way: orders its stores had carried out before now are not "
            f"undone; all others are stopped.",
            "yellow",
        )


@command.command("lift")
@click.argument("number")
@click.option("--authority", required=True, metavar="TEXT", help="Who or what orders it.")
@click.pass_obj
def lift(options: Options, number: str, authority: str) -> int:
    """Lift a hold. That destroys nothing: what it covered returns to the next scan."""
    from retentiond.lifecycle.hold import lift_hold

    with opened(options) as tools:
        hold = lift_hold(tools, decider(options, tools), number, authority=authority)
    said = f"Hold {hold.number} '{hold.title}' is lifted. Records that no other hold covers return to the next scan."
    return answer(options, {"hold": _body(hold)}, [said])


@command.command("show")
@click.argument("number", required=False)
@click.pass_obj
def show(options: Options, number: str | None) -> int:
    """Show one hold, or all that were ever placed."""
    with opened(options) as tools, tools.ledger.transaction() as tx:
        holds = list(tx.holds.all()) if number is None else [tx.holds.get(number)]
        today = tools.today()
        names = {one.id: one.name for one in tools.settings.people}
    return answer(options, {"holds": [_body(one) for one in holds]}, _all(holds, today, names))


def _all(holds: list[Hold], today: date, names: Mapping[str, str]) -> Iterator[Line]:
    if not holds:
        yield "No hold was ever placed."
        return
    yield Table(
        ("number", "title", "authority", "state", "covers", "placed", "by", "review on"),
        [
            (
                one.number,
                one.title,
                one.authority,
                "in force" if one.in_force else f"lifted {moment(one.lifted_at)} on {one.lifted_on_authority}",
                _scope(one.scope),
                moment(one.placed_at),
                names.get(one.placed_by, one.placed_by),
                day(one.review_on),
            )
            for one in holds
        ],
    )
    for one in holds:
        if one.in_force and one.review_on <= today:
            yield Styled(f"Hold {one.number} was to be looked at again on {day(one.review_on)}.", "yellow")


def _scope(scope: HoldScope) -> str:
    if scope.is_blanket:
        return "every record of every store"
    which = "every record"
    if scope.records:
        which = f"record{'s' if len(scope.records) > 1 else ''} {listed(sorted(scope.records))}"
    kinds = (("about person", scope.subjects), ("of class", scope.classes), ("in store", scope.stores))
    return " ".join([which, *(f"{kind} {' or '.join(sorted(names))}" for kind, names in kinds if names)])


def _body(hold: Hold) -> dict[str, object]:
    return {
        "number": hold.number,
        "title": hold.title,
        "authority": hold.authority,
        "in_force": hold.in_force,
        "everything": hold.scope.is_blanket,
        "stores": sorted(hold.scope.stores),
        "classes": sorted(hold.scope.classes),
        "records": sorted(hold.scope.records),
        "subjects": sorted(hold.scope.subjects),
        "review_on": stamp(hold.review_on),
        "placed_by": hold.placed_by,
        "placed_at": stamp(hold.placed_at),
        "lifted_by": hold.lifted_by,
        "lifted_at": stamp(hold.lifted_at),
        "lifted_on_authority": hold.lifted_on_authority,
    }
