"""Bringing a ledger to our version. Run from code: there is no settings file for it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

SCRIPTS = str(Path(__file__).parent / "migrations")


def migrate(connection: Connection) -> None:
    """Bring a ledger to our version inside the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", SCRIPTS.replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
