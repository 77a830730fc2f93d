"""``retentiond explain``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Line, answer
from retentiond.cli.installed import opened
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted, day, spoken, stamp

if TYPE_CHECKING:
    from datetime import date

    from retentiond.domain.verdicts import Verdict
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
    return answer(options, _body(explained), _lines(explained))


def _verdict(verdict: Verdict) -> tuple[str, date | None, tuple[str, ...], tuple[str, ...]]:
    """Return a verdict's word, due date, holds and blockers."""
    from retentiond.domain.verdicts import Blocked, Due, NotYet, OnHold, Permanent, Untriggered

    match verdict:
        case Due(due_on):
            return "due", due_on, (), ()
        case NotYet(due_on):
            return "not-yet", due_on, (), ()
        case OnHold(holds):
            return "on-hold", None, holds, ()
        case Blocked(blockers):
            return "blocked", None, (), blockers
        case Permanent():
            return "permanent", None, (), ()
        case Untriggered():
            return "untriggered", None, (), ()


def _body(explained: Explained) -> dict[str, object]:
    word, due_on, holds, blockers = _verdict(explained.verdict)
    record_class, schedule = explained.record_class, explained.schedule
    return {
        "record": str(explained.ref),
        "reference": explained.reference,
        "class": record_class.code if record_class else None,
        "title": record_class.title if record_class else None,
        "mandate": list(record_class.mandate) if record_class else [],
        "action": record_class.then.value if record_class else None,
        "schedule": {"name": schedule.name, "version": schedule.version, "digest": schedule.digest}
        if schedule
        else None,
        "dates": [{"trigger": name, "date": stamp(value)} for name, value in sorted(explained.dates.items())],
        "documents": explained.documents,
        "verdict": word,
        "due_on": stamp(due_on),
        "reason": explained.verdict.reason,
        "holds": list(holds),
        "blockers": list(blockers),
        "today": stamp(explained.today),
    }


def _lines(explained: Explained) -> Iterator[Line]:
    word, due_on, holds, blockers = _verdict(explained.verdict)
    record_class, schedule = explained.record_class, explained.schedule
    yield _field("Record", f"{explained.ref}, known as {explained.reference}")
    if record_class:
        yield _field("Class", f"{record_class.code} {record_class.title}")
        yield _field("Mandate", "; ".join(record_class.mandate))
        yield _field("Then", spoken(record_class.then.value))
    else:
        yield _field("Class", "none")
    if schedule:
        yield _field("Schedule", f"{schedule.name}, version {schedule.version}")
    for label, (name, value) in zip(_once("Dates"), sorted(explained.dates.items()), strict=False):
        yield _field(label, f"{spoken(name)}: {day(value) or 'none'}")
    if explained.documents:
        yield _field("Documents", counted(explained.documents, "document") + " in other stores go with it")
    for label, name in zip(_once("Holds"), holds, strict=False):
        yield _field(label, name)
    for label, name in zip(_once("Not now"), blockers, strict=False):
        yield _field(label, spoken(name))
    yield _field("Because", explained.verdict.reason)
    when = {
        "due": f" since {day(due_on)}",
        "not-yet": f"; due on {day(due_on)}",
        "untriggered": "; never due without that date",
    }.get(word, "")
    yield _field("Verdict", f"{spoken(word)}{when} (today is {day(explained.today)})")


def _field(label: str, text: str) -> str:
    return f"{label:<{WIDTH}}{text}"


def _once(label: str) -> Iterator[str]:
    yield label
    while True:
        yield ""
