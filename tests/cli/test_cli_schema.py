from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from retentiond.cli.commands.schema import KINDS
from retentiond.cli.root import retentiond
from retentiond.config.editors import SCHEMAS, schema, schema_text


def run(*words: str, code: int = 0) -> Result:
    """Run ``retentiond schema`` with these words."""
    result = CliRunner().invoke(retentiond, ["schema", *words])
    assert result.exit_code == code, result.output
    return result


def test_the_command_knows_every_kind_of_file() -> None:
    """What the command line offers is what there is a schema of."""
    assert tuple(SCHEMAS) == KINDS


def test_what_is_printed_is_the_schema_alone() -> None:
    """The output is JSON as it stands, so that it can be sent into a file or another program."""
    assert json.loads(run("settings").stdout) == schema("settings")


def test_all_three_are_written_under_their_usual_names(tmp_path: Path) -> None:
    """Each is the text that the repository and init have, and a second time brings an old one up to date."""
    folder = tmp_path / "schemas"
    run("--all", "--to", str(folder))
    old = schema_text("schedule").replace("6 years", "7 years")
    (folder / "schedule.schema.json").write_text(old, encoding="utf-8")
    run("--all", "--to", str(folder))
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert written == {Path(path).name: schema_text(kind) for kind, path in SCHEMAS.items()}


def test_nothing_else_is_overwritten(tmp_path: Path) -> None:
    """A path that leads to a schedule, or to a folder, is refused, and what stands there stays."""
    schedule = tmp_path / "schedule.yaml"
    schedule.write_text("schedule: mine\n", encoding="utf-8")
    for place in (schedule, tmp_path):
        assert "it is there already and is not a schema" in run("schedule", "--to", str(place), code=78).stderr
    assert schedule.read_text(encoding="utf-8") == "schedule: mine\n"


def test_it_says_which_kind_there_is_to_name() -> None:
    """Neither nothing nor everything at once into one stream is a question that can be answered."""
    assert "name one of schedule, connector, settings, or give --all" in run(code=2).stderr
    assert "name one of schedule, connector, settings, or give --all" in run("schedule", "--all", code=2).stderr
    assert "say with --to into which folder" in run("--all", code=2).stderr


def test_init_leaves_a_schema_that_is_there(tmp_path: Path) -> None:
    """Schemas that were written first are no reason to refuse a new installation, and stay as they are."""
    (tmp_path / "retentiond.schema.json").write_text("{}\n", encoding="utf-8")
    assert CliRunner().invoke(retentiond, ["init", str(tmp_path)]).exit_code == 0
    assert (tmp_path / "retentiond.schema.json").read_text(encoding="utf-8") == "{}\n"
    assert (tmp_path / "schedules" / "schedule.schema.json").is_file()
