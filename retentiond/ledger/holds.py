"""The register of holds: every hold ever placed, and which are in force."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from retentiond.domain.errors import DecisionRefused, NotFound
from retentiond.domain.holds import Hold, HoldScope
from retentiond.ledger.columns import json_text, moment_text
from retentiond.ledger.statements import OnConnection, change, next_in_year
from retentiond.ledger.tables import HOLDS

_FIELDS = ("stores", "classes", "records", "subjects")


class Holds(OnConnection):
    """Placing, lifting and reading holds."""

    def next_number(self, year: int) -> str:
        """Return the number the next hold of a year gets: ``H-2026-0001``."""
        return next_in_year(self.connection, HOLDS, "H", year)

    def place(self, hold: Hold) -> None:
        """Write a hold.

        Raises:
            LedgerRefused: its number is taken.
        """
        row = {name: getattr(hold, name) for name in ("number", "title", "authority", "review_on")}
        placed = {"placed_by": hold.placed_by, "placed_at": hold.placed_at, "scope": _scope_json(hold.scope)}
        self.connection.execute(insert(HOLDS), row | placed)

    def lift(self, number: str, by: str, at: datetime, authority: str) -> None:
        """Lift a hold that is in force.

        Raises:
            NotFound: there is no such hold.
            DecisionRefused: it was lifted already.
        """
        lifted = {"lifted_by": by, "lifted_at": at, "lifted_on_authority": authority}
        in_force = (HOLDS.c.number == number) & HOLDS.c.lifted_at.is_(None)
        if not change(self.connection, update(HOLDS).where(in_force).values(**lifted), None, 1):
            self.get(number)
            raise DecisionRefused.about(f"hold {number}", "this hold was lifted already")

    def get(self, number: str) -> Hold:
        """Return one hold.

        Raises:
            NotFound: there is no such hold.
        """
        row = self.connection.execute(select(HOLDS).where(HOLDS.c.number == number)).one_or_none()
        if row is None:
            raise NotFound.about(f"hold {number}", "there is no such hold", "'retentiond hold show' names them all")
        return _hold(row)

    def active(self) -> list[Hold]:
        """Return the holds in force, by number."""
        return [hold for hold in self.all() if hold.in_force]

    def all(self) -> list[Hold]:
        """Return every hold ever placed, by number."""
        in_order = select(HOLDS).order_by(
            func.substr(HOLDS.c.number, 1, 7), func.length(HOLDS.c.number), HOLDS.c.number
        )
        return [_hold(row) for row in self.connection.execute(in_order)]

    def register_digest(self) -> str:
        """Return the lower-case hex SHA-256 over the canonical JSON of the holds in force."""
        register = [
            {
                "number": hold.number,
                "title": hold.title,
                "authority": hold.authority,
                "scope": _scope_json(hold.scope),
                "review_on": hold.review_on.isoformat(),
                "placed_by": hold.placed_by,
                "placed_at": moment_text(hold.placed_at),
            }
            for hold in self.active()
        ]
        return sha256(json_text(register).encode()).hexdigest()


def _scope_json(scope: HoldScope) -> dict[str, list[str]]:
    return {name: sorted(getattr(scope, name)) for name in _FIELDS}


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        number=row.number,
        title=row.title,
        authority=row.authority,
        scope=HoldScope(**{name: frozenset(row.scope[name]) for name in _FIELDS}),
        review_on=row.review_on,
        placed_by=row.placed_by,
        placed_at=row.placed_at,
        lifted_by=row.lifted_by,
        lifted_at=row.lifted_at,
        lifted_on_authority=row.lifted_on_authority,
    )
