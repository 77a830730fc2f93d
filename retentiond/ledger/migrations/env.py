"""Run by Alembic: migrates on the connection it is given, inside that connection's own transaction."""

from __future__ import annotations

from alembic import context

from retentiond.ledger.tables import METADATA
from retentiond.ledger.versions import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
