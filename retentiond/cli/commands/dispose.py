"""``retentiond dispose``: carry out an approved list, or say what would happen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, answer
from retentiond.cli.certificates import certificate_body, certificate_lines, statement_of
from retentiond.cli.installed import decider, opened
from retentiond.cli.lists import list_body
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import a_role, counted, day, moment, spoken, stamp

if TYPE_CHECKING:
    from retentiond.domain.schedule import RecordClass, Schedule
    from retentiond.lifecycle.gate import Passed
    from retentiond.lifecycle.plan import Plan

SYMBOLS = {"destroy": "-", "anonymise": "~", "pseudonymise": "*"}
ALWAYS = ("destroy", "anonymise")
"""Actions that a plan counts also where there is nothing to do."""


@click.command("dispose", cls=Verb)
@click.argument("number")
@click.option("--plan", "only_plan", is_flag=True, help="Say what would happen now, record by record. Change nothing.")
@click.pass_obj
def command(options: Options, number: str, only_plan: bool) -> int:
    """Carry out an approved list, verify it, and certify it.

    Interrupted anywhere, the same command goes on where it stopped. What a hold covers, what changed since it was
    reviewed and what is no longer due is left alone.
    """
    if only_plan:
        from retentiond.lifecycle.plan import plan

        with opened(options) as tools:
            planned = plan(tools, number)
            classes = tools.classes()
        groups = _grouped(planned.passed)
        return answer(options, _plan_body(planned, groups), _plan_lines(planned, groups, classes))
    from retentiond.domain.records import RecordRef
    from retentiond.lifecycle.through import carry_through

    with opened(options) as tools:
        certificate = carry_through(tools, number, by=decider(options, tools))
        with tools.ledger.transaction() as tx:
            left = tx.lists.left_behind(after=(number, RecordRef("", "", "")), limit=1, certain=True)
    statement = statement_of(certificate)
    done = "carried out, verified and certified"
    if statement["predicate"]["status"] == "partial":
        done = "verified and certified in part: what failed stands on the certificate"
    stayed = "Documents of records that are gone stayed: 'retentiond list left-behind' names them."
    lines = [
        f"Disposal list {number} was {done}.",
        *certificate_lines(certificate),
        *([Styled(stayed, "yellow")] if any(one.list_number == number for one in left) else []),
        Advice(f"Next: 'retentiond certificate export {certificate.number} --to DIR' makes the auditor's copy."),
    ]
    return answer(options, {"certificate": certificate_body(certificate), "statement": statement}, lines)


@dataclass(slots=True)
class _Group:
    """Records of one class that would fare alike."""

    action: str
    fate: str | None
    note: str
    record_class: str
    records: int = 0
    oldest: date | None = None


def _grouped(passed: tuple[Passed, ...]) -> list[_Group]:
    groups: dict[tuple[str, str, str, str], _Group] = {}
    for one in passed:
        entry, fate = one.entry, one.fate.value if one.fate else None
        key = (fate or "", entry.action.value, entry.record_class, one.note)
        group = groups.setdefault(key, _Group(entry.action.value, fate, one.note, entry.record_class))
        group.records += 1
        group.oldest = min(entry.due_on, group.oldest or entry.due_on)
    return [groups[key] for key in sorted(groups)]


def _plan_body(planned: Plan, groups: list[_Group]) -> dict[str, object]:
    return {
        "list": list_body(planned.listed),
        "not_before": stamp(planned.not_before),
        "stopped": planned.stopped or None,
        "groups": [
            {
                "action": one.action,
                "fate": one.fate,
                "note": one.note,
                "class": one.record_class,
                "records": one.records,
                "oldest_due_on": stamp(one.oldest),
            }
            for one in groups
        ],
    }


def _plan_lines(
    planned: Plan, groups: list[_Group], classes: dict[str, tuple[RecordClass, Schedule]]
) -> Iterator[Line]:
    listed = planned.listed
    yield f"Disposal list {listed.number}, revision {listed.revision}, digest {listed.digest}"
    width = max((len(f"{one.records:,}") for one in groups), default=1)
    words = max((len(_word(one)) for one in groups), default=1)
    for one in groups:
        title = classes[one.record_class][0].title if one.record_class in classes else "no class of the schedule"
        why = one.note or f"oldest due since {day(one.oldest)}"
        symbol = "!" if one.fate else SYMBOLS.get(one.action, "?")
        line = f"  {symbol} {_word(one):<{words}}  {one.records:>{width},}  {one.record_class} {title}: {why}"
        yield Styled(line, "yellow" if one.fate else "red" if one.action == "destroy" else "cyan")
    counts = {action: sum(one.records for one in groups if not one.fate and one.action == action) for action in SYMBOLS}
    totals = [f"{count:,} to {action}" for action, count in counts.items() if count or action in ALWAYS]
    alone = sum(one.records for one in groups if one.fate)
    yield f"Plan: {', '.join(totals)}, {counted(alone, 'record')} left alone. Nothing was changed."
    if planned.not_before is None:
        yield f"It still waits for approval by {a_role(listed.next_stage or '')}."
    else:
        yield f"It may be carried out from {moment(planned.not_before)}, and withdrawn until it is."
    if planned.stopped:
        yield Styled(f"STOPPED {planned.stopped}", "yellow")


def _word(group: _Group) -> str:
    return spoken(group.fate) if group.fate else group.action
