"""A forecast as a chart, as a table for spreadsheets and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retentiond.cli.progress import stores_read
from retentiond.cli.text import counted, day, printable, spoken, stamp

if TYPE_CHECKING:
    from retentiond.lifecycle.forecast import Amount, Forecast, When
    from retentiond.lifecycle.forecast import Line as Class


def label(when: When, *, short: bool = False) -> str:
    """Return when something falls due in words: ``December 2026``, ``2026``, ``due now``."""
    from retentiond.domain.wording import month_in_words
    from retentiond.lifecycle.forecast import Span

    if not isinstance(when, Span):
        return spoken(when.value)
    if when.is_year:
        return str(when.last.year)
    words = month_in_words(when.last.year, when.last.month)
    return f"{words[:3]} {when.last.year}" if short else words


def every(found: Forecast) -> tuple[When, ...]:
    """Return where records can stand, in the order of time."""
    from retentiond.lifecycle.forecast import Standing

    return Standing.DUE_NOW, *found.spans, Standing.LATER, Standing.PERMANENT, Standing.UNTRIGGERED


def wholes(found: Forecast) -> list[Class]:
    """Return the lines about records as a whole."""
    return [one for one in found.lines if not one.step]


def drawn(found: Forecast) -> str:
    """Return a chart of what falls due when, as SVG."""
    from retentiond.cli.chart import Series, stacked_bars
    from retentiond.lifecycle.forecast import Standing

    first, last = found.spans[0].first, found.spans[-1].last
    series = [
        Series(
            printable(f"{one.record_class.code} {one.record_class.title}"),
            [one.at(span).records for span in found.spans],
        )
        for one in wholes(found)
    ]
    due = sum(found.total(span).records for span in found.spans)
    title = f"Records falling due, {day(first)} to {day(last)}"
    beside_them = [
        f"{found.total(when).records:,} {words}"
        for when, words in (
            (Standing.DUE_NOW, "due now"),
            (Standing.LATER, "later"),
            (Standing.PERMANENT, "kept permanently"),
            (Standing.UNTRIGGERED, "without a date"),
        )
        if found.total(when).records
    ]
    # a picture that goes into a report alone must not look whole when it is not
    beside_them.extend(f"{spoken(one.kind)} in {one.store}, not read" for one in found.kinds if one.failure)
    most = max(found.spans, key=lambda span: found.total(span).records)
    described = f"{counted(due, 'record')} fall{'s' if due == 1 else ''} due"
    described += f", most in {label(most)}: {found.total(most).records:,}." if due else "."
    beside = f"Not in the bars: {'; '.join(beside_them)}" if beside_them else ""
    described = f"{described} {beside}. As of {day(found.today)}." if beside else described
    labels = [label(span, short=True) for span in found.spans]
    return stacked_bars(title, beside, labels, [one for one in series if any(one.values)], described)


HEADINGS = (
    "class",
    "title",
    "step",
    "action",
    "falls due",
    "from",
    "to",
    "records",
    "bytes",
    "records whose bytes the store counts",
)
"""Of the table for spreadsheets."""


def rows(found: Forecast) -> Iterator[tuple[object, ...]]:
    """Yield a row of the table for each class and month, and for the rest."""
    from retentiond.lifecycle.forecast import Span

    for one in found.lines:
        action = _action(one)
        for when in every(found):
            amount = one.at(when)
            first, last = (stamp(when.first), stamp(when.last)) if isinstance(when, Span) else ("", "")
            size_of = amount.bytes if amount.sized else ""
            code, title = one.record_class.code, one.record_class.title
            yield code, title, one.step, action, label(when), first, last, amount.records, size_of, amount.sized


def _action(one: Class) -> str:
    steps = {step.name: step.then.value for step in one.record_class.steps}
    return steps.get(one.step, one.record_class.then.value)


def _amount(amount: Amount) -> dict[str, object]:
    return {"records": amount.records, "bytes": amount.bytes if amount.sized else None, "sized": amount.sized}


def body(found: Forecast, files: list[str]) -> dict[str, object]:
    """Return it for programs."""
    from retentiond.lifecycle.forecast import Standing

    return {
        "today": stamp(found.today),
        "spans": [{"label": label(span), "first": stamp(span.first), "last": stamp(span.last)} for span in found.spans],
        "lines": [
            {
                "class": one.record_class.code,
                "title": one.record_class.title,
                "step": one.step or None,
                "action": _action(one),
                "spans": [_amount(one.at(span)) for span in found.spans],
                **{when.value.replace("-", "_"): _amount(one.at(when)) for when in Standing},
            }
            for one in found.lines
        ],
        "not_adopted": [
            {"place": one.place, "message": one.message, "remedy": one.remedy} for one in found.not_adopted
        ],
        "unclassified": found.unclassified,
        "unsized": list(found.unsized),
        "stores": stores_read(found.kinds),
        "files": files,
    }
