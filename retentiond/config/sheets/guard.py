"""Cells that a spreadsheet program would run.

Text that starts with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return is a formula to most of them, and so are
the full-width forms of these characters to some (OWASP, CSV injection). An apostrophe in front makes it text. It is
taken away again on reading, and text that already looks guarded gets one more, so that a round trip is exact.
"""

from __future__ import annotations

import re

_RUN = re.compile("'*[=+\\-@\t\r＝＋－＠]")  # noqa: RUF001 - the full-width forms are meant


def guarded(text: str) -> str:
    """Return the text as it may stand in a cell."""
    return f"'{text}" if _RUN.match(text) else text


def unguarded(text: str) -> str:
    """Return the text that :func:`guarded` made this from."""
    return text[1:] if text.startswith("'") and _RUN.match(text) else text
