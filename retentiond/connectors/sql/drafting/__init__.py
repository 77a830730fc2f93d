"""A first definition of a database, from its live catalogue and from counts over it.

``names`` knows what names say, ``relations`` what hangs on what, ``counting`` asks the database for numbers and years,
``kinds`` and ``plans`` put a draft together, ``drafting`` does all of it. Only ``counting`` touches the database.
"""

from retentiond.connectors.sql.drafting.drafting import drafted

__all__ = ["drafted"]
