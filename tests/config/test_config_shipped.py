from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from retentiond.config.anonymise import LessShape, PlanShape
from retentiond.config.crosscheck import cross_check
from retentiond.config.definitions import (
    AzureShape,
    FilesystemShape,
    OtherShape,
    S3Shape,
    SqlShape,
    StoreShape,
    read_definition,
    read_definitions,
)
from retentiond.config.objects import FileRecordShape, ObjectRecordShape
from retentiond.config.reach import WayShape
from retentiond.config.retain import (
    CurrentYearPlusShape,
    ForShape,
    LongestOfShape,
    ShortestOfShape,
    UntilAgeShape,
    UntilAnniversaryShape,
    UntilDateShape,
    UntilShape,
)
from retentiond.config.schedules import (
    ClassShape,
    EventShape,
    ScheduleShape,
    StepShape,
    YearStartsShape,
    read_schedule,
    read_schedules,
)
from retentiond.config.settings import SettingsShape, read_settings
from retentiond.config.shape import Shape, keys_of
from retentiond.config.starting import starting_files
from retentiond.config.starts import (
    AgeShape,
    EarliestOfShape,
    EarliestRecordedShape,
    LatestOfShape,
    LatestRecordedShape,
)
from retentiond.config.tables import RowRecordShape
from retentiond.config.unless import AllOfShape, AnyOfShape, BeforeShape, DiedBeforeAgeShape, EverShape, UnlessShape
from retentiond.config.words import CREDENTIAL
from retentiond.domain.needs import all_dates
from retentiond.domain.schedule import Action

Write = Callable[[str, str], Path]
TOP = Path(__file__).parents[2]
SCHEDULES_README = (TOP / "schedules" / "README.md").read_text(encoding="utf-8")
CONNECTORS_README = (TOP / "connectors" / "README.md").read_text(encoding="utf-8")


def test_the_starting_files_are_accepted_and_fit_together(write: Write) -> None:
    """What init writes is an installation that check has nothing against."""
    written = {name: write(name, text) for name, text in starting_files().items()}
    settings = read_settings(written["retentiond.yaml"])
    schedules = read_schedules([Path(one) for one in settings.schedules])
    definitions = read_definitions([Path(one) for one in settings.connectors])
    assert (len(schedules), len(definitions)) == (1, 1)
    assert cross_check(settings, schedules, definitions) == ()


def test_the_starting_files_are_the_ones_people_read_in_the_repository() -> None:
    """One truth: the schedule and the template that init writes are those of the top folders."""
    starting = starting_files()
    assert starting["schedules/early-help.yaml"] == (TOP / "schedules/early-help.yaml").read_text(encoding="utf-8")
    template = (TOP / "connectors/sql-case-store.yaml").read_text(encoding="utf-8")
    assert starting["connectors/case-store.yaml"] == template


def test_the_shipped_files_fit_together(write: Write) -> None:
    """Every shipped schedule and template is read, and all of them agree with the starting settings."""
    settings = read_settings(write("retentiond.yaml", starting_files()["retentiond.yaml"]))
    schedules, definitions = read_schedules([TOP / "schedules"]), read_definitions([TOP / "connectors"])
    assert {one.kind for one in definitions} == {"sql", "s3", "azure-blob", "filesystem"}
    assert cross_check(settings, schedules, definitions) == ()


def test_the_shipped_schedule_gives_a_reason_for_every_class() -> None:
    """A council must be able to justify its periods, so the schedule it starts from does."""
    schedule = read_schedule(TOP / "schedules" / "early-help.yaml")
    assert 8 <= len(schedule.classes) <= 12
    assert all(one.mandate and one.rationale for one in schedule.classes)
    assert Action.RETAIN_PERMANENTLY not in {one.then for one in schedule.classes}


SHIPPED = sorted((TOP / "schedules").glob("*.yaml"))


def test_every_class_that_comes_with_the_program_says_whose_period_it_is_and_why() -> None:
    """A period without its ground is a number somebody made up; each is a floor, a named practice or illustrative."""
    schedules = read_schedules([TOP / "schedules"])
    bare = [one.code for each in schedules for one in each.classes if not (one.basis and one.source and one.rationale)]
    assert bare == []
    assert {one.jurisdiction for one in schedules} == {"England", "Wales", "Scotland", "Northern Ireland"}


def test_the_schedule_for_childrens_services_covers_the_field() -> None:
    """A council can start from at least forty classes of children's services."""
    assert len(read_schedule(TOP / "schedules" / "children-england.yaml").classes) >= 40


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_event_a_shipped_schedule_names_is_used_and_every_used_one_named(path: Path) -> None:
    """No date is called by its code word, and no name explains a date that nothing needs."""
    schedule = read_schedule(path)
    used = {name for one in schedule.classes for name in all_dates(one)}
    steps = {step.name for one in schedule.classes for step in one.steps}
    assert used - steps - set(schedule.events) == set()
    assert set(schedule.events) - used == set()


def documented(readme: str, section: str) -> list[str]:
    """Return the keys in the table of a section."""
    body = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert body is not None
    return re.findall(r"^\| `([a-z-]+)` \|", body[1], re.MULTILINE)


def own(shape: type[Shape], *less: type[Shape]) -> Iterable[str]:
    """Return the keys of a shape that the others have not."""
    return set(keys_of(shape)) - {key for one in less for key in keys_of(one)}


def together(*shapes: type[Shape]) -> set[str]:
    """Return the keys of several shapes."""
    return {key for one in shapes for key in keys_of(one)}


CLAUSES = (
    ForShape,
    CurrentYearPlusShape,
    UntilAgeShape,
    UntilAnniversaryShape,
    UntilShape,
    UntilDateShape,
    LongestOfShape,
    ShortestOfShape,
)
STARTS = (AgeShape, LatestOfShape, EarliestOfShape, LatestRecordedShape, EarliestRecordedShape)
CONDITIONS = (DiedBeforeAgeShape, EverShape, BeforeShape, AnyOfShape, AllOfShape)


@pytest.mark.parametrize(
    ("readme", "section", "keys"),
    [
        (SCHEDULES_README, "The schedule", own(ScheduleShape)),
        (SCHEDULES_README, "A class", own(ClassShape)),
        (SCHEDULES_README, "How long", together(*CLAUSES)),
        (SCHEDULES_README, "Counted from", together(*STARTS) - {"of"}),
        (SCHEDULES_README, "Exceptions", together(UnlessShape, *CONDITIONS)),
        (SCHEDULES_README, "Steps", own(StepShape)),
        (SCHEDULES_README, "Events", own(EventShape)),
        (SCHEDULES_README, "The years", own(YearStartsShape)),
        (CONNECTORS_README, "Any store", {*own(StoreShape), "records"}),
        (CONNECTORS_README, "A database", own(SqlShape, StoreShape, OtherShape)),
        (CONNECTORS_README, "A kind of record in a database", own(RowRecordShape)),
        (CONNECTORS_README, "The way to another table", own(WayShape)),
        (CONNECTORS_README, "Anonymising", own(PlanShape)),
        (CONNECTORS_README, "What a column keeps", own(LessShape)),
        (CONNECTORS_README, "A bucket", own(S3Shape, StoreShape, OtherShape)),
        (CONNECTORS_README, "An Azure container", own(AzureShape, StoreShape, OtherShape)),
        (CONNECTORS_README, "A kind of record in a bucket", own(ObjectRecordShape)),
        (CONNECTORS_README, "A file share", own(FilesystemShape, StoreShape, OtherShape)),
        (CONNECTORS_README, "A kind of record on a file share", own(FileRecordShape)),
        (CONNECTORS_README, "A store of another kind", own(OtherShape, StoreShape, SqlShape)),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 50 else "",
)
def test_every_key_is_documented_once_and_nothing_else_is(readme: str, section: str, keys: Iterable[str]) -> None:
    """The reference of keys is the code's own: no key without its row, no row without its key."""
    assert sorted(documented(readme, section)) == sorted(keys)


def examples(readme: str, section: str) -> list[tuple[str, str]]:
    """Return key and example of each row whose example can be read on its own."""
    body = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    assert body is not None
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| `([^`]+)` \|$", body[1], re.MULTILINE)
    assert rows
    return [(key, example) for key, example in rows if "..." not in example]


@pytest.mark.parametrize(
    ("section", "template", "head"),
    [
        ("The schedule", "schedules/early-help.yaml", ""),
        ("A class", "schedules/early-help.yaml", "  - "),
    ],
)
def test_every_example_of_a_schedules_key_is_accepted(write: Write, section: str, template: str, head: str) -> None:
    """An example that is copied out of the reference works."""
    rows = dict(examples(SCHEDULES_README, section))
    frame = (
        "schedule: S\nversion: '1'\njurisdiction: England\ntime-zone: Europe/London\nadopted: 2026-04-01\n"
        "review-by: 2027-03-31\nowner: IG\n"
    )
    if head:
        lines = "\n    ".join(f"{key}: {example}" for key, example in rows.items())
        text = f"{frame}classes:\n{head}{lines}\n"
    else:
        classes = "classes:\n  - {code: A, title: T, mandate: M, retain: permanently, then: retain-permanently}\n"
        text = "".join(f"{key}: {example}\n" for key, example in rows.items()) + classes
    assert read_schedule(write(template, text)).classes


def one_class(retain: str, unless: str = "") -> str:
    """Return a schedule of one class."""
    head = (TOP / "schedules/early-help.yaml").read_text(encoding="utf-8").partition("classes:")[0]
    exception = f"    unless: [{unless}]\n" if unless else ""
    return (
        f"{head}classes:\n  - code: LAC-01\n    title: T\n    mandate: M\n    retain: {retain}\n{exception}"
        "    then: destroy\n  - {code: OTHER, title: T, mandate: M, retain: {until: superseded}, then: destroy}\n"
    )


@pytest.mark.parametrize(
    "key",
    ["for", "current-year-plus", "until-age", "until-anniversary", "until", "until-date", "longest-of", "shortest-of"],
)
def test_every_example_of_a_clause_is_accepted(write: Write, key: str) -> None:
    """An example that is copied out of the reference works."""
    retain = dict(examples(SCHEDULES_README, "How long"))[key]
    assert len(read_schedule(write("s.yaml", one_class(retain))).classes) == 2


@pytest.mark.parametrize("key", ["age", "latest-of", "earliest-of", "latest-recorded", "earliest-recorded"])
def test_every_example_of_a_start_is_accepted(write: Write, key: str) -> None:
    """An example that is copied out of the reference works after 'after' and after 'until'."""
    start = dict(examples(SCHEDULES_README, "Counted from"))[key]
    for retain in (f"{{for: 3 years, after: {start}}}", f"{{until: {start}}}"):
        assert read_schedule(write("s.yaml", one_class(retain))).classes[0].triggers


@pytest.mark.parametrize("key", ["ever", "died-before-age", "before", "any-of", "all-of"])
def test_every_example_of_a_condition_is_accepted(write: Write, key: str) -> None:
    """An example that is copied out of the reference works."""
    rows = dict(examples(SCHEDULES_README, "Exceptions"))
    more = f", event: {rows['event']}" if key == "before" else ""
    unless = f"{{when: {{{key}: {rows[key]}{more}}}, as: OTHER}}"
    assert read_schedule(write("s.yaml", one_class(rows["retain"], unless))).classes[0].unless


def test_every_example_of_a_step_an_event_and_a_year_is_accepted(write: Write) -> None:
    """Examples that are copied out of the reference work."""
    step, event, years = (dict(examples(SCHEDULES_README, section)) for section in ("Steps", "Events", "The years"))
    lines = "".join(f"        {key}: {value}\n" for key, value in step.items())
    text = (
        one_class("{until: superseded}") + "year-starts: {" + ", ".join(f"{k}: {v}" for k, v in years.items()) + "}\n"
    )
    text += "events: {superseded: {" + ", ".join(f"{key}: {value}" for key, value in event.items()) + "}}\n"
    text = text.replace("    then: destroy\n", f"    then: destroy\n    steps:\n      -\n{lines}", 1)
    text = text.replace(text[text.index("events:\n") : text.index("classes:")], "") if "events:\n" in text else text
    read = read_schedule(write("s.yaml", text))
    assert read.classes[0].steps
    assert read.by_hand == {"superseded"}


def test_every_yaml_block_of_the_schedules_readme_is_accepted(write: Write) -> None:
    """The whole schedule in the text is read as it stands, and every other block as a part of it."""
    whole, following, retired, exception, steps, events = re.findall(r"```yaml\n(.*?)```", SCHEDULES_README, re.DOTALL)
    indented = "".join(f"    {line}\n" for line in exception.splitlines())
    looked_after = "  - {code: LAC-01, title: T, mandate: M, retain: {until-age: 75, of: birth}, then: destroy}\n"
    read = read_schedule(write("s.yaml", events + whole + indented + retired + steps + looked_after + following))
    first, looked, fostered = read.classes
    assert (first.successor, len(first.unless), len(first.steps)) == ("EH-02", 2, 1)
    assert read.by_hand == {"project-concluded"}
    assert (fostered.retain, fostered.as_class) == (looked.retain, "LAC-01")


def test_every_example_of_a_databases_keys_is_accepted(write: Write) -> None:
    """The examples of a store, a database and a kind of record together are a definition."""
    store = dict(examples(CONNECTORS_README, "Any store")) | dict(examples(CONNECTORS_README, "A database"))
    store.pop("records", None)
    kind = dict(examples(CONNECTORS_README, "A kind of record in a database"))
    kind.pop("anonymise", None)
    text = "".join(f"{key}: {example}\n" for key, example in store.items()) + "records:\n  - "
    text += "\n    ".join(f"{key}: {example}" for key, example in kind.items()) + "\n"
    assert read_definition(write("c.yaml", text)).records[0].parts


@pytest.mark.parametrize(
    ("kind", "store", "record"),
    [
        ("s3", "A bucket", "A kind of record in a bucket"),
        ("azure-blob", "An Azure container", "A kind of record in a bucket"),
        ("filesystem", "A file share", "A kind of record on a file share"),
    ],
)
def test_every_example_of_a_document_stores_keys_is_accepted(write: Write, kind: str, store: str, record: str) -> None:
    """The examples of a bucket, and of a share, are definitions too."""
    text = f"connector: c\nkind: {kind}\nlocation: GB\n"
    text += "".join(f"{key}: {example}\n" for key, example in examples(CONNECTORS_README, store)) + "records:\n  - "
    text += "\n    ".join(f"{key}: {example}" for key, example in examples(CONNECTORS_README, record)) + "\n"
    assert read_definition(write("c.yaml", text)).records[0].classify


@pytest.mark.parametrize(
    "shape", [ScheduleShape, SqlShape, S3Shape, AzureShape, FilesystemShape, OtherShape, SettingsShape]
)
def test_every_shape_can_be_exported_for_editors(shape: type[Shape]) -> None:
    """Keys come out as they are written in YAML, and no key is allowed that is not known."""
    schema = shape.model_json_schema(by_alias=True)
    assert sorted(schema["properties"]) == keys_of(shape)
    assert schema["additionalProperties"] is False


def test_an_exported_period_carries_its_pattern() -> None:
    """An editor underlines '6 yeers', which a rule written in Python alone would not let it see."""
    pattern = ForShape.model_json_schema(by_alias=True)["properties"]["for"]["pattern"]
    assert re.search(pattern, "21 years 4 months")
    assert not re.search(pattern, "6 yeers")
    assert re.search(S3Shape.model_json_schema()["properties"]["bucket"]["pattern"], "early-help")
    assert re.fullmatch(CREDENTIAL, "${credential:a-b.c}")
