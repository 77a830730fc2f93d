"""Lists and rows that are written here for MariaDB, and not by the driver."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from retentiond.connectors.interface import Role
from retentiond.connectors.sql.dialects import dialect_named
from retentiond.connectors.sql.opening import Opening
from retentiond.connectors.sql.values import within
from tests.servers.mariadb import MariaDBServer

_TEXTS = ("", "plain-1", "it's", "back\\slash", "quote\\'", "','", "%(c0)s", ":rows", "é ", "e\u0301", "漢😀", "a\nb")


def test_values_arrive_as_they_are(mariadb: MariaDBServer) -> None:
    """Whatever marks and letters a text has, it stands in a table of rows, a list and an insert as it was given."""
    url = mariadb.new_database()
    columns: list[sa.ColumnElement[Any]] = [
        sa.column("text", sa.Text()),
        sa.column("number", sa.BigInteger()),
        sa.column("exact", sa.Numeric(30, 10)),
        sa.column("raw", sa.LargeBinary()),
    ]
    rows = [(text, str(-(2**63) + n), f"{n}.0000000001", f"{n:02x}ff27") for n, text in enumerate(_TEXTS)]
    table = sa.Table("texts", sa.MetaData(), sa.Column("text", mysql.VARCHAR(40, charset="utf8mb4")))
    table.append_column(sa.Column("same", mysql.VARCHAR(40, charset="utf8mb4")))
    dialect, opening = dialect_named("mariadb"), Opening("files", url, Role.DISPOSE)
    with opening.writing() as connection, connection.begin():
        sent = dialect.table_of(columns, rows)
        found = connection.execute(sa.select(*sent.c)).all()
        assert [(text, str(number), f"{exact:f}", raw.hex()) for text, number, exact, raw in found] == rows
        table.create(connection)
        for texts in (_TEXTS[:2], _TEXTS):
            connection.execute(sa.delete(table))
            dialect.insert(connection, table.c.text, texts, {"same": texts[-1]})
            assert connection.execute(sa.select(table)).all() == [(one, texts[-1]) for one in texts]
        for text in _TEXTS:
            for listed in ([text], [text, "no other"]):
                these = within([table.c.text], [(one,) for one in listed], dialect)
                assert connection.scalars(sa.select(table.c.text).where(these)).all() == [text]
    opening.close()
