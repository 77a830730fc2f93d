"""Our receipt rows in the store: written in the transaction of the deed, they settle a lost reply."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from retentiond.connectors.sql.dialects import dialect_named
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.values import within
from retentiond.domain.errors import Fault, StoreRefused
from retentiond.domain.orders import DisposalOrder, Outcome

RECEIPT_TABLE = sa.Table(
    "retentiond_receipt",
    sa.MetaData(),
    sa.Column("order_id", sa.CHAR(32), primary_key=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("disposed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.current_timestamp()),
    mariadb_engine="InnoDB",
)
"""One row an order carried out: its opaque id, what was done, when by the store's clock. Nothing of the record."""


def receipt_table_ddl(dialect: str) -> str:
    """Return the statement with which the owner of a store makes our receipt table.

    Args:
        dialect: ``sqlite`` or ``postgresql``.

    Raises:
        KeyError: the dialect is another.
    """
    return str(CreateTable(RECEIPT_TABLE).compile(dialect=dialect_named(dialect).compiler())).strip()


def has_receipt_table(connection: Connection) -> bool:
    """Whether the store holds our table."""
    return sa.inspect(connection).has_table(RECEIPT_TABLE.name)


def ensure_receipt_table(opening: Opening) -> None:
    """Make our table if it is missing: the one thing we ever add to a store, and only before a first disposal.

    Raises:
        StoreUnavailable: the store did not answer, or is locked.
        StoreRefused: it is missing and the credential may not make it.
    """
    with opening.reading() as connection:
        if has_receipt_table(connection):
            return
    with opening.writing() as connection:
        dialect = opening.dialect
        try:
            with connection.begin():
                if not has_receipt_table(connection):
                    RECEIPT_TABLE.create(connection)
        except SQLAlchemyError as error:
            trouble = dialect.understood(error)
            if trouble.again:
                raise trouble.raised(opening.name) from None
            remedy = f"let its owner run: {' '.join(receipt_table_ddl(dialect.name).split())}; or set 'receipts: false'"
            message = "the receipt table is missing and the credential may not create it"
            raise StoreRefused(Fault(f"{opening.name}: table {RECEIPT_TABLE.name}", message, remedy)) from None


def receipts_of(connection: Connection, ids: Collection[str]) -> dict[str, Outcome]:
    """Return what the store says was done, by order id."""
    table = RECEIPT_TABLE
    dialect = dialect_named(connection.dialect.name)
    asked = within([table.c.order_id], [(one,) for one in ids], dialect)
    rows = sa.select(table.c.order_id, table.c.outcome).where(asked)
    return {order: Outcome(outcome) for order, outcome in connection.execute(rows)}


def write_receipts(connection: Connection, orders: Iterable[DisposalOrder], outcome: Outcome) -> None:
    """Insert a receipt row for each order into the open transaction."""
    ids = [order.id for order in orders]
    if ids:
        dialect = dialect_named(connection.dialect.name)
        dialect.insert(connection, RECEIPT_TABLE.c.order_id, ids, {"outcome": outcome.value})
