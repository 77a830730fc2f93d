"""Generalised values in SQL: how each rule makes one, how one that is finer is recognised, which columns it fits.

What a rule cannot read becomes NULL, so that nothing stays because nobody understood it; NULL stays NULL. Recognising
asks another question than making does (a remainder, a length, a form), so that an error in one shows in the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from retentiond.connectors.sql.catalogue import declared
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

_OUTWARD = ("A9", "A99", "A9A", "AA9", "AA99", "AA9A")
"""The forms of an outward code, A any letter and 9 any digit; the inward code behind it is 9AA (Royal Mail PAF)."""
_INWARD = "9AA"
_EXACT = 10**15
"""SQLite keeps any number in any column; whole numbers beyond this are not exact in a float."""


def generalised(column: Column, rule: Generalisation, dialect: str) -> Column:
    """Return the expression that a column's value is replaced by."""
    match rule:
        case Band(width) if is_number(column):
            return _number(column, dialect, _band_start(_exact(column, dialect), width, dialect))
        case Band(width):
            return _band_of_years(column, width, dialect)
        case Rounded(to):
            return _number(column, dialect, _rounded(_exact(column, dialect), to, dialect))
        case First(characters):
            return sa.func.substr(column, 1, characters)
        case Before(separator):
            at = _position(column, separator, dialect)
            return sa.case((at == 0, column), (at > 1, sa.func.substr(column, 1, at - 1)), else_=sa.null())
        case _ if rule == OUTWARD_CODE:
            return _outward(column, dialect)
        case _:
            return _first_day(column, rule, dialect)


def is_finer(column: Column, rule: Generalisation, dialect: str) -> Column:
    """Return the condition that a value tells more than its rule allows; NULL or false where it does not."""
    match rule:
        case Band(size) | Rounded(size) if is_number(column):
            if dialect != "sqlite":
                return _exact(column, dialect) % size != 0
            whole = sa.cast(column, sa.Integer)
            is_multiple = sa.and_(sa.func.typeof(column).in_(["integer", "real"]), column == whole, whole % size == 0)
            return sa.and_(column.is_not(None), sa.not_(is_multiple))
        case Band(width) if _is_text(column, dialect):
            is_start = sa.cast(sa.func.substr(column, 1, 4), sa.Integer) % width == 0
            return sa.case((_is_form(column, YEAR, dialect), sa.not_(is_start)), else_=column.is_not(None))
        case Band(width):
            return sa.or_(_is_within(column, YEAR), sa.extract("year", column) % width != 0)
        case First(characters):
            return sa.func.length(sa.func.rtrim(column)) > characters
        case Before(separator):
            return _position(column, separator, dialect) > 0
        case _ if rule == OUTWARD_CODE:
            return sa.not_(sa.or_(*(_is_like(column, form, dialect) for form in _OUTWARD)))
        case _ if _is_text(column, dialect):
            return sa.not_(_is_form(column, str(rule), dialect))
        case _:
            return _is_within(column, str(rule))


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


def _is_text(column: Column, dialect: str) -> bool:
    """Whether a column's dates are kept as text: on SQLite all are."""
    return dialect == "sqlite" or isinstance(column.type, sa.String)


# Numbers. ``%`` has the sign of what is divided, in every dialect.


def _exact(column: Column, dialect: str) -> Column:
    if dialect != "sqlite" and isinstance(column.type, sa.Float):
        return sa.cast(sa.cast(column, sa.Double), sa.Numeric)
    return column


def _number(column: Column, dialect: str, made: Column) -> Column:
    """Return what was made of a number, and nothing of what is none: infinity, not-a-number, text in SQLite."""
    if dialect == "sqlite":
        is_usable = sa.and_(sa.func.typeof(column).in_(["integer", "real"]), column.between(-_EXACT, _EXACT))
        return sa.case((is_usable, made), else_=sa.null())
    if isinstance(column.type, sa.Integer):
        return made
    return sa.case((column - column == 0, sa.cast(made, column.type)), else_=sa.null())


def _remainder(number: Column, by: int, dialect: str) -> Column:
    # SQLite's % cuts both sides to whole numbers; its / does so only where both are.
    if dialect == "sqlite":
        return number - sa.cast(number.op("/")(sa.literal(by)), sa.Integer) * by
    return number % by


def _band_start(number: Column, width: int, dialect: str) -> Column:
    over = _remainder(number, width, dialect)
    return number - over - sa.case((over < 0, width), else_=0)


def _rounded(number: Column, to: int, dialect: str) -> Column:
    over = _remainder(number, to, dialect)
    return number - over + sa.case((over * 2 >= to, to), (over * 2 <= -to, -to), else_=0)


# Dates.


def _first_day(column: Column, rule: Generalisation, dialect: str) -> Column:
    if not _is_text(column, dialect):
        return sa.cast(sa.func.date_trunc(rule, column), column.type)
    kept, rest = (4 if rule == YEAR else 7), _rest(column, str(rule))
    text = sa.func.substr(column, 1, kept)
    made = text.concat(rest) if rest else text
    return sa.case((_is_iso(column, dialect), made), (_is_form(column, str(rule), dialect), column), else_=sa.null())


def _band_of_years(column: Column, width: int, dialect: str) -> Column:
    if _is_text(column, dialect):
        year = sa.cast(sa.func.substr(column, 1, 4), sa.Integer)
        start = year - year % width
        made = _four_digits(start, dialect).concat(_rest(column, YEAR))
        has_year = sa.or_(_is_iso(column, dialect), _is_form(column, YEAR, dialect))
        # The calendar has no year 0, and PostgreSQL may compute what a condition beside it excludes, but not a branch.
        return sa.case((has_year, sa.case((start > 0, made), else_=sa.null())), else_=sa.null())
    year = sa.cast(sa.extract("year", column), sa.Integer)
    made = sa.func.make_date(year - year % width, 1, 1)
    in_band = sa.case((sa.extract("year", column) >= width, sa.cast(made, column.type)), else_=sa.null())
    return sa.case((sa.func.isfinite(column), in_band), else_=sa.null())


def _is_within(column: Column, rule: str) -> Column:
    return column != sa.cast(sa.func.date_trunc(rule, column), column.type)


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


def _is_iso(column: Column, dialect: str) -> Column:
    return _is_like(column, "9999-99-99*", dialect)


def _is_form(column: Column, rule: str, dialect: str) -> Column:
    return _is_like(column, ("9999" if rule == YEAR else "9999-99") + _rest(column, rule), dialect)


def _is_like(column: Column, form: str, dialect: str) -> Column:
    """Return the condition that a text has a form: 9 is any digit, A any capital letter, a last * anything."""
    pattern = form.replace("9", "[0-9]").replace("A", "[A-Z]")
    column = sa.func.rtrim(column, type_=sa.Text())  # CHAR(n) comes with spaces
    if dialect == "sqlite":
        return column.op("GLOB", is_comparison=True)(pattern)
    return column.regexp_match("^" + pattern.replace("*", ".*") + r"\Z")


def _four_digits(year: Column, dialect: str) -> Column:
    if dialect == "sqlite":
        return sa.func.printf("%04d", year, type_=sa.Text())
    return sa.func.lpad(sa.cast(year, sa.Text), 4, "0", type_=sa.Text())


# Codes.


def _outward(column: Column, dialect: str) -> Column:
    code = sa.func.replace(sa.func.upper(column), " ", "", type_=sa.Text())
    is_whole = sa.or_(*(_is_like(code, form + _INWARD, dialect) for form in _OUTWARD))
    is_outward = sa.or_(*(_is_like(code, form, dialect) for form in _OUTWARD))
    cut = sa.func.substr(code, 1, sa.func.length(code) - len(_INWARD))
    return sa.case((is_outward, code), (is_whole, cut), else_=sa.null())


def _position(column: Column, separator: str, dialect: str) -> Column:
    function = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return function(column, separator, type_=sa.Integer())
