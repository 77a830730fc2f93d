"""The command line, carried out in a process that was forked for it."""

from __future__ import annotations

import sys

from retentiond.cli import main


def command_line(*words: str) -> None:
    """Run ``retentiond`` with some words and end the process with its exit code."""
    sys.argv = ["retentiond", *words]
    main()
