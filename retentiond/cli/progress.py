"""How far a command is that reads whole stores: shown on a terminal, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retentiond.cli.options import Options


@contextmanager
def progress(options: Options) -> Iterator[Callable[[str, str, int], None]]:
    """Yield what to tell of store, kind of record and records examined so far."""
    if options.quiet or options.json or not sys.stderr.isatty():
        yield lambda _store, _kind, _examined: None
        return
    from retentiond.cli.terminal import progress as shown

    with shown(color=options.color is not False) as tell:
        yield tell
