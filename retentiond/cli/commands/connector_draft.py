"""``retentiond connector draft``: a first definition of a database, to be read and corrected by people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from retentiond.cli.answers import Advice, Line, answer
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted, listed

if TYPE_CHECKING:
    from retentiond.domain.drafts import Draft

_CREDENTIAL = re.compile(r"\$\{credential:([A-Za-z0-9][A-Za-z0-9._-]*)\}")


@click.command("draft", cls=Verb)
@click.argument("url")
@click.option("--name", metavar="NAME", help="What the store is to be called. Else the credential's or file's name.")
@click.option("--table", "tables", multiple=True, metavar="TABLE", help="Its rows are records; may be repeated.")
@click.option("--location", default="", metavar="COUNTRY", help="Where the data lies: GB.")
@click.option("--no-counts", is_flag=True, help="Count nothing: each table concerned is else read once.")
@click.option(
    "--output",
    "target",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the file instead of printing it. One that is there is never overwritten.",
)
@click.pass_obj
def draft_command(
    options: Options,
    *,
    url: str,
    name: str | None,
    tables: tuple[str, ...],
    location: str,
    no_counts: bool,
    target: Path | None,
) -> int:
    """Draft a first definition of the database at URL.

    The database is only read. Its tables, keys and foreign keys become parts and shared rows; what only the names of
    columns suggest stands in comments, with counts and years and never a value. What no catalogue knows says CONFIRM.
    URL may be ${credential:NAME}, so that no password stands on the command line; in the file it always is.
    """
    from retentiond.config.credentials import resolve
    from retentiond.config.written import definition_text
    from retentiond.connectors.registry import draft

    if target is not None:
        _mind_free(target)
    drafted = draft(name or _name(url), resolve(url), tables=tables, counts=not no_counts)
    text = definition_text(drafted, location=location)
    if target is not None:
        _write(target, text)
    body = {
        "connector": drafted.name,
        "file": str(target) if target else None,
        "records": [{"name": one.name, "table": one.table} for one in drafted.kinds],
        "definition": text,
    }
    return answer(options, body, _lines(drafted, text, target))


def _mind_free(target: Path) -> None:
    if target.exists():
        raise click.BadParameter(f"{target}: it is there already and is not overwritten; name another file")


def _write(target: Path, text: str) -> None:
    """Write a new file; one that somebody else made meanwhile stays."""
    try:
        with target.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        _mind_free(target)
    except OSError as error:
        said = (error.strerror or "it cannot be written").lower()
        raise click.BadParameter(f"{target}: {said}; name a file in a folder that you may write to") from error


def _name(url: str) -> str:
    """Return what to call a store whose name was not given: nothing of a login."""
    credential = _CREDENTIAL.fullmatch(url)
    if credential:
        return credential[1]
    last = url.rpartition("@")[2].partition("?")[0].rpartition("/")[2]
    found = re.sub(r"[^A-Za-z0-9-]+", "-", last.rpartition(".")[0] or last).strip("-").lower()
    return found or "case-store"


def _lines(drafted: Draft, text: str, target: Path | None) -> Iterator[Line]:
    if target is None:
        yield from text.removesuffix("\n").split("\n")
        return
    kinds = listed(f"{one.name} (table {one.table})" for one in drafted.kinds)
    yield f"Drafted {counted(len(drafted.kinds), 'kind')} of record: {kinds}. Written to {target}."
    yield Advice(f"Next: read it, give the URL as credential '{drafted.name}', then 'retentiond connector check'.")
