"""What a record on a share can be, a file or a whole folder, and what is asked of either."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from retentiond.connectors.document_kinds import DocumentKind
from retentiond.connectors.filesystem.looking import Looking
from retentiond.domain.errors import Fault, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Receipt, Sighting
from retentiond.domain.records import Record

LINKED = "it has another name elsewhere: unlinking this one would leave the data"
OPEN = "another program has it open"


@dataclass(frozen=True, slots=True)
class Judged:
    """Class and dates of a record: what tells whether a scan wants it."""

    record_class: str | None
    dates: Mapping[str, date | None]
    problems: tuple[str, ...] = ()


class Sort(Protocol):
    """Records of one kind below an open root: files, or folders with all that is in them. Paths are below the root."""

    @property
    def kind(self) -> DocumentKind:
        """The kind of record."""
        ...

    def scanned(
        self, after: str, wants: Callable[[Judged], bool], looking: Callable[[], Looking]
    ) -> Iterator[tuple[str, Record | None]]:
        """Yield the path of every record behind another, in the order of the paths' parts; and the wanted ones whole.

        Args:
            after: a path.
            wants: says by class and dates whether a record is wanted; only such are looked at closely.
            looking: what looks at files now.
        """
        ...

    def record(self, path: str, looking: Looking) -> Record | None:
        """Return the whole record; None where there is none at this path."""
        ...

    def against(self, order: DisposalOrder, path: str, looking: Looking) -> Receipt | None:
        """Return why an order is not to be carried out, or None.

        Raises:
            ValueError: something else stands there.
            OSError: the way there cannot be gone.
        """
        ...

    def destroy(self, order: DisposalOrder, path: str) -> Receipt:
        """Unlink what is exactly as it was reviewed, and nothing else.

        Raises:
            OSError: the file system refused.
            StoreUnavailable: whether it is gone for good is not known.
        """
        ...

    def sighting(self, order: DisposalOrder, path: str) -> Sighting:
        """Look for what is left at the record's path.

        Raises:
            OSError: the way there cannot be gone.
        """
        ...


def make_durable(folder: int) -> None:
    """Wait until a folder is on stable storage; if that fails, whether something is gone for good is not known."""
    try:
        os.fsync(folder)
    except OSError as error:
        raise StoreUnavailable(
            Fault("filesystem", f"a deletion was not made durable ({os.strerror(error.errno or 0)})")
        ) from None
