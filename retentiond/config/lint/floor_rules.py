"""Statutory floors: a class that cites a regulation is kept at least as long as the regulation says."""

from __future__ import annotations

from collections.abc import Iterator

from retentiond.config.document import Loc
from retentiond.config.lint.citing import citations, floors_of
from retentiond.config.lint.floors import WHOLE, Floor, is_law_in, known_floors
from retentiond.config.lint.names import words_of
from retentiond.config.lint.occasions import Roles, roles_of
from retentiond.config.lint.remarks import Remark
from retentiond.config.lint.shortfalls import Shortfall, compared, corrected
from retentiond.config.lint.walk import conditions
from retentiond.domain.clauses import trigger_names
from retentiond.domain.conditions import DiedBeforeAge
from retentiond.domain.needs import all_dates
from retentiond.domain.periods import Period
from retentiond.domain.schedule import PeriodKind, RecordClass, Schedule
from retentiond.domain.wording import in_words, spoken


def floors(one: RecordClass, schedule: Schedule) -> Iterator[Remark]:
    """Yield where a class falls short of the law it cites; the way counts from the class."""
    yield from _elsewhere(one, schedule)
    cited = floors_of(one)
    for floor in cited:
        yield from _against(one, floor, schedule)
    if not cited:
        yield from _uncited(one, schedule)


def _uncited(one: RecordClass, schedule: Schedule) -> Iterator[Remark]:
    """Yield where a class falls short of the law that its title puts it under, and that its mandate does not name."""
    for floor in known_floors():
        if floor.titled is None or not is_law_in(floor, schedule.jurisdiction) or not floor.titled.fullmatch(one.title):
            continue
        found = compared(floor, one.retain, one.unless, _roles(one, floor, schedule))
        if found.shortfall is not None:
            said = (
                f"its title puts this class under {floor.citation}, which it does not cite; it may keep a "
                f"record through {in_words(found.shortfall.ends)} only, and the law says at least through "
                f"{in_words(found.shortfall.least)}"
            )
            loc: Loc = ("as",) if one.as_class else found.shortfall.loc
            yield Remark("floor-uncited", loc, said, f"lengthen it, or say in the title what else it is: {floor.words}")


def _roles(one: RecordClass, floor: Floor, schedule: Schedule) -> Roles:
    names = all_dates(one)
    return roles_of(names, floor, {name: words_of(name, schedule.events) for name in names})


def _against(one: RecordClass, floor: Floor, schedule: Schedule) -> Iterator[Remark]:
    age = next((each.when for each in floor.unless if isinstance(each.when, DiedBeforeAge)), None)
    if age is not None:
        yield from _wrong_ages(one, floor, age)
    roles = _roles(one, floor, schedule)
    found = compared(floor, one.retain, corrected(one.unless, age), roles)
    if found.shortfall is not None:
        yield _short(one, floor, roles, found.shortfall)
    elif not found.direct:
        yield _unusual(one, floor)
    for index, step in enumerate(one.steps):
        if (short := compared(floor, step.retain, (), roles).shortfall) is not None:
            said = (
                f"the step '{spoken(step.name)}' takes a part of the record after {in_words(short.ends)}, and "
                f"{floor.citation} keeps the record at least through {in_words(short.least)}"
            )
            yield Remark("floor-step", ("steps", index, "retain"), said, "have it confirmed that the part may go")


def _short(one: RecordClass, floor: Floor, roles: Roles, short: Shortfall) -> Remark:
    loc: Loc = ("as",) if one.as_class else short.loc
    own = frozenset(name for name, of in roles.own if of in trigger_names(floor.retain))
    dead = short.occasion.of_floor.get("death") is not None
    if not dead and own.isdisjoint(trigger_names(short.clause)) and roles.other:
        start = " and ".join(f"'{spoken(name)}'" for name in dict.fromkeys(trigger_names(short.clause)))
        event = " and ".join(f"'{spoken(name)}'" for name in sorted(set(trigger_names(floor.retain))))
        said = f"this counts from {start or 'no event'}, and {floor.citation} from {event}, so it may end too early"
        return Remark("floor-trigger", loc, said, f"count from {event}: the law says {floor.words}")
    when = "; ".join(f"{spoken(name)} {in_words(day)}" for name, day in short.occasion.of_floor.items() if day)
    said = (
        f"this may end before the law lets it ({when}): it keeps the record through {in_words(short.ends)}, and "
        f"{floor.citation} at least through {in_words(short.least)}"
    )
    if one.period_kind is PeriodKind.MAXIMUM:
        said = f"as a maximum {said}"
        return Remark("maximum", loc, said, f"lengthen it: the law says {floor.words}")
    return Remark("floor", loc, said, f"lengthen it: the law says {floor.words}")


def _unusual(one: RecordClass, floor: Floor) -> Remark:
    event = " and ".join(f"'{spoken(name)}'" for name in sorted(set(trigger_names(floor.retain))))
    said = f"this keeps to {floor.citation}, and it does not count from {event} as the law does"
    return Remark(
        "anchor", ("as",) if one.as_class else ("retain",), said, f"check that it is meant: the law says {floor.words}"
    )


def _wrong_ages(one: RecordClass, floor: Floor, age: DiedBeforeAge) -> Iterator[Remark]:
    for loc, condition in conditions(one):
        if isinstance(condition, DiedBeforeAge) and condition.age != age.age:
            said = (
                f"this exception is for a death before {_age(condition.age)}, and {floor.citation} says "
                f"before {_age(age.age)}"
            )
            yield Remark("floor-condition", (*loc, "died-before-age"), said, f"write '{_age(age.age)}'")


def _age(age: Period) -> str:
    years, months = divmod(age.months, 12)
    return str(years) if not months and not age.days else str(age)


def _elsewhere(one: RecordClass, schedule: Schedule) -> Iterator[Remark]:
    """Yield a mandate that is law of another country than the schedule's."""
    if any(whole in schedule.jurisdiction for whole in WHOLE):
        return
    for index, text in enumerate(one.mandate):
        for each in citations(text):
            if is_law_in(each.floor, schedule.jurisdiction):
                continue
            of, here = each.floor.jurisdiction, schedule.jurisdiction
            said = f"{each.floor.law} is law of {of}, and this schedule is for {here}"
            yield Remark(
                "jurisdiction", ("mandate", index), said, "cite the law of that country, or correct 'jurisdiction'"
            )
            break
