"""A file's key: its path below the root, with slashes, spelled so that every name a file can have is text."""

from __future__ import annotations

import re

_AMBIGUOUS = re.compile(r"%(?=25|[89A-F][0-9A-F])")
_ESCAPED = re.compile(r"%(25|[89A-F][0-9A-F])")


def to_key(path: str) -> str:
    """Spell a path as Python decoded it (``surrogateescape``) as a key.

    A byte that is no UTF-8 becomes ``%`` and two capital hex digits; a percent sign that could be taken for such a
    spelling becomes ``%25``. Every other path is its own key, and :func:`to_path` undoes it exactly.
    """
    escaped = _AMBIGUOUS.sub("%25", path)
    return "".join(f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in escaped)


def to_path(key: str) -> str:
    """Return the path a key spells.

    Raises:
        ValueError: it is no path below the root (``..``, an absolute path), or not as :func:`to_key` spells it.
    """
    path = _ESCAPED.sub(lambda match: "%" if match[1] == "25" else chr(0xDC00 + int(match[1], 16)), key)
    if any(part in ("", ".", "..") or "\0" in part for part in path.split("/")):
        raise ValueError("the key is no path below the root")
    try:
        respelled = to_key(path.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        raise ValueError("the key is no path below the root") from None
    if respelled != key:
        raise ValueError("the key is not spelled as this store spells it")
    return path
