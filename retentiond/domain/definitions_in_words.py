"""What a store's definition says, in words: which line gave a record its class, and where a date stands."""

from __future__ import annotations

from collections.abc import Mapping

from retentiond.domain.definitions import ClassCondition, KindOfRecord, Reach, Trigger
from retentiond.domain.wording import listed, spoken

_OF_OBJECTS = {
    "tag": "the tag '{}'",
    "metadata": "the metadata '{}'",
    "column": "the key table's column '{}'",
    "sidecar": "the field '{}' of its sidecar",
    "name": "its name",
    "last-modified": "when it was last modified",
    "modified": "when it was last modified",
}


def why_of_class(kind: KindOfRecord, code: str | None) -> str:
    """Return which line of the classification held for a record of a class, as far as the class tells.

    ``a row of 'status_period' belongs to it where 'kind' is 'CLA'``; ``no other line of its definition holds``.
    """
    lines = [one for one in kind.classify if one.record_class == code]
    if code is None or not lines:
        return "no line of its definition holds"
    conditions = [line_in_words(one) for one in lines]
    if len(kind.classify) == 1 and not conditions[0]:
        return f"its definition puts every {spoken(kind.name)} there"
    if len(lines) > 1:
        return f"one of these holds: {'; '.join(one or 'no other line does' for one in conditions)}"
    return conditions[0] or "no other line of its definition holds"


def line_in_words(line: ClassCondition) -> str:
    """Return the condition of one line of a classification; empty where it always holds."""
    said: list[str] = []
    if line.exists is not None:
        said.append(f"a row of '{line.exists.table}' belongs to it{_way(line.exists)}{_where(line.exists.where)}")
    said.extend(_own(name, value) for name, value in line.where.items())
    return listed(said)


def origin_in_words(kind: KindOfRecord, trigger: Trigger) -> str:
    """Return where a trigger's date stands: ``eh_episode.ended_on``, ``the latest person.dob``, ``its name``."""
    if not kind.table:
        source, _, argument = trigger.column.partition(":")
        return _OF_OBJECTS.get(source, "{}").format(argument)
    if trigger.reach is None:
        return f"{kind.table}.{trigger.column}"
    which = f"the {trigger.aggregate} " if trigger.aggregate else ""
    return f"{which}{trigger.reach.table}.{trigger.column}{_where(trigger.reach.where)}"


def _way(reach: Reach) -> str:
    tables = [f"'{one.table}'{_where(one.where)}" for one in reach.through]
    return f" by way of {listed(tables)}" if tables else ""


def _where(where: Mapping[str, str | None]) -> str:
    conditions = [f"'{name}' is {_value(value)}" for name, value in where.items()]
    return f" where {listed(conditions)}" if conditions else ""


def _own(name: str, value: str | None) -> str:
    if name == "prefix":
        return f"its name begins with '{value}'"
    if name == "name:":
        return f"its name fits the pattern '{value}'"
    source, _, argument = name.partition(":")
    said = _OF_OBJECTS[source].format(argument).removeprefix("the ") if argument else f"'{name}'"
    return f"its {said} is {_value(value)}"


def _value(value: str | None) -> str:
    return "empty" if value is None else f"'{value}'"
