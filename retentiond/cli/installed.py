"""From the shared options to an opened installation, and to the person who decides."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from retentiond.cli.options import Options
from retentiond.domain.errors import ConfigurationRefused, Fault, NotFound

if TYPE_CHECKING:
    from retentiond.domain.people import Person
    from retentiond.lifecycle.tools import Tools

USUAL_PLACES = (Path("retentiond.yaml"), Path("/etc/retentiond/retentiond.yaml"))


def settings_path(options: Options) -> Path:
    """Return the settings file to use.

    Raises:
        ConfigurationRefused: there is none.
    """
    named = options.config or Path(os.environ.get("RETENTIOND_CONFIG", ""))
    if named != Path():
        if not _is_there(named):
            said = "there is no such settings file, or you may not look there"
            raise ConfigurationRefused.about(str(named), said, "name another with --config")
        return named
    for place in USUAL_PLACES:
        if _is_there(place):
            return place
    raise ConfigurationRefused.about(
        " or ".join(str(place) for place in USUAL_PLACES),
        "there is no settings file that you may look at",
        "name one with --config, or make a new installation with 'retentiond init DIR'",
    )


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except PermissionError:
        return False


@contextmanager
def opened(options: Options) -> Iterator[Tools]:
    """Open the installation the options name; close it at the end.

    Raises:
        ConfigurationRefused, LedgerRefused: it cannot be used as it is.
    """
    path = settings_path(options)
    from retentiond.service.compose import installation

    with installation(path) as tools:
        yield tools


def decider(options: Options, tools: Tools) -> Person:
    """Return the person who decides: named, or the one whose id is the login name of this process's user.

    Raises:
        NotFound: the settings name nobody so.
    """
    named = options.person or os.environ.get("RETENTIOND_PERSON")
    if named:
        return tools.person(named)
    login = _login()
    for one in tools.settings.people:
        if one.id == login:
            return one
    known = ", ".join(sorted(one.id for one in tools.settings.people))
    raise NotFound.about(
        "--as", "nobody was named who decides, and no person has your login name as id", f"name one of {known}"
    )


def mind_classes(codes: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a misspelt class: nothing has it, and nobody would notice.

    Raises:
        NotFound: no schedule in force has one of them.
    """
    codes, known = [*codes], sorted(known)
    faults = [
        Fault(code, "no schedule in force has this class", f"the classes are {', '.join(known)}")
        for code in codes
        if code not in known
    ]
    if faults:
        raise NotFound(*faults)


def _login() -> str:
    """Return the login name by the process's user id: the environment can say what it likes."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""
