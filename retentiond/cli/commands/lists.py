"""``retentiond list``: disposal lists, from made to withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, Table, answer
from retentiond.cli.installed import decider, mind_classes, opened
from retentiond.cli.lists import DIGEST_SHOWN, approved_at, entry_body, list_body, next_step, standing_words
from retentiond.cli.options import Family, Options
from retentiond.cli.text import counted, day, moment, spoken

if TYPE_CHECKING:
    from retentiond.domain.lists import DisposalList, Entry
    from retentiond.domain.people import Person
    from retentiond.lifecycle.gather import Gathered
    from retentiond.lifecycle.tools import Tools

PAGE = 1000
LEFT_SHOWN = 20


@click.group("list", cls=Family)
def command() -> None:
    """Make, show, approve, return, withdraw, end disposal lists."""


@command.command("create")
@click.option("--store", metavar="NAME", help="Only records of this store.")
@click.option("--class", "record_class", metavar="CODE", help="Only records of this class.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many records.")
@click.pass_obj
def create(options: Options, store: str | None, record_class: str | None, limit: int | None) -> int:
    """Put due records on a new list for review.

    Each record is read from its store and judged again first. Whoever makes a list cannot approve it.
    """
    from retentiond.lifecycle.gather import gather

    with opened(options) as tools:
        if store is not None:
            tools.definition(store)
        if record_class is not None:
            mind_classes([record_class], tools.classes())
        gathered = gather(tools, decider(options, tools), store=store, record_class=record_class, limit=limit)
    left = [{"record": str(one.ref), "reference": one.reference, "reason": one.reason} for one in gathered.left]
    return answer(options, {"list": list_body(gathered.listed), "left": left}, _created(gathered))


def _created(gathered: Gathered) -> Iterator[Line]:
    listed = gathered.listed
    yield f"Disposal list {listed.number} was made with {counted(sum(listed.counts.values()), 'record')}."
    if gathered.left:
        yield f"{counted(len(gathered.left), 'record')} found due by the scan stayed off it:"
        yield Table(
            ("record", "reference", "why"),
            [(str(one.ref), one.reference, one.reason) for one in gathered.left[:LEFT_SHOWN]],
        )
        if len(gathered.left) > LEFT_SHOWN:
            yield f"and {len(gathered.left) - LEFT_SHOWN:,} more; --json names them all."
    yield from next_step(listed)


@command.command("show")
@click.argument("number", required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), default=PAGE, show_default=True, metavar="N", help="Show at most so many."
)
@click.pass_obj
def show(options: Options, number: str | None, limit: int) -> int:
    """Show one list with its records, or all lists with their states."""
    with opened(options) as tools, tools.ledger.transaction() as tx:
        if number is None:
            lists = list(tx.lists.all())
            return answer(options, {"lists": [list_body(one) for one in lists]}, _all(lists))
        from retentiond.domain.lists import Standing

        listed = tx.lists.get(number)
        entries = list(tx.lists.entries(number, set(Standing), limit=limit))
        names = {one.id: one.name for one in tools.settings.people}
    body = {"list": list_body(listed), "records": [entry_body(one) for one in entries]}
    return answer(options, body, _one(listed, entries, names))


def _all(lists: list[DisposalList]) -> Iterator[Line]:
    if not lists:
        yield "There are no disposal lists."
        yield Advice("Next: 'retentiond scan', then 'retentiond list create'.")
        return
    yield Table(
        ("number", "state", "records", "gathered", "waits for", "digest"),
        [
            (
                one.number,
                spoken(one.state.value),
                f"{sum(one.counts.values()):,}",
                moment(one.gathered_at),
                spoken(one.next_stage or "") if one.state.value == "in-review" else "",
                one.digest[:DIGEST_SHOWN],
            )
            for one in lists
        ],
        frozenset({2}),
    )


def _one(listed: DisposalList, entries: list[Entry], names: dict[str, str]) -> Iterator[Line]:
    yield Styled(f"Disposal list {listed.number}: {spoken(listed.state.value)}", "cyan")
    by = names.get(listed.gathered_by, listed.gathered_by)
    yield f"Gathered by {by} on {moment(listed.gathered_at)}; revision {listed.revision}."
    given = {one.stage: one for one in listed.approvals}
    for stage in listed.stages:
        one = given.get(stage)
        said = f"approved by {names.get(one.person, one.person)} on {approved_at(one)}" if one else "not approved yet"
        yield f"  {spoken(stage)}: {said}"
    if entries:
        yield _entries(entries)
    total = sum(listed.counts.values())
    more = f"; {total - len(entries):,} more with a higher --limit" if total > len(entries) else ""
    yield f"{standing_words(listed)}{more}."
    yield from next_step(listed)


def _entries(entries: list[Entry]) -> Table:
    documents = any(one.documents for one in entries)
    return Table(
        ("record", "reference", "class", "action", "due on", "standing", *(("documents",) if documents else ()), "why"),
        [
            (
                str(one.ref),
                one.reference,
                one.record_class,
                one.action.value,
                day(one.due_on),
                spoken(one.standing.value),
                *((str(len(one.documents)),) if documents else ()),
                one.note or one.reason,
            )
            for one in entries
        ],
        frozenset({6}) if documents else frozenset(),
    )


@command.command("left-behind")
@click.pass_obj
def left_behind_(options: Options) -> int:
    """Show documents that stayed when their record went.

    Somebody else took the record away, or the document was held or changed when its record went. They have no class of
    their own, so that no scan finds them.
    """
    from retentiond.lifecycle.left_behind import left_behind

    with opened(options) as tools:
        stayed = left_behind(tools)
    body = [
        {
            "document": str(one.left.document.ref),
            "of": str(one.left.document.parent),
            "list": one.left.list_number,
            "why": one.why,
        }
        for one in stayed
    ]
    return answer(options, {"documents": body}, _left_behind(body))


def _left_behind(found: list[dict[str, str]]) -> Iterator[Line]:
    if not found:
        yield "No document was left behind."
        return
    yield Table(
        ("document", "of", "list", "why"), [(one["document"], one["of"], one["list"], one["why"]) for one in found]
    )
    yield f"{counted(len(found), 'document')} left behind."
    yield Advice(
        "Next: have their store's owner remove them, or connect the place where they lie as a kind of record with a "
        "class; then a scan finds them and people decide."
    )


@command.command("approve")
@click.argument("number")
@click.option(
    "--digest", required=True, metavar="HEX", help="The list's digest as shown to you, or at least its first 12 digits."
)
@click.pass_obj
def approve_(options: Options, number: str, digest: str) -> int:
    """Approve the next stage of a list, exactly as it was shown.

    Every record is read again first; where one has changed, it comes off the list and nothing is approved.
    """
    from retentiond.lifecycle.review import approve

    with opened(options) as tools:
        person = decider(options, tools)
        approved = approve(tools, number, person, digest)
    said = f"{person.name} approved disposal list {number} as {spoken(approved.stage)}."
    body = {"list": list_body(approved.listed), "stage": approved.stage}
    return answer(options, body, [said, *next_step(approved.listed)])


@command.command("return")
@click.argument("number")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.pass_obj
def return_(options: Options, number: str, reason: str) -> int:
    """Send a list back to whoever made it."""
    from retentiond.lifecycle.review import give_back

    return _end(options, lambda tools, person: give_back(tools, number, person, reason=reason))


@command.command("withdraw")
@click.argument("number")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.pass_obj
def withdraw_(options: Options, number: str, reason: str) -> int:
    """Stop a list before anything is done.

    Its cooling-off period, after the last approval, is the time for it.
    """
    from retentiond.lifecycle.review import withdraw

    return _end(options, lambda tools, person: withdraw(tools, number, person, reason=reason))


@command.command("end")
@click.argument("number")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.pass_obj
def end_(options: Options, number: str, reason: str) -> int:
    """End the disposal of a list half-way.

    For a list whose store is gone for good, or whose disposal must not go on. Nothing more is disposed of: what no
    order was sent for stays, and what no store tells of any more counts as failed.
    """
    from retentiond.lifecycle.end_disposal import end_disposal

    with opened(options) as tools:
        listed = end_disposal(tools, number, decider(options, tools), reason=reason)
    said = f"The disposal of list {number} was ended. What was not carried out counts as failed."
    return answer(options, {"list": list_body(listed)}, [said, *next_step(listed)])


def _end(options: Options, decide: Callable[[Tools, Person], DisposalList]) -> int:
    with opened(options) as tools:
        listed = decide(tools, decider(options, tools))
    said = f"Disposal list {listed.number} was {spoken(listed.state.value)}. Nothing was disposed of."
    return answer(options, {"list": list_body(listed)}, [said, *next_step(listed)])
