"""How far a command is, and how far it came, that reads whole stores."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from retentiond.cli.options import Options

if TYPE_CHECKING:
    from retentiond.lifecycle.tally import KindRead


@contextmanager
def progress(options: Options) -> Iterator[Callable[[str, str, int], None]]:
    """Yield what to tell of store, kind of record and records examined so far."""
    if options.quiet or options.json or not sys.stderr.isatty():
        yield lambda _store, _kind, _examined: None
        return
    from retentiond.cli.terminal import progress as shown

    with shown(color=options.color is not False) as tell:
        yield tell


def stores_read(kinds: Iterable[KindRead]) -> list[dict[str, object]]:
    """Return, for JSON, how far each kind of record of each store was read."""
    return [
        {
            "store": one.store,
            "kind": one.kind,
            "examined": one.examined,
            "counted": one.counted,
            "failure": one.failure,
        }
        for one in kinds
    ]
