"""A disposal list, in words and for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from retentiond.cli.answers import Advice, Line
from retentiond.cli.text import a_role, moment, spoken, stamp

if TYPE_CHECKING:
    from retentiond.domain.lists import DisposalList, Entry
    from retentiond.domain.people import Approval

DIGEST_SHOWN = 16
"""Characters of a digest that people compare and type."""


def list_body(listed: DisposalList) -> dict[str, object]:
    """Return a list for JSON."""
    given = {one.stage: one for one in listed.approvals}
    return {
        "number": listed.number,
        "state": listed.state.value,
        "gathered_by": listed.gathered_by,
        "gathered_at": stamp(listed.gathered_at),
        "stages": [
            {
                "role": stage,
                "approved_by": given[stage].person if stage in given else None,
                "approved_at": given[stage].at if stage in given else None,
            }
            for stage in listed.stages
        ],
        "digest": listed.digest,
        "revision": listed.revision,
        "dispose_after": stamp(listed.dispose_after),
        "counts": [{"standing": one.value, "records": count} for one, count in sorted(listed.counts.items()) if count],
    }


def entry_body(entry: Entry) -> dict[str, object]:
    """Return one record of a list for JSON."""
    return {
        "record": str(entry.ref),
        "reference": entry.reference,
        "class": entry.record_class,
        "action": entry.action.value,
        "due_on": stamp(entry.due_on),
        "reason": entry.reason,
        "documents": [str(one) for one in entry.documents],
        "recipients": list(entry.recipients),
        "standing": entry.standing.value,
        "note": entry.note,
        "order": entry.order,
    }


def approved_at(approval: Approval) -> str:
    """Return when an approval was given, in words."""
    return moment(datetime.fromisoformat(approval.at))


def standing_words(listed: DisposalList) -> str:
    """Return ``96 listed, 2 retained``."""
    return ", ".join(f"{count:,} {spoken(one.value)}" for one, count in sorted(listed.counts.items()) if count)


def next_step(listed: DisposalList) -> Iterator[Line]:
    """Yield what the list waits for."""
    number = listed.number
    match listed.state.value:
        case "in-review":
            yield f"It waits for approval by {a_role(listed.next_stage or '')}; its digest is {listed.digest}."
            yield Advice(
                f"Next: look at it with 'retentiond list show {number}', then 'retentiond list approve {number} "
                f"--digest {listed.digest[:DIGEST_SHOWN]}'."
            )
        case "approved":
            yield (
                f"Every stage has approved it. It can be carried out from {moment(listed.dispose_after)}, "
                f"and withdrawn until it is."
            )
            yield Advice(
                f"Next: 'retentiond dispose {number} --plan' says what would happen, 'retentiond dispose {number}' "
                f"does it."
            )
        case "disposing":
            yield Advice(
                f"Next: 'retentiond dispose {number}' goes on where it stopped. If it never can, 'retentiond list end "
                f"{number}' ends it."
            )
        case "disposed":
            yield Advice(f"Next: 'retentiond dispose {number}' looks at what is left and certifies it.")
        case "certified":
            yield Advice("Next: 'retentiond certificate show' has its certificate.")
        case "withdrawn" | "returned":
            yield Advice("Its records stay where they are and can be listed again.")
