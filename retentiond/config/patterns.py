"""Regular expressions of single values, in the dialect that Python and JSON Schema share: readers and editors use them.

A reader says what is wrong in words and knows more (that 2027 has no 29 February); an editor underlines what these see.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from retentiond.domain.definitions import SAYABLE
from retentiond.domain.wording import in_words

_SPAN = r"[1-9][0-9]{0,3} (year|month|week|day)s?"
_EACH_ONCE = "".join(f"(?!.*{unit}.*{unit})" for unit in ("year", "month", "week", "day"))
PERIOD = rf"^{_EACH_ONCE}{_SPAN}(,? (and )?{_SPAN})*$"
AGE = rf"^([1-9][0-9]{{0,2}}|{PERIOD[1:-1]})$"
DURATION = r"^[1-9][0-9]{0,5} (second|minute|hour|day)s?$"

MONTHS = [in_words(date(2001, month, 1)).split(" ")[1] for month in range(1, 13)]
"""As people write them; a year that is no leap year, since every year has to have the day."""


def _having(day: int) -> str:
    return "|".join(name for number, name in enumerate(MONTHS, 1) if monthrange(2001, number)[1] >= day)


DAY_OF_YEAR = rf"^(([1-9]|1[0-9]|2[0-8]) ({_having(1)})|(29|30) ({_having(29)})|31 ({_having(31)}))$"
_LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
DAY = (
    rf"^(?!0000)([0-9]{{4}}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    rf"|{_LEAP}-02-29)$"
)

COUNT = "^[1-9][0-9]{0,6}$"
IN_FLIGHT = "^([1-9]|[1-5][0-9]|6[0-4])$"
WHOLE = "^(0|[1-9][0-9]{0,2})$"
GROUP_SIZE = "^([2-9]|[1-9][0-9]{1,2})$"
PERCENT = r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,4})?$"
FLAG = "^(true|false)$"
ZONE = "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"

ACCOUNT = "^[0-9]{12}$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
WORD = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
KEY_NAME = r"^(?=.{1,64}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$"
COLUMN = rf"^{SAYABLE}$"
TABLE = rf"^{COLUMN[1:-1]}(\.{COLUMN[1:-1]})?$"
TABLE_COLUMN = rf"^{TABLE[1:-1]}\.{COLUMN[1:-1]}$"
_FIELD = """([A-Za-z0-9_$#@-]+|"[ !#-.0-\\[\\]-~]+")"""
"""A name in JSON; one with other characters stands in quotes. Names beyond ASCII, and those with a slash, a quote or a
backslash, are written in several ways by those who write JSON, and not every database takes them for the same."""
VALUE = rf"^{COLUMN[1:-1]}(\.{_FIELD})*$"
VALUES = rf"^{COLUMN[1:-1]}(\.{_FIELD}|\[\*\])*$"
TABLE_VALUES = rf"^{COLUMN[1:-1]}\.{VALUES[1:-1]}$"

CREDENTIAL = r"\$\{credential:([A-Za-z0-9][A-Za-z0-9._-]*)\}"
SECRET = f"^{CREDENTIAL}$"
_WITH_A_LOGIN = r"[^?#]*://(\$\{credential:[^}]*\}|[^/@:$])*:(?!\$\{credential:)[^/@]+@"
URL = rf"^(?!{_WITH_A_LOGIN})(\$\{{credential:|[a-z][a-z0-9+.-]*://)"
"""A URL without a password in its usual place, or a reference to the credential that holds all of it."""
