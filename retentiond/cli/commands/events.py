"""``retentiond event``: events that no store knows, entered by people for named records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, TextIO

import click

from retentiond.cli.answers import Advice, Line, Styled, Table, answer
from retentiond.cli.given import DAY
from retentiond.cli.installed import decider, opened
from retentiond.cli.options import Family, Options
from retentiond.cli.text import counted, day, listed, moment, spoken, stamp

if TYPE_CHECKING:
    from retentiond.domain.occurrences import Occurrence
    from retentiond.lifecycle.occur import Entered

_ON = click.option("--on", type=DAY, required=True, metavar="DATE", help="The day it happened.")


@click.group("event", cls=Family)
def command() -> None:
    """Record, correct and revoke events that no store knows."""


@command.command("record")
@click.argument("name")
@_ON
@click.option("--record", "records", multiple=True, metavar="RECORD", help="This record: store/kind/key or reference.")
@click.option(
    "--records-from",
    type=click.File(encoding="utf-8-sig"),
    metavar="FILE",
    help="More records, one a line; - is standard input.",
)
@click.option("--reason", required=True, metavar="TEXT", help="How you know.")
@click.pass_obj
def record_(
    options: Options, *, name: str, on: date, records: tuple[str, ...], records_from: TextIO | None, reason: str
) -> int:
    """Record that something happened to named records.

    NAME is an event that a schedule declares with 'by-hand', or a step that was carried out. --record may be repeated.
    There is no event of a class or of everything. From now on the records are judged with this day.
    """
    from retentiond.lifecycle.occur import record_event

    named = (*records, *(records_from.read().splitlines() if records_from else ()))
    with opened(options) as tools:
        entered = record_event(tools, decider(options, tools), name, on=on, records=named, reason=reason)
    body = {
        "event": _body(entered.occurrence),
        "unneeded": [str(one) for one in entered.unneeded],
        "replaces": list(entered.replaces),
        "on_lists": entered.listed,
    }
    return answer(options, body, _recorded(entered))


def _recorded(entered: Entered) -> Iterator[Line]:
    one = entered.occurrence
    count = counted(len(one.records), "record")
    yield f"Event {one.number}: {spoken(one.event)} on {day(one.on)}, recorded for {count}."
    if entered.replaces:
        yield f"It takes the place of {listed(entered.replaces)} for records that both name."
    for ref in entered.unneeded:
        yield Styled(f"The class of {ref} does not speak of it: for that record it changes nothing.", "yellow")
    yield from _on_lists(entered)
    yield Advice("Next: 'retentiond scan' judges them with it. A mistake is put right with 'retentiond event correct'.")


@command.command("correct")
@click.argument("number")
@_ON
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.pass_obj
def correct_(options: Options, number: str, on: date, reason: str) -> int:
    """Give an event another day. What it said before stays on record."""
    from retentiond.lifecycle.occur import correct_event

    with opened(options) as tools:
        entered = correct_event(tools, decider(options, tools), number, on=on, reason=reason)
    one = entered.occurrence
    said = f"Event {one.number}: {spoken(one.event)} was on {day(one.on)}; it said {day(entered.was)} before."
    return answer(options, _changed_body(entered), [said, *_on_lists(entered)])


@command.command("revoke")
@click.argument("number")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.pass_obj
def revoke_(options: Options, number: str, reason: str) -> int:
    """Take an event back that did not happen. What it said stays on record."""
    from retentiond.lifecycle.occur import revoke_event

    with opened(options) as tools:
        entered = revoke_event(tools, decider(options, tools), number, reason=reason)
    one = entered.occurrence
    said = f"Event {one.number} is revoked; it said {spoken(one.event)} on {day(entered.was)}."
    return answer(options, _changed_body(entered), [said, *_on_lists(entered)])


def _changed_body(entered: Entered) -> dict[str, object]:
    return {"event": _body(entered.occurrence), "was": stamp(entered.was), "on_lists": entered.listed}


def _on_lists(entered: Entered) -> Iterator[Line]:
    if entered.listed:
        judged = "judged again when a list is approved and when it is disposed of"
        yield Styled(f"{counted(entered.listed, 'record')} of it on open disposal lists: {judged}.", "yellow")


@command.command("list")
@click.option("--record", metavar="RECORD", help="Only events of this record: store/kind/key.")
@click.pass_obj
def list_(options: Options, record: str | None) -> int:
    """List the events that people entered, revoked ones among them."""
    from retentiond.lifecycle.naming import resolved

    with opened(options) as tools, tools.ledger.transaction() as tx:
        found = tx.occurrences.all() if record is None else tx.occurrences.of_record(resolved(tools, tx, record))
        names = {one.id: one.name for one in tools.settings.people}
    return answer(options, {"events": [_body(one) for one in found]}, _all(found, names))


def _all(found: list[Occurrence], names: Mapping[str, str]) -> Iterator[Line]:
    if not found:
        yield "No event was entered."
        return
    yield Table(
        ("number", "event", "on", "records", "recorded", "by", "state", "last reason"),
        [
            (
                one.number,
                spoken(one.event),
                day(one.on),
                str(one.records[0]) if len(one.records) == 1 else f"{len(one.records):,} records",
                moment(one.changes[0].at),
                names.get(one.changes[0].by, one.changes[0].by),
                one.changes[-1].change.value,
                one.changes[-1].reason,
            )
            for one in found
        ],
    )


def _body(one: Occurrence) -> dict[str, object]:
    return {
        "number": one.number,
        "event": one.event,
        "on": stamp(one.on),
        "revoked": not one.stands,
        "records": [str(ref) for ref in one.records],
        "changes": [
            {
                "change": each.change.value,
                "on": stamp(each.on),
                "reason": each.reason,
                "by": each.by,
                "at": stamp(each.at),
            }
            for each in one.changes
        ],
    }
