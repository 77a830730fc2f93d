"""A batch of records rewritten: plans carried out, small groups blanked or left alone, all told in counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.contents import Contents
from retentiond.connectors.sql.deeds import Deed
from retentiond.connectors.sql.fields import UnnamedFields, field_plans
from retentiond.connectors.sql.grouping import Grouping
from retentiond.connectors.sql.mapping import Mapped, MappedKind
from retentiond.connectors.sql.pseudonymising import Secrets
from retentiond.connectors.sql.receipts import write_receipts
from retentiond.connectors.sql.telling import still_named
from retentiond.connectors.sql.values import Identity, key_text
from retentiond.domain.anonymity import LINKED, READ_BACK, Groups, suppressed
from retentiond.domain.definitions import ColumnPlan
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt
from retentiond.domain.schedule import Action

REWRITTEN = {Action.ANONYMISE: Outcome.ANONYMISED, Action.PSEUDONYMISE: Outcome.PSEUDONYMISED}
"""What the receipt says of a record whose plan was carried out."""
Going = tuple[DisposalOrder, Identity]


def rewrite(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    batch: Sequence[Going],
    contents: Contents,
    *,
    secrets: Secrets,
) -> list[Receipt]:
    """Rewrite records by their plan inside the open transaction, and return a receipt each, in any order.

    A record whose JSON holds a field that no plan names is left as it was. So is one that would stand in a small group
    where the plan leaves those to a person. Without them other groups are smaller, so the rest is done anew, until no
    more are left out.

    Raises:
        CountsDiffer: roll back.
    """
    if not batch:
        return []
    if not _may_leave_out(mapped):
        return list(_done(_carried_out(connection, store, mapped, batch, contents, secrets=secrets), batch))
    receipts: list[Receipt] = []
    going = list(batch)
    while going:
        attempt = connection.begin_nested()
        try:
            deed = _carried_out(connection, store, mapped, going, contents, secrets=secrets)
            alone = dict(_alone(deed, _sizes(going)))
        except UnnamedFields as unnamed:
            alone = dict(unnamed.found)
        else:
            if not alone:
                receipts.extend(_done(deed, going))
                attempt.commit()
                break
        attempt.rollback()
        receipts.extend(Receipt(order, Outcome.FAILED, reason=alone[key]) for order, key in going if key in alone)
        going = [one for one in going if one[1] not in alone]
    return receipts


def _may_leave_out(mapped: MappedKind) -> bool:
    """Whether a record may have to be left as it is while others of its batch are rewritten."""
    return any(
        (plan.quasi_identifiers and plan.leaves_small_groups) or field_plans(mapped.tables[name], plan, name)
        for name, plan in mapped.kind.anonymise.items()
        if not plan.delete_rows
    )


def _carried_out(
    connection: Connection,
    store: Mapped,
    mapped: MappedKind,
    going: Sequence[Going],
    contents: Contents,
    *,
    secrets: Secrets,
) -> Deed:
    """Write the receipt rows of orders, at least one, and carry out the plan on their records."""
    if store.definition.receipts:
        write_receipts(connection, (order for order, _ in going), REWRITTEN[going[0][0].action])
    deed = Deed(connection, store, mapped, contents.only({key for _, key in going}), secrets)
    deed.anonymise()
    return deed


def groups_of(connection: Connection, store: Mapped, mapped: MappedKind) -> dict[str, Groups]:
    """Count the groups of every table of a kind that has quasi-identifiers, by table; ``k`` is left at 0."""
    return {table.name: Grouping.of(store, table, plan).measured(connection) for table, plan in _with_quasi(mapped)}


def told_of(groups: Mapping[str, Groups], k: int) -> dict[str, int]:
    """Return counts with names of all groups, for a record whose class asks for this k."""
    return {name: count for one in groups.values() for name, count in replace(one, k=k).told().items()}


def _done(deed: Deed, going: Sequence[Going]) -> Iterator[Receipt]:
    """Yield the receipt of each record that was rewritten; those that tell the same share what they tell."""
    changed = _suppressed(deed, _sizes(going))
    groups = groups_of(deed.connection, deed.store, deed.mapped)
    named = still_named(deed.connection, deed.store, deed.mapped, list(deed.records))
    moved = ", ".join(deed.mapped.kind.read_back_only)
    keys = [key for _, key in going]
    counts: dict[str, Iterable[int | None]] = {what: map(of.get, keys) for what, of in sorted(deed.counts.items())}
    for table, rows in changed.items():
        blanked = Counter(deed.anonymised[table][row] for row in rows)
        counts[suppressed(table)] = [blanked[key] for key in keys]
    if deed.mapped.shared:
        counts[LINKED] = [named[key_text(key)] for key in keys]
    outcome = REWRITTEN[going[0][0].action]
    told: dict[tuple[int | None, ...], Mapping[str, str | int]] = {}
    for (order, _), *found in zip(going, *counts.values(), strict=True):
        alike = (order.k, *found)
        if alike not in told:
            evidence: dict[str, str | int] = {
                what: count for what, count in zip(counts, found, strict=True) if count is not None
            }
            told[alike] = evidence | told_of(groups, order.k) | ({READ_BACK: moved} if moved else {})
        yield Receipt(order, outcome, Grade.A, told[alike])


def _sizes(going: Sequence[Going]) -> dict[Identity, int]:
    """Return by record how many should stand in a group with it."""
    return {key: order.k for order, key in going}


def _suppressed(deed: Deed, sizes: Mapping[Identity, int]) -> dict[str, set[Identity]]:
    """Blank the quasi-identifiers of small groups, and what triggers wrote down of them meanwhile; return the rows."""
    changed: dict[str, set[Identity]] = {}
    while True:
        found = {
            table.name: Grouping.of(deed.store, table, plan).suppress(deed.connection, wanted)
            for table, plan, wanted in list(_wanted(deed, sizes))
        }
        for table, rows in found.items():
            changed.setdefault(table, set()).update(rows)
        if not any(found.values()):
            return changed
        deed.sweep()


def _alone(deed: Deed, sizes: Mapping[Identity, int]) -> Iterator[tuple[Identity, str]]:
    """Yield the records of which a row would stand in too small a group that no plan allows to be blanked, and why."""
    for table, plan, wanted in _wanted(deed, sizes):
        if not plan.leaves_small_groups:
            continue
        for row, size in Grouping.of(deed.store, table, plan).too_small(deed.connection, wanted).items():
            words = f"its group in table {table.name} would have {size} of {wanted[row]} records"
            yield deed.anonymised[table.name][row], words


def _wanted(deed: Deed, sizes: Mapping[Identity, int]) -> Iterator[tuple[sa.Table, ColumnPlan, Mapping[Identity, int]]]:
    """Yield each table with quasi-identifiers of which rows were anonymised, its plan, and the least size for each."""
    for table, plan in _with_quasi(deed.mapped):
        rows = deed.anonymised.get(table.name, {})
        if rows:
            yield table, plan, {row: sizes[key] for row, key in rows.items()}


def _with_quasi(mapped: MappedKind) -> Iterator[tuple[sa.Table, ColumnPlan]]:
    for name, plan in mapped.kind.anonymise.items():
        if plan.quasi_identifiers:
            yield mapped.tables[name], plan
