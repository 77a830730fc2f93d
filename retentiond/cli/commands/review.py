"""``retentiond review``: decisions on single records of a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import answer
from retentiond.cli.given import DAY
from retentiond.cli.installed import decider, opened
from retentiond.cli.lists import list_body, next_step
from retentiond.cli.options import Family, Options

if TYPE_CHECKING:
    from retentiond.domain.lists import DisposalList
    from retentiond.domain.people import Person
    from retentiond.lifecycle.tools import Tools


@click.group("review", cls=Family)
def command() -> None:
    """Take single records off a disposal list.

    NUMBER is the list; RECORD is store/kind/key, or the reference people use. The list gets a new digest, and
    approvals given before are void.
    """


@command.command("retain")
@click.argument("number")
@click.argument("record")
@click.option("--until", type=DAY, required=True, metavar="DATE", help="The last day it is kept.")
@click.option("--reason", required=True, metavar="TEXT", help="Why it is kept longer than its schedule says.")
@click.pass_obj
def retain_(options: Options, number: str, record: str, until: date, reason: str) -> int:
    """Keep a record through a date, for a reason."""
    from retentiond.lifecycle.review_record import retain

    return _take_off(
        options, record, lambda tools, person: retain(tools, number, person, record, until=until, reason=reason)
    )


@command.command("hold")
@click.argument("number")
@click.argument("record")
@click.option("--title", required=True, metavar="TEXT", help="What the hold is called.")
@click.option("--authority", required=True, metavar="TEXT", help="Who or what orders it.")
@click.option("--review-on", type=DAY, required=True, metavar="DATE", help="When somebody looks at it again.")
@click.pass_obj
def hold_(options: Options, *, number: str, record: str, title: str, authority: str, review_on: date) -> int:
    """Place a hold on a record."""
    from retentiond.lifecycle.review_record import hold_record

    return _take_off(
        options,
        record,
        lambda tools, person: hold_record(
            tools, number, person, record, title=title, authority=authority, review_on=review_on
        ),
    )


@command.command("reclassify")
@click.argument("number")
@click.argument("record")
@click.option("--class", "record_class", required=True, metavar="CODE", help="The class it should have.")
@click.pass_obj
def reclassify_(options: Options, number: str, record: str, record_class: str) -> int:
    """Say that a record's class is wrong.

    Whoever keeps the store puts it right there; the next scan then finds it under its new class.
    """
    from retentiond.lifecycle.review_record import reclassify

    return _take_off(
        options, record, lambda tools, person: reclassify(tools, number, person, record, record_class=record_class)
    )


def _take_off(options: Options, record: str, decide: Callable[[Tools, Person], DisposalList]) -> int:
    with opened(options) as tools:
        listed = decide(tools, decider(options, tools))
    said = f"{record} was taken off disposal list {listed.number}."
    return answer(options, {"record": record, "list": list_body(listed)}, [said, *next_step(listed)])
