"""One module a database: all that differs between them stands here and nowhere else in the connector."""

from __future__ import annotations

from retentiond.connectors.sql.dialects.interface import Dialect

__all__ = ["Dialect", "dialect_named"]


# A dialect is imported when a database of its kind is opened: nobody pays for one that is not used.


def dialect_named(name: str) -> Dialect:
    """Return what is peculiar to a kind of database.

    Args:
        name: the backend's name in a URL: ``sqlite``, ``postgresql``, ``mariadb`` and so on.

    Raises:
        KeyError: it is not known here.
    """
    match name:
        case "sqlite":
            from retentiond.connectors.sql.dialects.sqlite import Sqlite  # noqa: PLC0415 - see above

            return Sqlite()
        case "postgresql":
            from retentiond.connectors.sql.dialects.postgresql import PostgreSQL  # noqa: PLC0415 - see above

            return PostgreSQL()
        case "mariadb" | "mysql":
            from retentiond.connectors.sql.dialects.mariadb import MariaDB  # noqa: PLC0415 - see above

            return MariaDB()
        case "mssql":
            from retentiond.connectors.sql.dialects.sqlserver import SqlServer  # noqa: PLC0415 - see above

            return SqlServer()
        case "oracle":
            from retentiond.connectors.sql.dialects.oracle import Oracle  # noqa: PLC0415 - see above

            return Oracle()
        case _:
            raise KeyError(name)
