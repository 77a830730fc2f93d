"""Generalised values in SQL: how each rule makes one, how one that is finer is recognised, which columns it fits.

What a rule cannot read becomes NULL, so that nothing stays because nobody understood it; NULL stays NULL. Recognising
asks another question than making does (a remainder, a length, a form), so that an error in one shows in the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from retentiond.connectors.sql.catalogue import declared
from retentiond.connectors.sql.dialects import Dialect
from retentiond.connectors.sql.values import Column
from retentiond.domain.generalising import (
    OUTWARD_CODE,
    WORDS,
    YEAR,
    Band,
    Before,
    First,
    Generalisation,
    Rounded,
)

_OUTWARD = ("AA9", "AA99", "A9", "A99", "AA9A", "A9A")
"""The forms of an outward code, A any letter and 9 any digit, the common ones first (Royal Mail PAF)."""
_INWARD = "9AA"
"""The inward code that may stand behind it."""
_ISO = "9999-99-99*"


def generalised(column: Column, rule: Generalisation, dialect: Dialect) -> Column:
    """Return the expression that a column's value is replaced by."""
    match rule:
        case Band(width) if is_number(column):
            over = dialect.remainder(column, width)
            return dialect.of_number(column, lambda number: number - over - sa.case((over < 0, width), else_=0))
        case Band(width) if dialect.holds_dates(column):
            return dialect.band_of_years(column, width)
        case Band(width):
            return _band_of_years(column, width, dialect)
        case Rounded(to):
            over = dialect.remainder(column, to)
            step = sa.case((over * 2 >= to, to), (over * 2 <= -to, -to), else_=0)
            return dialect.of_number(column, lambda number: number - over + step)
        case First(characters):
            return sa.func.substr(column, 1, characters)
        case Before(separator):
            at = dialect.position(column, separator)
            return sa.case((at == 0, column), (at > 1, sa.func.substr(column, 1, at - 1)), else_=sa.null())
        case _ if rule == OUTWARD_CODE:
            return _outward(column, dialect)
        case _ if dialect.holds_dates(column):
            return dialect.truncated(column, str(rule))
        case _:
            return _cut_date(column, str(rule), dialect)


def is_finer(column: Column, rule: Generalisation, dialect: Dialect) -> Column:
    """Return the condition that a value tells more than its rule allows; NULL or false where it does not."""
    match rule:
        case Band(size) | Rounded(size) if is_number(column):
            return sa.and_(column.is_not(None), sa.not_(dialect.is_multiple(column, size)))
        case Band(width) if dialect.holds_dates(column):
            return sa.or_(column != dialect.truncated(column, YEAR), sa.extract("year", column) % width != 0)
        case Band(width):
            is_start = sa.cast(sa.func.substr(column, 1, 4), sa.Integer) % width == 0
            begins = sa.case((is_start, 0), else_=1)
            told = sa.case((_is_form(column, YEAR, dialect), begins), (column.is_not(None), 1), else_=0)
            return told == 1
        case First(characters):
            return dialect.length(sa.func.rtrim(column, type_=sa.Text())) > characters
        case Before(separator):
            return dialect.position(column, separator) > 0
        case _ if rule == OUTWARD_CODE:
            return sa.not_(dialect.has_form(column, *_OUTWARD))
        case _ if dialect.holds_dates(column):
            return column != dialect.truncated(column, str(rule))
        case _:
            return sa.not_(_is_form(column, str(rule), dialect))


def unfit(column: sa.Column[Any], rule: Generalisation) -> Iterator[str]:
    """Yield why a rule does not fit a column, to be read after its name."""
    kind = declared(column)
    has_text = isinstance(kind, sa.String) and not isinstance(kind, sa.Enum)
    has_dates = isinstance(kind, sa.Date | sa.DateTime) or has_text
    fits, how, what = {
        "band": (is_number(column) or has_dates, "neither numbers nor dates", "put into bands"),
        "rounded": (is_number(column), "no numbers", "rounded"),
        "dates": (has_dates, "no dates", f"generalised to its {rule}"),
        "text": (has_text, "no text", "cut short"),
    }[_needs(rule)]
    if rule in WORDS or not isinstance(rule, str):
        if not fits:
            yield f"holds {how}, and is to be {what}"
    else:
        yield f"is to be generalised by '{rule}', which is no rule"
    match rule:
        case Band(1) | Rounded(1) if isinstance(kind, sa.Integer):
            yield "holds whole numbers, and steps of 1 leave them as they are"
        case First(characters) if isinstance(kind, sa.String) and 0 < (kind.length or 0) <= characters:
            yield f"holds no more than {kind.length} characters, and its first {characters} are all of them"


def _needs(rule: Generalisation) -> str:
    match rule:
        case Band():
            return "band"
        case Rounded():
            return "rounded"
        case First() | Before():
            return "text"
        case _:
            return "text" if rule == OUTWARD_CODE else "dates"


def is_number(column: Column) -> bool:
    """Whether a column is declared to hold numbers."""
    return isinstance(declared(column), sa.Integer | sa.Numeric | sa.Float)


# Dates that are text


def _cut_date(column: Column, rule: str, dialect: Dialect) -> Column:
    kept, rest = (4 if rule == YEAR else 7), _rest(column, rule)
    text = sa.func.substr(column, 1, kept)
    made = text.concat(rest) if rest else text
    return sa.case((dialect.has_form(column, _ISO), made), (_is_form(column, rule, dialect), column), else_=sa.null())


def _band_of_years(column: Column, width: int, dialect: Dialect) -> Column:
    year = sa.cast(sa.func.substr(column, 1, 4), sa.Integer)
    start = year - year % width
    made = dialect.four_digits(start).concat(_rest(column, YEAR))
    has_year = sa.or_(dialect.has_form(column, _ISO), _is_form(column, YEAR, dialect))
    # The calendar has no year 0. One condition inside the other: a database may compute what stands beside another.
    return sa.case((has_year, sa.case((start > 0, made), else_=sa.null())), else_=sa.null())


def _rest(column: Column, rule: str) -> str:
    """Return what stands behind the kept part: text is cut short, a date needs a day, a moment a time."""
    first = "-01-01" if rule == YEAR else "-01"
    match declared(column):
        case sa.DateTime():
            return f"{first} 00:00:00"
        case sa.Date():
            return first
        case _:
            return ""


def _is_form(column: Column, rule: str, dialect: Dialect) -> Column:
    return dialect.has_form(column, ("9999" if rule == YEAR else "9999-99") + _rest(column, rule))


def _outward(column: Column, dialect: Dialect) -> Column:
    code = sa.func.replace(sa.func.upper(column), " ", "", type_=sa.Text())
    is_whole = dialect.has_form(code, *(form + _INWARD for form in _OUTWARD))
    is_outward = dialect.has_form(code, *_OUTWARD)
    cut = sa.func.substr(code, 1, dialect.length(code) - len(_INWARD))
    return sa.case((is_whole, cut), (is_outward, code), else_=sa.null())
