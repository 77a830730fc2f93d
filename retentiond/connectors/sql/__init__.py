"""The connector for SQL databases, through SQLAlchemy Core; what differs between them stands in ``dialects``."""

from retentiond.connectors.sql.connector import SqlConnector
from retentiond.connectors.sql.key_table import KeyTableReader
from retentiond.connectors.sql.receipts import receipt_table_ddl

__all__ = ["KeyTableReader", "SqlConnector", "receipt_table_ddl"]
