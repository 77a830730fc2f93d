"""Which functions the body of a MariaDB trigger or routine calls, read as the server reads it.

A function that the credential has no right on is not in the catalogue at all, so that its call looks like that of any
other. What is neither one of the server's own functions nor seen has to be taken for one that does who knows what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from retentiond.connectors.sql.dialects.mariadb_grants import Grants

_LEXED = (
    r"(?P<silent>'(?:[^'{0}]|{1}'')*'|--(?=\s|\Z)[^\n]*|\#[^\n]*|/\*(?!M?!).*?\*/)"
    r"|(?P<name>`(?:[^`]|``)+`|\"(?:[^\"{0}]|{1}\"\")*\"|[\w$]+)"
    r"|(?P<mark>\S)"
)
"""A text or comment, in which nothing is called; a name or word; any other character. What stands between ``/*!`` and
``*/`` is no comment: the server carries it out."""
_ESCAPED = re.compile(_LEXED.format(r"\\", r"\\.|"), re.DOTALL)
_UNESCAPED = re.compile(_LEXED.format("", ""), re.DOTALL)
"""Under ``NO_BACKSLASH_ESCAPES``."""
_WORDS = """
    ALL AND ANY AS BETWEEN BINARY BY CALL CASE CHECK DISTINCT DIV DO ELSE ELSEIF EXCEPT EXISTS FOREIGN FROM HAVING IF
    IN INDEX INTERSECT INTERVAL INTO IS JOIN KEY LIKE LIMIT MATCH MOD NOT ON OR OVER PARTITION PRIMARY REGEXP RETURN
    RLIKE ROW SELECT SET SOME THEN UNION UNIQUE USING VALUE VALUES WHEN WHERE WHILE WITH XOR
    BIGINT BIT BLOB CHAR CHARACTER DATETIME DEC DECIMAL DOUBLE ENUM FIXED FLOAT INT INTEGER MEDIUMINT NCHAR NUMERIC
    NVARCHAR REAL SMALLINT TEXT TIME TIMESTAMP TINYINT VARBINARY VARCHAR YEAR
"""
"""Words of statements and types that a parenthesis may follow."""
_OF_GRAMMAR = """
    ASCII AVG CHARSET COLUMN_ADD COLUMN_CREATE COLUMN_DELETE COLUMN_GET CONTAINS CONVERT CURRENT_DATE CURRENT_ROLE
    CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATE DAY DEFAULT GET_FORMAT HOUR INSERT LASTVAL LAST_VALUE LEFT
    LOCALTIME LOCALTIMESTAMP MINUTE MONTH NEXTVAL REPEAT REPLACE RIGHT ROWNUM ROW_NUMBER SECOND SETVAL SYSDATE
    TIMESTAMPADD TIMESTAMPDIFF TRUNCATE USER UTC_DATE UTC_TIME UTC_TIMESTAMP WEIGHT_STRING
"""
"""Functions of the server's own that are words of its grammar; its list of functions leaves them out."""
_PLAIN = frozenset(f"{_WORDS} {_OF_GRAMMAR}".split())
_CLOSE_BY = """
    ADDDATE BIT_AND BIT_OR BIT_XOR CAST COUNT CUME_DIST CURDATE CURTIME DATE_ADD DATE_SUB DENSE_RANK EXTRACT FIRST_VALUE
    GROUP_CONCAT JSON_ARRAYAGG JSON_OBJECTAGG LAG LEAD MAX MEDIAN MID MIN NOW NTH_VALUE NTILE PERCENTILE_CONT
    PERCENTILE_DISC PERCENT_RANK POSITION RANK SESSION_USER STD STDDEV STDDEV_POP STDDEV_SAMP SUBDATE SUBSTR SUBSTRING
    SUM SYSTEM_USER TRIM TRIM_ORACLE VARIANCE VAR_POP VAR_SAMP
"""
_CLOSE = frozenset(_CLOSE_BY.split())
"""Functions of the server's own only where the parenthesis follows at once: with a space between, a stored function of
that name is called, except under ``IGNORE_SPACE``. As MariaDB 10.11 was seen to do."""
_BEFORE_TABLES = {
    "INTO",
    "INSERT",
    "REPLACE",
    "IGNORE",
    "DELAYED",
    "LOW_PRIORITY",
    "HIGH_PRIORITY",
    "WITH",
    "RECURSIVE",
}
"""After these a name before a parenthesis is that of a table with its columns."""
_KNOWS_ITS_OWN = sa.text(
    "SELECT COUNT(*) FROM information_schema.tables"
    " WHERE table_schema = 'information_schema' AND table_name = 'SQL_FUNCTIONS'"
)
_ITS_OWN = sa.text("SELECT UPPER(function) FROM information_schema.sql_functions")


def own_functions(connection: Connection) -> frozenset[str]:
    """Return the server's own functions in capitals; none before MariaDB 10.6, which does not tell."""
    knows = connection.execute(_KNOWS_ITS_OWN).scalar_one()
    return frozenset(connection.scalars(_ITS_OWN)) if knows else frozenset()


def sees_all_routines(grants: Grants) -> bool:
    """Return whether a session sees all routines there are, so that a name it does not see is none."""
    return (
        grants.everywhere("SELECT")
        or grants.everywhere("SHOW CREATE ROUTINE")
        or grants.of_table("mysql", "proc", "SELECT")
    )


def functions_called(body: str, sql_mode: str, own: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield schema (or nothing) and name of each function that a body calls and that is not the server's own.

    A name in quotes or behind that of a schema is never one of the server's own. The columns of a table that is written
    to are told from the arguments of a function by the word before; in rarer places (the columns of a second ``WITH``
    query) they are not, and a name too many is yielded.

    Args:
        body: of a trigger or routine.
        sql_mode: in which it runs.
        own: the server's own functions, in capitals.
    """
    token = _UNESCAPED if "NO_BACKSLASH_ESCAPES" in sql_mode else _ESCAPED
    spaced = "IGNORE_SPACE" in sql_mode
    tokens = [found for found in token.finditer(body) if not found["silent"]]
    words = [found[0] for found in tokens]
    for at, word in enumerate(words):
        if word != "(" or at == 0 or not tokens[at - 1]["name"]:
            continue
        name, start = words[at - 1], at - 1
        while start > 1 and words[start - 1] == ".":
            start -= 2
        before = words[start - 1].upper() if start else ""
        plain = name.upper() if start == at - 1 else ""
        close = spaced or plain not in _CLOSE or tokens[at - 1].end() == tokens[at].start()
        if before not in _BEFORE_TABLES and not (plain in own | _PLAIN and close):
            yield ("" if start == at - 1 else words[start]).strip('`"'), name.strip('`"')
