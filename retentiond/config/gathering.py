"""Reading many files: the faults of all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from retentiond.config.complaint import Complaint
from retentiond.config.document import Document, files_in
from retentiond.domain.errors import ConfigurationRefused, Fault

T = TypeVar("T")


def gather(
    paths: Sequence[Path],
    read: Callable[[Path], tuple[Document, T]],
    between: Callable[[list[tuple[Document, T]]], Iterable[Complaint]],
) -> tuple[T, ...]:
    """Read every file that the paths name.

    Args:
        paths: files, and folders of ``*.yaml``.
        read: reads one file, or raises ConfigurationRefused.
        between: yields what only the files together can show.

    Raises:
        ConfigurationRefused: anything is wrong with any of them; file by file, in reading order within each.
    """
    done, faults = read_each(paths, read, between)
    if faults:
        raise ConfigurationRefused(*faults)
    return tuple(value for _, value in done)


def read_each(
    paths: Sequence[Path],
    read: Callable[[Path], tuple[Document, T]],
    between: Callable[[list[tuple[Document, T]]], Iterable[Complaint]],
) -> tuple[list[tuple[Document, T]], tuple[Fault, ...]]:
    """Read every file that the paths name; return what could be read, and what is wrong with all of them.

    Args:
        paths: files, and folders of ``*.yaml``.
        read: reads one file, or raises ConfigurationRefused.
        between: yields what only the files together can show.
    """
    files, complaints = files_in(paths)
    faults: list[Fault] = [one.fault for one in sorted(complaints)]
    done: list[tuple[Document, T]] = []
    for path in files:
        try:
            done.append(read(path))
        except ConfigurationRefused as refused:
            faults.extend(refused.faults)
    faults.extend(one.fault for one in sorted(between(done)))
    return done, tuple(faults)
