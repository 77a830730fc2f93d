"""Which version a ledger has, and what is wrong with one that is not ours. Asked at every start, so without Alembic."""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from retentiond.domain.errors import Fault
from retentiond.ledger.key_tables import APPEND_ONLY as KEY_TABLES

VERSION_TABLE = "ledger_version"
NEWEST = "0001"
"""The version this program makes: the last of ``migrations/versions``."""
OLDER: frozenset[str] = frozenset()
"""The versions before it, each of which can be brought to it."""


def version(connection: Connection) -> str | None:
    """Return the ledger's version, or None where there is no ledger."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalars()  # noqa: S608 - our name
    return ", ".join(sorted(found)) or None


def is_older(found: str | None) -> bool:
    """Return whether a version is one that can be brought to ours."""
    return found in OLDER


def version_fault(place: str, found: str | None) -> Fault | None:
    """Return what is wrong with a version, or None when it is ours."""
    if found == NEWEST:
        return None
    if found is None:
        return Fault(
            place, "there is no ledger here", "correct 'ledger' in the settings; 'retentiond init' makes a new one"
        )
    if is_older(found):
        return Fault(place, f"the ledger has the older version {found}", "upgrade the ledger")
    return Fault(
        place, "the ledger was made or upgraded by a newer version of retentiond", "install that version or a newer one"
    )


def unreleased_fault(place: str, connection: Connection) -> Fault | None:
    """Return that a ledger is from before 0.1.0, whose first version grew until its release; None: it is not.

    It calls itself our version, has no tables for the keys of pseudonyms, and its checks refuse what is written today.
    """
    if set(KEY_TABLES) & set(inspect(connection).get_table_names()):
        return None
    return Fault(
        place,
        "the ledger was made before 0.1.0 was released, without tables for pseudonym keys, and cannot be upgraded",
        "carry its open lists to their end with the program that made it and keep it beside its certificates; then"
        " make a new one with 'retentiond init'",
    )
