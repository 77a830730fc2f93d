"""The ledger's versions, oldest first, and how Alembic runs them."""
