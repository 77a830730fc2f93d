"""Whether the tables of a store are still as they were when it was opened: asked before a deed, and again after it.

What refers to a row, and what acts when it goes, was looked up when the store was opened. A database lets nobody alter
a table, or what refers to it, while a transaction that changed its rows is open; so what the catalogue says after the
deed is what it said while the deed was done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

from sqlalchemy.engine import Connection

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.catalogue import reflected
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.mapping import Mapped, mapped
from retentiond.connectors.sql.outlining import outlined
from retentiond.domain.definitions import Definition
from retentiond.domain.outlines import problem


class TablesChanged(Exception):
    """The tables of a kind of record are not as they were when the store was opened: take everything back."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Standing:
    """How the tables of one opened store stand beside the catalogue of now.

    Args:
        store: the store over its catalogue, as it was opened; its definition fits.
        role: whose powers it was opened with.
        stamp: of the catalogue, taken before it was read (:func:`stamp_of`).
    """

    def __init__(self, store: Mapped, role: Role, stamp: str | None) -> None:
        self._store, self._role, self._stamp = store, role, stamp
        self._reasons: Mapping[str, str] = {}

    def assure(self, connection: Connection, kind: str) -> str | None:
        """Have the tables of a kind of record be as they were, at the price of one question as long as they are.

        Args:
            connection: in the transaction of the deed; it sees what others have committed.
            kind: the kind of record.

        Returns:
            The stamp of the catalogue as it is: where it is another one after the deed, something was altered in the
            middle, be it put back since (no lock keeps a function from that). None where the database has no stamp.

        Raises:
            TablesChanged: they are not; roll back.
        """
        stamp = stamp_of(connection, self._store.catalogue.dialect, self._store.definition)
        if stamp is None or stamp != self._stamp:
            self._reasons, self._stamp = self._compared(connection), stamp
        if kind in self._reasons:
            raise TablesChanged(self._reasons[kind])
        return stamp

    def _compared(self, connection: Connection) -> dict[str, str]:
        now = mapped(self._store.definition, reflected(connection, self._role))
        live, found = outlined(now), dict[str, str]()
        unfit = "; ".join(f"{one.place}: {one.message}" for one in now.faults)
        for kind, before in outlined(self._store).items():
            reason = unfit
            if kind in live:
                new = tuple(fault for fault in live[kind].faults if fault not in before.faults)
                reason = problem(before, replace(live[kind], faults=new)) or _reason(self._store, now, kind) or unfit
            if reason:
                found[kind] = reason
        return found


def stamp_of(connection: Connection, dialect: Dialect, definition: Definition) -> str | None:
    """Return the stamp of all tables that a definition names, whether or not they are there."""
    return dialect.stamp(connection, set(_tables(definition)))


def _tables(part: object) -> Iterator[str]:
    if isinstance(part, tuple):
        for one in part:
            yield from _tables(one)
    if is_dataclass(part):
        for name in (one.name for one in fields(part)):
            value = getattr(part, name)
            if name in ("table", "to_table") and value:
                yield value
            yield from _tables(value)


def _reason(store: Mapped, now: Mapped, kind: str) -> str:
    """Return why the rows of a kind are no longer named as they were, which no outline says; empty: they are."""
    for name in store.kinds[kind].tables:
        if store.catalogue.identities.get(name) != now.catalogue.identities.get(name):
            return f"the rows of the table {name} are named by other columns"
    return ""
