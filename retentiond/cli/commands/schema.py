"""``retentiond schema``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from retentiond.cli.answers import Advice, Line, answer
from retentiond.cli.options import Options, Verb
from retentiond.domain.errors import ConfigurationRefused

KINDS = ("schedule", "connector", "settings")


@click.command("schema", cls=Verb)
@click.argument("kind", required=False, metavar="[schedule|connector|settings]", type=click.Choice(KINDS))
@click.option("--all", "every", is_flag=True, help="All three, under their usual names, into the folder of --to.")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write there instead. A schema that is there is replaced.",
)
@click.pass_obj
def command(options: Options, kind: str | None, every: bool, to: Path | None) -> int:
    """Print the JSON Schema of a kind of file, for editors.

    With it an editor completes the keys, says what each means, and underlines a period that cannot be one. It is JSON
    Schema of draft 7. An editor finds it through the first line of a file, as every shipped one has it.
    """
    from retentiond.config.editors import SCHEMAS, schema, schema_text

    if (kind is None) != every:
        raise click.UsageError(f"name one of {', '.join(KINDS)}, or give --all")
    if every and to is None:
        raise click.UsageError("--all writes three files: say with --to into which folder")
    if to is None:
        text = schema_text(str(kind))
        return answer(options, {"schema": schema(str(kind)), "files": []}, text.splitlines())
    files = {to / Path(SCHEMAS[one]).name: one for one in KINDS} if every else {to: str(kind)}
    _write({path: schema_text(one) for path, one in files.items()})
    written = [str(path) for path in files]
    return answer(options, {"schema": None, "files": written}, _lines(written))


def _write(files: Mapping[Path, str]) -> None:
    for path in files:
        # only what was written by this command before: a mistyped --to must not cost anybody a schedule
        if path.exists() and not (path.is_file() and '"$id": "urn:retentiond:schema:' in _start_of(path)):
            raise ConfigurationRefused.about(
                str(path), "it is there already and is not a schema", "choose another name"
            )
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as refusal:
            why = f"it cannot be written ({refusal.strerror})"
            raise ConfigurationRefused.about(str(path), why, "choose a place you may write to") from None


def _start_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(200).decode(errors="replace")
    except OSError:
        return ""


def _lines(written: list[str]) -> Iterator[Line]:
    yield "Written:"
    for one in written:
        yield f"  {one}"
    yield Advice("A file beside one of them starts with a line such as")
    yield Advice(f"  # yaml-language-server: $schema={Path(written[0]).name}")
