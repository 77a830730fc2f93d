"""What only settings, schedules and definitions together can show to be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from retentiond.config.places import shared_places
from retentiond.config.stages import why_not_filled
from retentiond.domain.definitions import Definition, KindOfRecord, ObjectPart
from retentiond.domain.errors import Fault
from retentiond.domain.needs import all_dates, needed_statuses, unanswered_dates
from retentiond.domain.people import RECORDS_MANAGER
from retentiond.domain.places import AWS_REGION_COUNTRY
from retentiond.domain.schedule import Action, RecordClass, Schedule
from retentiond.domain.settings import Settings


def cross_check(
    settings: Settings, schedules: Sequence[Schedule], definitions: Sequence[Definition]
) -> tuple[Fault, ...]:
    """Return every fault that no single file shows, file by file; none means that they fit together.

    Args:
        settings: of this installation: who reviews, and where data may lie.
        schedules: every schedule in force.
        definitions: every connected store.
    """
    classes = {one.code: (one, schedule) for schedule in schedules for one in schedule.classes}
    stores = {one.name: one for one in definitions}
    faults = [*_people(settings, schedules), *_names(schedules), *shared_places(definitions)]
    for definition in definitions:
        faults.extend(_location(definition, settings))
        faults.extend(_copies(definition, definitions))
        for kind in definition.records:
            faults.extend(_classification(kind, classes))
            faults.extend(_parts(kind, stores))
    return tuple(faults)


def _people(settings: Settings, schedules: Sequence[Schedule]) -> Iterator[Fault]:
    if not any(RECORDS_MANAGER in one.roles for one in settings.people):
        yield Fault(settings.source, f"nobody is a {RECORDS_MANAGER}, and only one gathers a list", "name one")
    told: set[tuple[str, ...]] = set()
    for schedule in schedules:
        for one in schedule.classes:
            if not one.then.is_disposal:
                continue
            stages = one.review or settings.default_review
            why = why_not_filled(stages, settings.people)
            if why is None or (not one.review and stages in told):
                continue
            if not one.review:
                told.add(stages)
            place = f"{schedule.source}: class {one.code}" if one.review else f"{settings.source}: review"
            yield Fault(place, *why)


def _names(schedules: Sequence[Schedule]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for one in schedules:
        other = first.setdefault(one.name.casefold(), one.source)
        if other != one.source:
            message = (
                f"the schedule's name '{one.name}' is that of {other} as well, and one version of a name is in force"
            )
            yield Fault(one.source, message, "give each schedule its own")


def _location(definition: Definition, settings: Settings) -> Iterator[Fault]:
    if definition.location not in settings.allowed_countries:
        yield Fault(
            definition.source,
            f"the store '{definition.name}' lies in {definition.location}, which is not an allowed country",
            "move it, or have 'allowed-countries' extended by whoever answers for it",
        )
    region = definition.options.get("region")
    if definition.kind != "s3" or not region or "endpoint" in definition.options:
        return
    country = AWS_REGION_COUNTRY.get(region)
    if country is None:
        yield Fault(
            definition.source, f"the country of region '{region}' is not known", "use a region of the UK or the EEA"
        )
    elif country != definition.location:
        message = f"region '{region}' lies in {country}, and 'location' says {definition.location}"
        yield Fault(definition.source, message, f"write 'location: {country}' if that is right")


def _copies(definition: Definition, definitions: Sequence[Definition]) -> Iterator[Fault]:
    connected = {one.options.get("bucket") for one in definitions if one is not definition}
    for bucket in definition.options.get("copies-in", "").split():
        if bucket not in connected:
            message = f"the bucket '{bucket}' in 'copies-in' of '{definition.name}' is no connected store"
            yield Fault(definition.source, message, "add its definition, so that the copies are disposed of as well")


def _classification(kind: KindOfRecord, known: Mapping[str, tuple[RecordClass, Schedule]]) -> Iterator[Fault]:
    mapped = {one.name for one in kind.triggers}
    statuses = {one.name for one in kind.statuses}
    for code in dict.fromkeys(one.record_class for one in kind.classify):
        if code not in known:
            near = get_close_matches(code, known, n=1, cutoff=0.5)
            remedy = f"did you mean '{near[0]}'?" if near else "add it to a schedule"
            yield Fault(kind.place, f"'{kind.name}' names the class '{code}', which is in no schedule", remedy)
            continue
        record_class, schedule = known[code]
        for trigger in sorted(unanswered_dates(record_class, mapped, schedule.by_hand)):
            message = f"the class '{code}' needs the date '{trigger}', and '{kind.name}' does not map it"
            yield Fault(kind.place, message, f"add '{trigger}' to its triggers")
        for status in sorted(needed_statuses(record_class) - statuses):
            message = f"the class '{code}' asks whether it was ever '{status}', and '{kind.name}' does not map that"
            yield Fault(kind.place, message, f"add '{status}' to its statuses")
        for trigger in sorted(mapped & schedule.by_hand & all_dates(record_class)):
            message = f"'{trigger}' is entered by hand under '{schedule.name}', and '{kind.name}' maps it"
            yield Fault(kind.place, message, "take it out of the triggers, or take 'by-hand' out of the schedule")
        if record_class.then.rewrites and record_class.then is not kind.rewriting:
            yield _without_plan(kind, record_class)


def _without_plan(kind: KindOfRecord, record_class: RecordClass) -> Fault:
    """Return that a class asks for what the plan of a kind does not do; a pseudonym is never called anonymous."""
    wanted, other = (
        ("anonymise", "pseudonymise") if record_class.then is Action.ANONYMISE else ("pseudonymise", "anonymise")
    )
    message = f"the class '{record_class.code}' is to be {wanted}d, and '{kind.name}' has no plan for that"
    remedy = f"add '{wanted}', or write 'then: destroy' in the schedule"
    if kind.rewriting is not None:
        message = f"the class '{record_class.code}' is to be {wanted}d, and the plan of '{kind.name}' is to {other}"
        remedy = f"write 'then: {other}' in the schedule, or plan to {wanted}"
    return Fault(kind.place, message, remedy)


def _parts(kind: KindOfRecord, stores: Mapping[str, Definition]) -> Iterator[Fault]:
    for part in kind.parts:
        if not isinstance(part, ObjectPart):
            continue
        store = stores.get(part.store)
        if store is None:
            near = get_close_matches(part.store, stores, n=1, cutoff=0.5)
            remedy = f"did you mean '{near[0]}'?" if near else "add its definition"
            yield Fault(
                kind.place, f"'{kind.name}' has objects in the store '{part.store}', which is not defined", remedy
            )
        elif store.kind == "sql":
            yield Fault(
                kind.place,
                f"'{kind.name}' has objects in '{part.store}', which is a database",
                "name a bucket or share",
            )
        elif store.records and all(one.classify and one.name != "object" for one in store.records):
            yield Fault(
                kind.place,
                f"'{kind.name}' has objects in '{part.store}', where every kind of record is classified by itself",
                f"add a kind without 'classify' to '{part.store}'",
            )
        elif whole := next((one for one in store.records if one.classify and one.folders), None):
            # A store of cases is asked about the folder's own key; that of a file in it is another.
            yield Fault(
                kind.place,
                f"'{kind.name}' has objects in '{part.store}', where folders of '{whole.name}' go whole: one that "
                f"holds what '{kind.name}' names would go with it",
                f"connect the folders of '{whole.name}' as a store of their own",
            )
