"""Which version a ledger has, and bringing it to ours. Run from code: there is no settings file for it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from retentiond.domain.errors import Fault
from retentiond.ledger.key_tables import APPEND_ONLY as KEY_TABLES

VERSION_TABLE = "ledger_version"
_SCRIPTS = str(Path(__file__).parent / "migrations")


def version(connection: Connection) -> str | None:
    """Return the ledger's version, or None where there is no ledger."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def newest() -> str:
    """Return the version this program makes."""
    head = ScriptDirectory(_SCRIPTS).get_current_head()
    return head or ""


def is_older(found: str | None) -> bool:
    """Return whether a version is one that can be brought to ours."""
    return found != newest() and found in {script.revision for script in ScriptDirectory(_SCRIPTS).walk_revisions()}


def version_fault(place: str, found: str | None) -> Fault | None:
    """Return what is wrong with a version, or None when it is ours."""
    if found == newest():
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


def migrate(connection: Connection) -> None:
    """Bring a ledger to our version inside the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", _SCRIPTS.replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
