"""Made-up identifiers that pass the checks of real ones and belong to nobody."""

from __future__ import annotations

from random import Random

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_NO_SUCH_AUTHORITY = "999"


def nhs_check_digit(first_nine: str) -> str | None:
    """Return the check digit of an NHS number's first nine digits, or None where they cannot be one.

    Weights 10 to 2, eleven less the sum modulo 11; eleven is written 0, and ten makes the number invalid
    (NHS Data Dictionary).
    """
    total = sum(int(digit) * weight for digit, weight in zip(first_nine, range(10, 1, -1), strict=True))
    check = 11 - total % 11
    return None if check == 10 else str(check % 11)


def nhs_number(chance: Random) -> str:
    """Return a valid NHS number of the range 999 000 0000 to 999 999 9999, which is never issued."""
    while True:
        first_nine = f"999{chance.randrange(10**6):06d}"
        check = nhs_check_digit(first_nine)
        if check is not None:
            return first_nine + check


def upn_check_letter(last_twelve: str) -> str:
    """Return the check letter of a unique pupil number: digits times their places 2 to 13, modulo 23 (DfE)."""
    return _UPN_LETTERS[sum(int(digit) * place for place, digit in enumerate(last_twelve, 2)) % 23]


def upn(chance: Random) -> str:
    """Return a unique pupil number with a valid check letter, of a local authority that does not exist."""
    last_twelve = f"{_NO_SUCH_AUTHORITY}{chance.randrange(10**9):09d}"
    return upn_check_letter(last_twelve) + last_twelve
