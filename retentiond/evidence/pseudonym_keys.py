"""The files of pseudonym keys: one a key, in a folder of their own, made once and destroyed for good.

Overwriting reaches the bytes in the file. Copies in backups, snapshots and the worn blocks of a disk it does not
reach, and whoever certifies the destruction has to say so.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from stat import S_IMODE, S_IRWXG, S_IRWXO

from retentiond.domain.errors import ConfigurationRefused, Fault, RetentiondError
from retentiond.domain.pseudonyms import KEY_BYTES
from retentiond.evidence.keys import mind_mode, read_secret, write_secret
from retentiond.evidence.package import sync_folder
from retentiond.evidence.strict import is_hex

_TOO_OPEN = S_IRWXG | S_IRWXO
_BACK = "put the file back from where you keep it, or plan with another key"


def place_of(folder: Path, name: str) -> Path:
    """Return where the key of a name lies."""
    return folder / f"{name}.key"


def trace_of(folder: Path, name: str) -> Path:
    """Return where it is left that the key of a name was overwritten, before its file goes: a file that holds nothing.

    Where a key's file is missing, only this tells that it was destroyed here, and that the folder is not another one:
    of another machine, of other settings, or one whose file system is not mounted.
    """
    return folder / f"{name}.erased"


def make_pseudonym_key(folder: Path, name: str) -> bytes:
    """Make a key of 32 random bytes, readable by its owner only, and return it.

    Raises:
        ConfigurationRefused: a file of this name is there already, or the folder cannot be used.
    """
    path = place_of(folder, name)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _mind_folder(folder)
        trace_of(folder, name).unlink(missing_ok=True)
        write_secret(path, key.hex().encode() + b"\n")
        sync_folder(folder)
    except FileExistsError:
        said = "a key is there already, and this ledger does not know of it"
        raise ConfigurationRefused.about(str(path), said, "find out whose it is, or take another name") from None
    except OSError as error:
        said = f"the key cannot be written ({error.strerror})"
        raise ConfigurationRefused.about(str(path), said, "let the service's user write there") from None
    return key


def read_pseudonym_key(folder: Path, name: str) -> bytes:
    """Return the 32 bytes of a key.

    Raises:
        ConfigurationRefused: missing, unreadable, readable by others, or no key.
    """
    path = place_of(folder, name)
    if not os.path.lexists(path):
        raise _missing(path, name)
    _mind_folder(folder)
    text = read_secret(path).decode("ascii", "replace").strip()
    if not is_hex(text, KEY_BYTES):
        raise ConfigurationRefused.about(str(path), "it is not a key of 64 lower-case hex digits", _BACK)
    return bytes.fromhex(text)


def mind_file(folder: Path, name: str, *, elsewhere: bool = False) -> None:
    """Refuse a key that shows to be of no use before it is read; where one may not look, nothing shows.

    Args:
        folder: where keys' files lie.
        name: the key's.
        elsewhere: the folder may be on another machine, where the keys are used.

    Raises:
        ConfigurationRefused: there is no file of the key, or others may read it or the folder.
    """
    path = place_of(folder, name)
    try:
        if folder.is_dir() or not elsewhere:
            _mind_folder(folder)
            mind_mode(path, S_IMODE(path.stat().st_mode))
    except FileNotFoundError:
        raise _missing(path, name) from None
    except PermissionError:
        return


def _missing(path: Path, name: str) -> RetentiondError:
    said = f"there is no file of a pseudonym key '{name}'"
    remedy = f"make the key: 'retentiond pseudonym-key create {name}'; or put back the file it has had"
    return ConfigurationRefused.about(str(path), said, remedy)


def is_overwritten(folder: Path, name: str) -> bool:
    """Whether a key's file is there and was overwritten, in part at least: an end that was interrupted."""
    try:
        return b"\0" in place_of(folder, name).read_bytes()
    except OSError:
        return False


def erase_pseudonym_key(folder: Path, name: str) -> None:
    """Overwrite a key's file, leave a trace of that, remove it and wait until that is on the disk; or find it so.

    Raises:
        ConfigurationRefused: it cannot be overwritten or removed, and may still be there; or it is not there, and
            nothing shows that this was done.
    """
    path = place_of(folder, name)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        if not trace_of(folder, name).exists():
            said = "neither the key's file nor the trace of its end is there"
            remedy = (
                "look for it: on another machine, in another folder, on a disk that is not mounted; then go on there"
            )
            raise ConfigurationRefused.about(str(path), said, remedy) from None
        sync_folder(folder)
        return
    except OSError as error:
        raise _unerased(path, error) from None
    try:
        os.pwrite(descriptor, bytes(os.fstat(descriptor).st_size), 0)
        os.fsync(descriptor)
        trace_of(folder, name).touch(mode=0o600)
        sync_folder(folder)
        path.unlink(missing_ok=True)
        sync_folder(folder)
    except OSError as error:
        raise _unerased(path, error) from None
    finally:
        os.close(descriptor)


def _unerased(path: Path, error: OSError) -> RetentiondError:
    said = f"the key cannot be destroyed ({error.strerror})"
    remedy = "let the service's user write there, and give the command again: it goes on where it stopped"
    return ConfigurationRefused.about(str(path), said, remedy)


def _mind_folder(folder: Path) -> None:
    mode = S_IMODE(folder.stat().st_mode)
    if mode & _TOO_OPEN:
        said = f"others can look into the folder of pseudonym keys (mode {mode:04o})"
        raise ConfigurationRefused(Fault(str(folder), said, "run: chmod 700 on it"))
