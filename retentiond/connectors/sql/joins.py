"""When a value of one table is that of another: types that differ are compared as canonical text.

The side of the table before is converted, so that an index on the other one serves; text that is no number and no
UUID is equal to none, and raises nothing.
"""

from __future__ import annotations

import sqlalchemy as sa

from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.values import Column


def agree(ours: Column, theirs: Column, dialect: Dialect, *, like: Column | None = None) -> Column:
    """Return the condition that two values are the same.

    Args:
        ours: of the table before; the text of a value in JSON is text.
        theirs: of the table it leads to.
        dialect: the database's.
        like: the column whose type ``ours`` is of, where that is a value of our own making.
    """
    one, other = _family(ours if like is None else like), _family(theirs)
    if one == other:
        return ours == theirs
    text = sa.cast(ours, sa.Text)
    match one, other:
        case (("text" | "char"), "number"):
            return theirs == dialect.whole_number(text)
        case (("text" | "char"), "uuid"):
            return theirs == dialect.uuid_in(text, theirs.type)
        case "uuid", "text":
            return theirs.in_([text, sa.func.upper(text)])
        case "text", "char":
            return theirs == dialect.padded(ours)
        case _, ("text" | "char"):
            return theirs == text
        case _:
            return sa.cast(theirs, sa.Text) == text


def is_exact(ours: Column, theirs: Column, dialect: Dialect) -> bool:
    """Whether different values of the table before are never the same one of the table it leads to."""
    return dialect.tells_apart(ours, theirs) and (_family(ours), _family(theirs)) not in (
        ("text", "uuid"),
        ("char", "uuid"),
        ("text", "char"),
    )


def _family(column: Column) -> str:
    match declared(column):
        case sa.Enum() | sa.Float():
            return "other"
        case sa.Uuid():
            return "uuid"
        case sa.Integer() | sa.Numeric():
            return "number"
        case sa.CHAR():
            return "char"
        case sa.String():
            return "text"
        case _:
            return "other"
