"""``retentiond init``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from retentiond.cli.answers import Advice, Line, answer
from retentiond.cli.options import Options, Verb
from retentiond.cli.text import counted
from retentiond.domain.errors import ConfigurationRefused, Fault, RetentiondError

SETTINGS = "retentiond.yaml"


@click.command("init", cls=Verb)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def command(options: Options, folder: Path) -> int:
    """Make a new installation in DIR.

    It gets a commented configuration to start from, keys, and an empty ledger. Nothing that is there already is
    overwritten.
    """
    from retentiond.config.credentials import resolve
    from retentiond.config.settings import read_settings
    from retentiond.config.starting import starting_files
    from retentiond.evidence.keys import create_keys
    from retentiond.ledger.ledger import Ledger

    files = {Path(name): text for name, text in starting_files().items()}
    there = {name for name in files if (folder / name).exists()}
    taken = sorted(str(folder / name) for name in there if name.suffix == ".yaml")
    if taken:
        raise ConfigurationRefused(
            *(Fault(one, "it is there already and is not overwritten", "choose another folder") for one in taken)
        )
    made: list[Path] = []
    files = {name: text for name, text in files.items() if name not in there}  # a schema is nobody's work and may stay
    try:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            made.append(folder / name)
            (folder / name).write_text(text, encoding="utf-8")
        settings = read_settings(folder / SETTINGS)
        signing, log, opening = (Path(one) for one in (settings.signing_key, settings.log_key, settings.opening_key))
        for key in (signing, log, opening):
            key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_keys(signing, log, opening)
        made += [signing, log, opening]
        Ledger.create(resolve(settings.ledger))
    except (RetentiondError, OSError) as refusal:
        for one in made:
            one.unlink(missing_ok=True)
        if isinstance(refusal, OSError):
            why = f"a file cannot be written there ({refusal.strerror})"
            raise ConfigurationRefused.about(str(folder), why, "choose a folder you may write to") from None
        raise
    written, keys = [str(folder / name) for name in files], [str(one) for one in (signing, log, opening)]
    return answer(options, {"folder": str(folder), "files": written, "keys": keys}, _lines(folder, written, keys))


def _lines(folder: Path, written: Sequence[str], keys: Sequence[str]) -> Iterator[Line]:
    yield f"A new installation was made in {folder}: {counted(len(written), 'file')}, {len(keys)} keys and a ledger."
    for one in written:
        yield f"  {one}"
    settings = folder / SETTINGS
    yield Advice("Next:")
    yield Advice(f"  1. Say in {settings} who you are and who decides, and connect your stores.")
    yield Advice("  2. Keep a copy of the keys away from this machine: without them no certificate can be made.")
    yield Advice(f"  3. retentiond check --config {settings}")
    yield Advice(f"  4. retentiond schedule adopt --as PERSON --config {settings}")
    yield Advice(f"  5. retentiond scan --config {settings}")
