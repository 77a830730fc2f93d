"""What goes to standard error: one line an event, and never a value of a record.

Journal lines carry their level in front (``<6>…``, sd-daemon(3)); elsewhere lines are for people, or JSON when
``RETENTIOND_LOG=json``. Texts of exceptions that are not ours and of libraries' own logs may hold values, so only
their kind and place are kept.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from loguru import logger

import retentiond
from retentiond.domain.errors import RetentiondError

if TYPE_CHECKING:
    from loguru import Message, Record

_PRIORITIES = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "NOTICE": 5, "INFO": 6}
_NOTICE = 25
_PACKAGE = Path(retentiond.__file__).parent


def set_up_logs(environment: Mapping[str, str], stream: TextIO) -> None:
    """Send every log line of this process to a stream, once."""
    logger.remove()
    logger.level("NOTICE", no=_NOTICE)
    writer = _writer(environment, stream)

    def write(message: Message) -> None:
        stream.write(writer(message.record) + "\n")
        stream.flush()

    # A format that is a function gets no traceback put behind it.
    logger.add(write, level="INFO", format=lambda _record: "{message}", diagnose=False, backtrace=False)
    _silence_others()
    if hasattr(stream, "fileno"):
        # After an abort, by the watchdog say: files, lines and functions of all threads, no values.
        faulthandler.enable(stream)


def refuse(refusal: RetentiondError, level: str = "ERROR", **bound: str) -> None:
    """Log each fault of a refusal as a line of its own."""
    for fault in refusal.faults:
        logger.bind(event=type(refusal).__name__, **bound).log(level, "{}", fault)


def kind_and_place(error: BaseException) -> str:
    """Return an unexpected error's class and the last line of ours it went through; its text may hold values."""
    place = "outside retentiond"
    trace = error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(_PACKAGE):
            place = f"retentiond/{path.relative_to(_PACKAGE)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"


def _writer(environment: Mapping[str, str], stream: TextIO) -> Callable[[Record], str]:
    if _is_journal(environment.get("JOURNAL_STREAM", ""), stream):
        return _for_journal
    return _as_json if environment.get("RETENTIOND_LOG") == "json" else _for_people


def _is_journal(named: str, stream: TextIO) -> bool:
    """Return whether the stream is the journal's: the variable alone may have been inherited (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{status.st_dev}:{status.st_ino}"


def _for_journal(record: Record) -> str:
    return f"<{_PRIORITIES.get(record['level'].name, 6)}>{_one_line(record['message'])}"


def _for_people(record: Record) -> str:
    return f"{record['time']:YYYY-MM-DD HH:mm:ss!UTC} {record['level'].name.lower():8} {_one_line(record['message'])}"


def _as_json(record: Record) -> str:
    event = {"time": f"{record['time']:YYYY-MM-DD[T]HH:mm:ss[Z]!UTC}", "level": record["level"].name.lower()}
    return json.dumps(event | {"message": record["message"]} | record["extra"], ensure_ascii=False)


def _one_line(text: str) -> str:
    """Return the text with what could begin another line, or steer a terminal, written out."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


class _OthersLogs(logging.Handler):
    """Keeps of a library's warning who gave it and where, not what it says."""

    def emit(self, record: logging.LogRecord) -> None:
        logger.bind(event="library-warning").warning(
            "{} warned at {}:{}; what it said is not kept, since it may hold values",
            record.name,
            record.filename,
            record.lineno,
        )


def _silence_others() -> None:
    logging.captureWarnings(capture=True)
    logging.root.handlers = [_OthersLogs(logging.WARNING)]
    # Its failures and missed turns reach us as events.
    logging.getLogger("apscheduler").propagate = False
    logging.getLogger("apscheduler").handlers = [logging.NullHandler()]
    sys.excepthook = lambda _kind, error, _trace: logger.critical("stopped by {}", kind_and_place(error))
    threading.excepthook = lambda given: logger.critical(
        "a thread was stopped by {}", kind_and_place(given.exc_value) if given.exc_value else "an unknown error"
    )
