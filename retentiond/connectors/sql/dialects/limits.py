"""How long we wait on a database, in seconds; the same for every kind of database."""

LOCK_SECONDS: float = 5
"""How long we wait for a row that someone else has locked."""
STATEMENT_SECONDS = 300
IDLE_SECONDS = 60
"""After this the server ends a transaction whose client has fallen silent, and with it the locks
(without it an orphaned lock was never released)."""
CONNECT_SECONDS = 10
