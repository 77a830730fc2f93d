"""One record explained, as JSON, and the word for its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retentiond.cli.text import stamp

if TYPE_CHECKING:
    from datetime import date

    from retentiond.lifecycle.explain import Explained


def verdict(explained: Explained) -> tuple[str, date | None]:
    """Return the verdict's word and, where it is due or not yet, the day."""
    from retentiond.domain.verdicts import Blocked, Due, NotYet, OnHold, Permanent, Untriggered

    match explained.verdict:
        case Due(due_on):
            return "due", due_on
        case NotYet(due_on):
            return "not-yet", due_on
        case OnHold():
            return "on-hold", None
        case Blocked():
            return "blocked", None
        case Permanent():
            return "permanent", None
        case Untriggered():
            return "untriggered", None


def body(explained: Explained) -> dict[str, object]:
    """Return it for programs."""
    from retentiond.domain.rules_in_words import clause_in_words
    from retentiond.domain.wording import called

    word, due_on = verdict(explained)
    record, told = explained.record, explained.told
    record_class, schedule = explained.record_class, explained.schedule
    events = schedule.events if schedule else {}
    decided = [one for one in told.asked if one.holds]
    return {
        "record": str(record.ref),
        "reference": record.reference,
        "class": record_class.code if record_class else None,
        "title": record_class.title if record_class else None,
        "classified": explained.classified,
        "mandate": list(record_class.mandate) if record_class else [],
        "action": record_class.then.value if record_class else None,
        "schedule": {
            "name": schedule.name,
            "version": schedule.version,
            "jurisdiction": schedule.jurisdiction,
            "digest": schedule.digest,
        }
        if schedule
        else None,
        "asked": [
            {"condition": one.condition, "holds": one.holds, "because": one.because, "as_class": one.as_class or None}
            for one in told.asked
        ],
        "exception": decided[-1].condition if decided else None,
        "rule": clause_in_words(told.rule, events) if told.rule else None,
        "dates": [
            {
                "trigger": name,
                "called": called(name, events),
                "date": stamp(value),
                "origin": origin.said if (origin := explained.origins.get(name)) else None,
            }
            for name, value in sorted(record.dates.items())
        ],
        "arithmetic": list(told.arithmetic),
        "period_over_on": stamp(told.due_on),
        "steps": [
            {
                "step": one.step.name,
                "what": one.step.what,
                "action": one.step.then.value,
                "done_on": stamp(one.done_on),
                "arithmetic": list(one.arithmetic),
            }
            for one in told.steps
        ],
        "documents": explained.documents,
        "verdict": word,
        "due_on": stamp(due_on),
        "reason": explained.verdict.reason,
        "holds": list(explained.holds),
        "done": list(explained.done),
        "blockers": list(record.blockers),
        "conflicts": list(record.excluded_reviewers),
        "today": stamp(explained.today),
    }
