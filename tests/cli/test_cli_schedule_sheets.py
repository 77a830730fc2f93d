from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from retentiond.cli.root import retentiond
from retentiond.config.schedules import read_schedule
from tests.config.made_sheets import class_rows, csv_bytes, csv_rows, good_workbook

HERE = Path(__file__).parents[2]
SHIPPED = HERE / "schedules" / "early-help.yaml"
NARA = HERE / "tests" / "config" / "grs-unclear.csv"
CLEAR = HERE / "tests" / "config" / "grs-clear.csv"


def run(*args: object) -> Result:
    """Run the program with these arguments after ``schedule``."""
    return CliRunner().invoke(retentiond, ["schedule", *map(str, args)])


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".yaml"])
def test_a_schedule_goes_out_and_comes_back(tmp_path: Path, ending: str) -> None:
    """Export and import are each other's way back, and each says in a line what it wrote where."""
    out, back = tmp_path / f"out{ending}", tmp_path / "back.yaml"
    exported = run("export", SHIPPED, "--to", out)
    schedule = read_schedule(SHIPPED)
    said = f"{schedule.name}, version {schedule.version}: {len(schedule.classes)} classes"
    assert (exported.exit_code, exported.stdout.splitlines()[0]) == (0, f"{said} written to {out}.")
    if ending == ".yaml":
        assert replace(read_schedule(out), digest=schedule.digest) == schedule
        return
    imported = run("import", out, "--to", back)
    assert (imported.exit_code, imported.stdout.splitlines()[0]) == (0, f"{said} of {out} written to {back}.")
    assert replace(read_schedule(back), digest=schedule.digest) == schedule


def test_nothing_is_overwritten_unless_told_so(tmp_path: Path) -> None:
    """A file that is there stays as it is; with --force it is replaced."""
    path = tmp_path / "a.yaml"
    path.write_text("mine", encoding="utf-8")
    sheet = tmp_path / "a.csv"
    sheet.write_bytes(csv_bytes(csv_rows()))
    for args in (("export", SHIPPED, "--to", path), ("import", sheet, "--to", path)):
        refused = run(*args)
        assert refused.exit_code == 78
        assert refused.stderr == (
            f"{path}: it is there already and is not overwritten; choose another name, or say --force\n"
        )
        assert path.read_text(encoding="utf-8") == "mine"
    assert run("import", sheet, "--to", path, "--force").exit_code == 0
    assert read_schedule(path).name == "Early help"


def test_a_spreadsheet_with_faults_writes_nothing_and_names_them_all(tmp_path: Path) -> None:
    """One line a fault, with its sheet, row and column; exit code 78; no file."""
    sheet = tmp_path / "a.xlsx"
    sheet.write_bytes(good_workbook(Classes=class_rows({"Keep for": "long"}, {"Code": "B", "Then": None})))
    refused = run("import", sheet, "--to", tmp_path / "a.yaml")
    assert (refused.exit_code, refused.stdout) == (78, "")
    assert refused.stderr.splitlines() == [
        f"{sheet}: sheet Classes, row 2, column Keep for: 'long' is not a period; write '7 years' or '18 months'",
        f"{sheet}: sheet Classes, row 3, column Then: nothing is written here; write for example 'destroy'",
    ]
    assert not [one for one in tmp_path.iterdir() if "yaml" in one.name]


def test_what_was_left_out_is_named_for_people_and_for_programs(tmp_path: Path) -> None:
    """NARA's rows without a clear rule are told one by one, and counted; --json has the same with its places."""
    whole = tmp_path / "grs.csv"
    whole.write_text(CLEAR.read_text("utf-8") + "".join(NARA.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    refused = run("import", whole, "--to", tmp_path / "a.yaml")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (78, 5)
    left = run("import", whole, "--to", tmp_path / "a.yaml", "--skip-unclear", "--quiet")
    assert left.exit_code == 0
    assert left.stdout.splitlines()[1] == (
        f"left out: {whole}: row 17, column Retention (Years): GRS 2.2.080: no period is stated here; "
        "complete it, or leave such rows out with --skip-unclear"
    )
    assert left.stdout.splitlines()[-1] == "5 rows left out."
    told = run("import", whole, "--to", tmp_path / "b.yaml", "--skip-unclear", "--json")
    body = json.loads(told.stdout)
    assert (body["command"], body["layout"], body["classes"]) == ("schedule import", "nara-grs", 15)
    assert len(body["left_out"]) == 5
    assert body["left_out"][0]["place"] == f"{whole}: row 17, column Retention (Years)"
    assert body["to"] == str(tmp_path / "b.yaml")


def test_export_tells_programs_what_it_wrote(tmp_path: Path) -> None:
    """--json gives the schedule, its version, the number of classes and the paths."""
    told = run("export", SHIPPED, "--to", tmp_path / "a.xlsx", "--json")
    schedule = read_schedule(SHIPPED)
    assert json.loads(told.stdout) == {
        "version": 1,
        "command": "schedule export",
        "from": str(SHIPPED),
        "to": str(tmp_path / "a.xlsx"),
        "schedule": schedule.name,
        "schedule_version": schedule.version,
        "classes": len(schedule.classes),
    }


def test_only_kinds_of_files_that_are_known_are_written(tmp_path: Path) -> None:
    """Another ending is refused before anything is read."""
    out = run("export", SHIPPED, "--to", tmp_path / "a.pdf")
    assert (out.exit_code, out.stderr) == (
        78,
        f"{tmp_path / 'a.pdf'}: this is not a kind of file a schedule is written to; end it in .csv, .xlsx or .yaml\n",
    )
    back = run("import", tmp_path / "a.csv", "--to", tmp_path / "a.yml")
    assert (back.exit_code, back.stderr) == (78, f"{tmp_path / 'a.yml'}: a schedule's name ends in .yaml; end it so\n")
