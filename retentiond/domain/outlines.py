"""The outline of a kind of record: its tables and columns and what refers to them, and what has changed about it.

A definition says what people decided about the columns they knew. A column or a table that came later was decided on
by nobody, so its kind's records are not due until somebody has looked (promise 9: fail closed).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from retentiond.domain.errors import Fault

_REFUSES = "NO ACTION"


@dataclass(frozen=True, slots=True, order=True)
class Referrer:
    """A foreign key into a table that holds rows of a record."""

    table: str
    """The table it stands in; with its schema where that is another one."""
    columns: tuple[str, ...]
    to: str
    on_delete: str = ""
    """``CASCADE``, ``SET NULL``, ``SET DEFAULT``, or empty where the database refuses."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a store's catalogue says about one kind of record, in names only. A store without a catalogue says nothing.

    ``faults`` are no part of what people accept: they stop every disposal of the kind until they are gone.
    """

    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Every table the definition names for the kind, with the type of each of its columns in the store's words."""
    referrers: frozenset[Referrer] = frozenset()
    """The foreign keys that refer to tables whose rows go with a record."""
    acting: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By table whose rows go, what the definition lets act when one of them does (triggers, rules), with a digest of
    its text."""
    faults: tuple[Fault, ...] = field(default=(), compare=False)
    """Why a disposal of the kind could take other rows than were approved."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One thing about a table that is not as people accepted it. ``words`` follow the table's name."""

    table: str
    words: str

    def __str__(self) -> str:
        return f"the table {self.table} {self.words}"


def changes(accepted: Outline, live: Outline) -> tuple[Change, ...]:
    """Return what came, went or changed in the tables that both outlines know, in a stable order.

    A table that only one of them knows came with another definition, which people wrote; see :func:`widened`. A
    foreign key that is gone is a change: its rows may refer still, and would hold nothing back any more. A trigger
    that is gone is none: where it was to write a history, the definition no longer fits.
    """
    return tuple(sorted({*_columns(accepted, live), *_referrers(accepted, live), *_acting(accepted, live)}))


def widened(accepted: Outline, live: Outline) -> Outline:
    """Return an accepted outline with the tables that a later definition names and it does not know."""
    new = {name: columns for name, columns in live.tables.items() if name not in accepted.tables}
    come = {one for one in live.referrers if one.to in new}
    acting = {name: one for name, one in live.acting.items() if name in new}
    return Outline({**accepted.tables, **new}, accepted.referrers | come, {**accepted.acting, **acting})


def doubts(store: str, accepted: Outline | None, live: Outline) -> tuple[Fault, ...]:
    """Return why nothing of a kind is due in a store, with what to do about it; empty: nothing speaks against it.

    Args:
        store: the store's name.
        accepted: the outline people accepted last; None where no scan has remembered one yet.
        live: the outline of now.
    """
    found = changes(accepted, live) if accepted is not None else ()
    return (*in_faults(store, found), *live.faults)


def in_faults(store: str, found: Iterable[Change]) -> Iterator[Fault]:
    """Yield changes as faults of a store, with what to do about them."""
    remedy = f"class it in the definition, then 'retentiond connector accept {store}'"
    return (Fault(f"{store}: table {one.table}", f"it {one.words}", remedy) for one in found)


def problem(accepted: Outline | None, live: Outline) -> str:
    """Return in one sentence why no record of a kind is due; empty: nothing speaks against it.

    It is said of every record, so that it names the first reason and counts the others.
    """
    reasons = [str(one) for one in changes(accepted, live)] if accepted is not None else []
    reasons += [f"{one.place}: {one.message}" for one in live.faults]
    if len(reasons) < 2:
        return "".join(reasons)
    return f"{reasons[0]} (and {len(reasons) - 1} more)"


def _columns(accepted: Outline, live: Outline) -> Iterator[Change]:
    for table in accepted.tables.keys() & live.tables.keys():
        before, now = accepted.tables[table], live.tables[table]
        for column in now.keys() - before.keys():
            yield Change(table, f"has a new column '{column}' that nobody has classed")
        for column in before.keys() - now.keys():
            yield Change(table, f"has lost its column '{column}'")
        for column in before.keys() & now.keys():
            if before[column] != now[column]:
                was, is_now = before[column], now[column]
                yield Change(table, f"has another type of column '{column}': {is_now} where it was {was}")


def _acting(accepted: Outline, live: Outline) -> Iterator[Change]:
    for table, now in live.acting.items():
        before = accepted.acting.get(table, {})
        for name in now if table in accepted.tables else ():
            if name not in before:
                yield Change(table, f"has a trigger or rule '{name}' that nobody has looked at")
            elif before[name] != now[name]:
                yield Change(table, f"has a trigger or rule '{name}' that no longer does what was accepted")


def _referrers(accepted: Outline, live: Outline) -> Iterator[Change]:
    before: dict[tuple[str, tuple[str, ...], str], set[str]] = {}
    for one in accepted.referrers:
        before.setdefault((one.table, one.columns, one.to), set()).add(one.on_delete)
    for one in live.referrers - accepted.referrers:
        if one.to not in accepted.tables:
            continue
        way = f"{one.table} ({', '.join(one.columns)})"
        were = before.get((one.table, one.columns, one.to))
        if were is None:
            yield Change(one.to, f"is referred to by {way}, which nobody has classed")
        else:
            was = " and ".join(sorted(each or _REFUSES for each in were))
            yield Change(one.to, f"is referred to by {way} with ON DELETE {one.on_delete or _REFUSES}, not {was}")
    now = {(one.table, one.columns, one.to) for one in live.referrers}
    for table, columns, to in before.keys() - now:
        if to in live.tables:
            yield Change(to, f"is no longer known to be referred to by {table} ({', '.join(columns)})")
