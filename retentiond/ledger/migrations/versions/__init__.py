"""One file a version of the ledger. A published file is never changed."""
