"""A kept demonstration's stores, running again: for looking around in it, and for carrying on."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

from retentiond.demo.lay_out import CASE_STORE, CREDENTIALS
from retentiond.demo.object_store import ObjectStore
from retentiond.domain.errors import NotFound

DOCUMENTS = Path("connectors", "early-help-documents.yaml")
SECRETS = "credentials"
"""Folder of the new keys, one file each, as ``$CREDENTIALS_DIRECTORY`` wants them."""


def serve_demo(folder: Path, tell: Callable[[str], None]) -> None:
    """Start the object store of a kept demonstration, and return when a person (SIGINT) or SIGTERM ends it.

    The server listens on another port and under other keys than before: the definition of the bucket and the files
    of the credentials are written anew.

    Args:
        folder: where the demonstration was kept.
        tell: is given each line of what to do.

    Raises:
        NotFound: no demonstration was kept there.
        StoreUnavailable: the object store could not be started.
    """
    definition = folder / DOCUMENTS
    if not (folder / CASE_STORE).is_file() or not definition.is_file():
        remedy = "make one with 'retentiond demo --keep DIR', and name its folder"
        raise NotFound.about(str(folder), "no demonstration was kept here", remedy)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ObjectStore.start(folder / "object-store") as objects:
            text = definition.read_text(encoding="utf-8")
            text = re.sub(r"^endpoint: .*$", f"endpoint: {objects.endpoint}", text, flags=re.MULTILINE)
            definition.write_text(text, encoding="utf-8")
            _keep_secrets(folder / SECRETS, objects)
            tell(f"The stores of {folder} are running until Ctrl+C. In another terminal:")
            tell(f"  export CREDENTIALS_DIRECTORY={(folder / SECRETS).resolve()}")
            tell(f"  export RETENTIOND_CONFIG={(folder / 'retentiond.yaml').resolve()}")
            tell("  retentiond scan")
            if objects.process is not None:
                objects.process.wait()
    except KeyboardInterrupt:
        tell("Stopped.")
    finally:
        signal.signal(signal.SIGTERM, before)


def _keep_secrets(folder: Path, objects: ObjectStore) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, secret in zip(CREDENTIALS, (objects.access_key, objects.secret_key), strict=True):
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(secret, encoding="utf-8")
