"""The only code that touches other people's data: one module a kind of store, one registry that knows them all."""
