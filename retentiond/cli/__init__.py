"""The command line: the verbs of the lifecycle for people at a terminal. Nothing heavy is imported from here."""

from __future__ import annotations

import os
import sys

from retentiond import __version__

# pathlib, and click, would each take longer than all the rest of this.
FRONT_PAGE = os.path.join(os.path.dirname(__file__), "front_page.txt")  # noqa: PTH118, PTH120 - see above
"""What click makes of ``retentiond --help`` on 80 columns or more; see :mod:`retentiond.cli.reference`."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    if sys.argv[1:] == ["--version"]:
        _say(f"retentiond {__version__}\n")
    elif sys.argv[1:] == ["--help"] and _is_wide():
        with open(FRONT_PAGE, encoding="utf-8") as page:  # noqa: PTH123 - see above
            _say(page.read())
    else:
        from retentiond.service.patience import patient_collector

        patient_collector()
        from retentiond.cli.root import retentiond

        retentiond(prog_name="retentiond")


def _is_wide() -> bool:
    """Return whether lines break where the kept page breaks them: everywhere but on a narrow terminal."""
    if "COLUMNS" in os.environ:
        return False
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns >= 80
    except (OSError, ValueError, AttributeError):
        return True


def _say(text: str) -> None:
    if sys.stdout is None:
        return  # nobody listens
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What was not written must not be tried again at exit.
        sys.stdout = None
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"retentiond: {os.strerror(error.errno or 0)}\n")
        sys.exit(1)
