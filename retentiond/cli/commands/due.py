"""``retentiond due``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, Table, answer
from retentiond.cli.installed import mind_classes, opened
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted, day, moment, spoken, stamp

if TYPE_CHECKING:
    from retentiond.domain.findings import Finding, Found, ScanRun
    from retentiond.ledger.transaction import Transaction

PAGE = 1000


@click.command("due", cls=Verb)
@click.option("--store", metavar="NAME", help="Only records of this store.")
@click.option("--class", "record_class", metavar="CODE", help="Only records of this class.")
@click.option("--all", "everything", is_flag=True, help="Also those held, blocked or without a date, and why.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=PAGE, show_default=True, metavar="N", help="Show at most so many."
)
@click.pass_obj
def command(options: Options, store: str | None, record_class: str | None, everything: bool, limit: int) -> int:
    """Show what the latest scans found due, each with its reason."""
    from retentiond.domain.findings import Finding
    from retentiond.lifecycle.scan import is_outdated

    wanted = (Finding.DUE, Finding.ON_HOLD, Finding.BLOCKED, Finding.UNTRIGGERED) if everything else (Finding.DUE,)
    with opened(options) as tools, tools.ledger.transaction() as tx:
        if store is not None:
            tools.definition(store)
        if record_class is not None:
            mind_classes([record_class], tools.classes())
        total = sum(
            count
            for (of, _kind, code, finding), count in tx.findings.counts().items()
            if finding in wanted and store in (None, of) and record_class in (None, code)
        )
        found = list(islice(_found(tx, wanted, store, record_class), limit))
        runs = [(one, is_outdated(tools, one)) for one in tx.findings.runs() if store in (None, one.store)]
    connected = frozenset(one.name for one in tools.definitions)
    return answer(options, _body(found, total, runs), _lines(found, total, runs, connected, everything=everything))


def _found(
    tx: Transaction, wanted: tuple[Finding, ...], store: str | None, record_class: str | None
) -> Iterator[Found]:
    for finding in wanted:
        after = None
        while page := tx.findings.current(finding, store=store, record_class=record_class, after=after, limit=PAGE):
            yield from page
            after = page[-1].ref


def _body(found: list[Found], total: int, runs: list[tuple[ScanRun, bool]]) -> dict[str, object]:
    return {
        "total": total,
        "findings": [
            {
                "record": str(one.ref),
                "reference": one.reference,
                "class": one.record_class,
                "finding": one.finding.value,
                "action": one.action,
                "due_on": stamp(one.due_on),
                "reason": one.reason,
            }
            for one in found
        ],
        "scans": [
            {
                "store": one.store,
                "kind": one.kind,
                "started_at": stamp(one.started_at),
                "finished_at": stamp(one.finished_at),
                "failure": one.failure,
                "outdated": outdated,
            }
            for one, outdated in runs
        ],
    }


def _lines(
    found: list[Found],
    total: int,
    runs: list[tuple[ScanRun, bool]],
    connected: frozenset[str],
    *,
    everything: bool,
) -> Iterator[Line]:
    if found:
        verdict = ("verdict",) if everything else ()
        yield Table(
            ("record", "reference", "class", "action", *verdict, "due on", "reason"),
            [
                (
                    str(one.ref),
                    one.reference,
                    one.record_class or "",
                    one.action,
                    *((spoken(one.finding.value),) if everything else ()),
                    day(one.due_on),
                    one.reason,
                )
                for one in found
            ],
        )
    for run, outdated in runs:
        if run.failure:
            yield Styled(f"FAILED the latest scan of {run.store}/{run.kind}", "red")
            yield from (Styled(f"  {line}", "red") for line in run.failure.splitlines())
        elif run.finished_at is None:
            yield Styled(f"UNFINISHED the latest scan of {run.store}/{run.kind}; nothing newer is known", "yellow")
        elif outdated and run.store not in connected:
            yield Styled(
                f"NOT CONNECTED {run.store}: it has no definition any more, and none of it is listed", "yellow"
            )
        elif outdated:
            said = "was judged under a schedule or a definition that has changed since: scan again"
            yield Styled(f"OUTDATED {run.store}/{run.kind} {said}", "yellow")
    more = f"; {total - len(found):,} more with a higher --limit" if total > len(found) else ""
    words = counted(total, "record") if everything else f"{counted(total, 'record')} due"
    since = f", as of {moment(min(one.started_at for one, _ in runs))}" if runs else ""
    yield f"{words}{since}{more}."
    if not runs:
        yield Advice("Nothing was scanned yet: run 'retentiond scan'.")
    elif found:
        yield Advice("Next: 'retentiond explain RECORD' says why, 'retentiond list create' makes a disposal list.")
