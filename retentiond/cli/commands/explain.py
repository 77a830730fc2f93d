"""``retentiond explain``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Line, answer
from retentiond.cli.explanations import body, verdict
from retentiond.cli.installed import opened
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted, day, spoken

if TYPE_CHECKING:
    from retentiond.lifecycle.explain import Explained

WIDTH = 11


@click.command("explain", cls=Verb)
@click.argument("record", metavar="RECORD")
@click.pass_obj
def command(options: Options, record: str) -> int:
    """Say in words why a record is, or is not, due today.

    RECORD is store/kind/key, or the reference people use if a scan has found it. The record is read from its store.
    """
    from retentiond.lifecycle.explain import explain

    with opened(options) as tools:
        explained = explain(tools, record)
    return answer(options, body(explained), _lines(explained))


def _lines(explained: Explained) -> Iterator[Line]:
    record, record_class, told = explained.record, explained.record_class, explained.told
    yield _field("Record", f"{record.ref}, known as {record.reference}")
    if record_class:
        yield from _fields("Class", [f"{record_class.code} {record_class.title}", f"because {explained.classified}"])
        yield _field("Mandate", "; ".join(record_class.mandate))
    else:
        yield from _fields("Class", ["none", f"because {explained.classified}"])
    if schedule := explained.schedule:
        yield _field("Schedule", f"{schedule.name}, version {schedule.version}, {schedule.jurisdiction}")
    yield from _fields("Exceptions", _asked(explained))
    yield from _fields("Rule", _rule(explained))
    yield from _fields("Dates", _dates(explained))
    yield from _fields("Because", told.arithmetic)
    yield from _fields("Before", _steps(explained))
    if explained.documents:
        yield _field("Documents", counted(explained.documents, "document") + " in other stores go with it")
    yield from _fields("Holds", explained.holds)
    yield from _fields("Not now", [spoken(one) for one in record.blockers])
    yield from _fields("Conflict", [f"{one} may not review it" for one in record.excluded_reviewers])
    yield from _fields("Done", explained.done)
    yield _field("Verdict", f"{_said(explained)} (today is {day(explained.today)})")


def _asked(explained: Explained) -> Iterator[str]:
    if explained.record_class is None:
        return
    if not explained.told.asked:
        yield "this class has none"
    for one in explained.told.asked:
        said = {True: "yes", False: "no", None: "it cannot be judged"}[one.holds]
        yield f"whether {one.condition}: {said}, because {one.because}"
    if explained.told.asked:
        decided = [one for one in explained.told.asked if one.holds]
        follows = f", as for {decided[-1].as_class}" if decided and decided[-1].as_class else ""
        if decided:
            yield f"so the rule is that of this exception{follows}"
        elif explained.told.rule:
            yield "none applies, so the class's own rule holds"


def _rule(explained: Explained) -> Iterator[str]:
    from retentiond.domain.rules_in_words import clause_in_words, done_in_words

    record_class, schedule = explained.record_class, explained.schedule
    if record_class is None or schedule is None:
        return
    if explained.told.rule:
        yield f"kept {clause_in_words(explained.told.rule, schedule.events)}"
    yield f"then {done_in_words(record_class.then)}"


def _dates(explained: Explained) -> Iterator[str]:
    from retentiond.domain.wording import called

    events = explained.schedule.events if explained.schedule else {}
    for name, value in sorted(explained.record.dates.items()):
        origin = explained.origins.get(name)
        yield f"{called(name, events)}: {day(value) or 'none'}{f' ({origin.said})' if origin else ''}"


def _steps(explained: Explained) -> Iterator[str]:
    from retentiond.domain.rules_in_words import step_in_words

    events = explained.schedule.events if explained.schedule else {}
    for one in explained.told.steps:
        done = f"done on {day(one.done_on)}" if one.done_on else "not done yet"
        yield f"{spoken(one.step.name)}, {done}: {step_in_words(one.step, events)}"
        yield from (f"    {line}" for line in one.arithmetic)


def _said(explained: Explained) -> str:
    word, due_on = verdict(explained)
    over = explained.told.due_on
    since = f", its period being over since {day(over)}" if over else ""
    return {
        "due": f"due since {day(due_on)}",
        "not-yet": f"not yet; due on {day(due_on)}",
        "on-hold": f"on hold{since}",
        "blocked": f"blocked{since}",
        "permanent": "permanent; never due",
        "untriggered": "untriggered; never due as things stand",
    }[word]


def _field(label: str, text: str) -> str:
    return f"{label:<{WIDTH}}{text}"


def _fields(label: str, texts: Iterable[str]) -> Iterator[str]:
    """Yield one line a text; the label stands before the first."""
    for number, text in enumerate(texts):
        yield _field("" if number else label, text)
