"""``retentiond scan``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, Styled, Table, answer, fault_body
from retentiond.cli.installed import opened
from retentiond.cli.options import Options, Verb
from retentiond.cli.progress import progress
from retentiond.cli.text import counted

if TYPE_CHECKING:
    from retentiond.lifecycle.scan import Scanned


@click.command("scan", cls=Verb)
@click.option("--store", "stores", multiple=True, metavar="NAME", help="Only this store; may be repeated.")
@click.pass_obj
def command(options: Options, stores: tuple[str, ...]) -> int:
    """Find records past their period in the connected stores.

    Nothing is changed in any store. A store that cannot be scanned whole has nothing due until it can, and neither has
    a kind of record whose tables have changed until somebody accepts them ('retentiond connector accept'). The others
    are scanned all the same, and the exit code is then 1.
    """
    from retentiond.lifecycle.scan import scan

    with opened(options) as tools, progress(options) as tell:
        scanned = scan(tools, stores=stores, tell=tell)
    return answer(options, _body(scanned), _lines(scanned), code=1 if _failed(scanned) else 0)


def _failed(scanned: Scanned) -> bool:
    return bool(scanned.faults or scanned.doubts) or any(one.failure for one in scanned.kinds)


def _body(scanned: Scanned) -> dict[str, object]:
    from retentiond.domain.findings import Finding

    return {
        "kinds": [
            {
                "store": one.store,
                "kind": one.kind,
                "examined": one.examined,
                "failure": one.failure,
                "doubts": [fault_body(fault) for fault in one.doubts],
                "remarks": [str(fault) for fault in one.remarks],
                "unclassified": one.unclassified,
                **{finding.value.replace("-", "_"): one.counts.get(finding, 0) for finding in Finding},
            }
            for one in scanned.kinds
        ]
    }


def _lines(scanned: Scanned) -> Iterator[Line]:
    from retentiond.domain.findings import Finding

    shown = (Finding.DUE, Finding.ON_HOLD, Finding.BLOCKED, Finding.UNTRIGGERED)
    whole = [one for one in scanned.kinds if not one.failure]
    if whole:
        yield Table(
            ("store", "kind of record", "examined", "due", "on hold", "blocked", "untriggered"),
            [
                (one.store, one.kind, f"{one.examined:,}", *(f"{one.counts.get(finding, 0):,}" for finding in shown))
                for one in whole
            ],
            frozenset({2, 3, 4, 5, 6}),
        )
    for one in scanned.kinds:
        if one.failure:
            yield Styled(
                f"FAILED {one.store}/{one.kind}: nothing of it counts as due until a scan of it succeeds", "red"
            )
            yield from (Styled(f"  {line}", "red") for line in one.failure.splitlines())
        if one.doubts:
            yield Styled(f"NOT DUE {one.store}/{one.kind}: no record of it is due until this is settled", "red")
            yield from (Styled(f"  {fault}", "red") for fault in one.doubts)
        yield from (Styled(f"NO RECORD {fault}", "yellow") for fault in one.remarks)
    for one in whole:
        if one.unclassified:
            yield Styled(
                f"UNCLASSIFIED {one.store}/{one.kind}: {counted(one.unclassified, 'record')}, never due: "
                "no line of `classify` holds",
                "yellow",
            )
    examined = sum(one.examined for one in whole)
    yield f"{counted(examined, 'record')} examined, {scanned.total(Finding.DUE):,} due. Nothing was changed."
    if any(one.counts.get(Finding.UNTRIGGERED) for one in whole if not one.doubts):
        yield Advice(
            "Untriggered records lack a date their class needs, or a class, and are never due: 'retentiond due --all'."
        )
    if scanned.total(Finding.DUE):
        yield Advice("Next: 'retentiond due' shows them, 'retentiond list create' puts them before reviewers.")
