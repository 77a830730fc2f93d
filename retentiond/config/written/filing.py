"""A file put in its place whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from retentiond.domain.errors import ConfigurationRefused, Fault


def file_away(path: Path, content: bytes, *, overwrite: bool, check: Callable[[Path], object]) -> None:
    """Write a file beside its place, check it there, and only then put it in its place.

    Args:
        path: where it is to be.
        content: its bytes.
        overwrite: whether a file that is there already may go.
        check: reads the file; what it refuses is not put in place.

    Raises:
        ConfigurationRefused: a file is there already, none can be written there, or the check refuses it.
    """
    if path.exists() and not overwrite:
        said = "it is there already and is not overwritten"
        raise ConfigurationRefused.about(str(path), said, "choose another name, or say --force")
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        check(beside)
        beside.replace(path)
    except ConfigurationRefused as refused:
        faults = (Fault(one.place.replace(str(beside), str(path)), one.message, one.remedy) for one in refused.faults)
        raise ConfigurationRefused(*faults) from None
    except OSError as error:
        said = f"a file cannot be written there ({error.strerror})"
        raise ConfigurationRefused.about(str(path), said, "choose a folder you may write to") from None
    finally:
        beside.unlink(missing_ok=True)
