from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from retentiond.config.definitions import read_definition
from retentiond.config.document import read_document
from retentiond.config.editors import SCHEMAS, schema
from retentiond.config.schedules import read_schedule
from retentiond.config.settings import read_settings
from retentiond.config.written import schedule_text
from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.schedule import Schedule
from tests.config.as_editors_read import as_an_editor
from tests.config.bad_files import BAD_FILES
from tests.config.made_schedules import schedules
from tests.config.written import trees, written

TOP = Path(__file__).parents[2]
READERS: dict[str, Callable[[Path], object]] = {
    "schedule": read_schedule,
    "connector": read_definition,
    "settings": read_settings,
}
CHECKS = {kind: Draft7Validator(schema(kind)) for kind in SCHEMAS}


def underlined(kind: str, data: object) -> list[str]:
    """Return what an editor would underline."""
    return [f"{one.json_path}: {one.message}" for one in CHECKS[kind].iter_errors(data)]


BETWEEN = "it takes two places of the file to see it"
CALENDAR = "only a list of all time zones shows it"
MEANING = "only the whole of the value shows it"
UNSEEN = {
    "schedule-as-a-period-and-kept": BETWEEN,
    "schedule-as-in-a-circle": BETWEEN,
    "schedule-as-itself": BETWEEN,
    "schedule-as-permanent-and-destroyed": BETWEEN,
    "schedule-as-unknown": BETWEEN,
    "schedule-code-twice": BETWEEN,
    "schedule-code-twice-in-capitals": BETWEEN,
    "schedule-review-before-adopted": BETWEEN,
    "schedule-step-twice": BETWEEN,
    "schedule-unless-as-itself": BETWEEN,
    "schedule-unless-as-unknown": BETWEEN,
    "schedule-zone-unknown": CALENDAR,
    "schedule-review-administrator": "the word is a role, and only its meaning forbids it",
    "definition-anonymise-column-twice": BETWEEN,
    "definition-anonymise-field-and-whole": BETWEEN,
    "definition-anonymise-key-blanked": BETWEEN,
    "definition-anonymise-not-mapped": BETWEEN,
    "definition-anonymise-pseudonym": BETWEEN,
    "definition-anonymise-quasi-key": BETWEEN,
    "definition-anonymise-quasi-not-kept": BETWEEN,
    "definition-anonymise-quasi-twice": BETWEEN,
    "definition-anonymise-root-deleted": BETWEEN,
    "definition-anonymise-shift-apart": BETWEEN,
    "definition-anonymise-without-plan": BETWEEN,
    "definition-pseudonymise-key-of-record": BETWEEN,
    "definition-pseudonymise-nothing": BETWEEN,
    "definition-classify-through-nowhere": BETWEEN,
    "definition-classify-unreachable": BETWEEN,
    "definition-azure-signature-in-url": MEANING,
    "definition-files-folders-prefix": BETWEEN,
    "definition-files-folders-shared": BETWEEN,
    "definition-files-unreachable": BETWEEN,
    "definition-key-column-twice": BETWEEN,
    "definition-history-without-plan": BETWEEN,
    "definition-part-of-a-part-without-plan": BETWEEN,
    "definition-record-twice": BETWEEN,
    "definition-references-itself": BETWEEN,
    "definition-other-literal-secret": MEANING,
    "definition-password-in-query": MEANING,
    "definition-password-with-slash": MEANING,
    "definition-objects-key-kept": BETWEEN,
    "definition-s3-column-without-table": BETWEEN,
    "definition-s3-condition-empty": MEANING,
    "definition-s3-condition-pattern": MEANING,
    "definition-s3-password-in-endpoint": MEANING,
    "definition-s3-pattern-broken": MEANING,
    "definition-s3-pattern-groups": MEANING,
    "settings-administrator-approves": BETWEEN,
    "settings-auditor-administrates": BETWEEN,
    "settings-cron-backwards": MEANING,
    "settings-cron-ranges": MEANING,
    "settings-ledger-in-memory": MEANING,
    "settings-person-twice": BETWEEN,
    "settings-review-auditor": "the word is a role, and only its meaning forbids it",
    "settings-role-twice": BETWEEN,
}
"""Bad files in which an editor underlines nothing, and why; ``retentiond schedule lint`` and ``check`` do."""
GUESSED = {
    "schedule-age-octal": "to an editor 010 is ten",
}
"""The same for what an editor has made a number of before it looks."""


def readable() -> Iterator[tuple[str, str, object, object]]:
    """Yield name, kind and both readings of every bad file whose YAML is right."""
    for path in BAD_FILES:
        try:
            document = read_document(path)
        except ConfigurationRefused:
            continue
        if not document.complaints:
            kind = path.stem.partition("-")[0].replace("definition", "connector")
            yield path.stem, kind, document.data, as_an_editor(path.read_text(encoding="utf-8"))


def test_an_editor_underlines_what_is_wrong_but_for_named_exceptions() -> None:
    """Bad periods, unknown keys and words, missing keys are seen while one types; each exception has its reason."""
    found = list(readable())
    assert {name for name, kind, text, _ in found if not underlined(kind, text)} == set(UNSEEN)
    assert {name for name, kind, _, guess in found if not underlined(kind, guess)} == {*UNSEEN, *GUESSED}
    schedules = [name for name, kind, *_ in found if kind == "schedule"]
    seen = [name for name in schedules if name not in UNSEEN and name not in GUESSED]
    assert len(seen) / len(schedules) > 0.85


@settings(max_examples=35, suppress_health_check=[HealthCheck.too_slow])
@given(trees(), st.booleans())
def test_nothing_is_underlined_that_the_reader_accepts(
    tmp_path_factory: pytest.TempPathFactory, tree: object, in_quotes: object
) -> None:
    """Every sentence of the schedule language, in every spelling, passes: an editor that cries wolf is switched off."""
    path = tmp_path_factory.getbasetemp() / "written.yaml"
    path.write_text(written(tree, quoted=bool(in_quotes)), encoding="utf-8")
    assert read_schedule(path).classes
    assert underlined("schedule", tree) == []
    assert underlined("schedule", as_an_editor(path.read_text(encoding="utf-8"))) == []


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(schedules())
def test_nothing_is_underlined_in_what_retentiond_writes(schedule: Schedule) -> None:
    """A schedule that was imported from a spreadsheet opens in an editor without a mark."""
    assert underlined("schedule", as_an_editor(schedule_text(schedule))) == []


GOOD = {
    "schedules/early-help.yaml": "schedule",
    "connectors/sql-case-store.yaml": "connector",
    "connectors/s3-documents.yaml": "connector",
    "connectors/azure-documents.yaml": "connector",
    "connectors/file-share.yaml": "connector",
    "retentiond/config/starting/retentiond.yaml": "settings",
}
PIECES = [
    "25",
    "true",
    "2026.1",
    "GB",
    "a_b",
    "x.y",
    "6 years",
    "24 hours",
    "delete",
    "last-modified",
    "(a)",
    "~",
    "a b",
]
PIECES += [
    "pg://${credential:u}:${credential:x}@h:1/d",
    "${credential:x}",
    "sqlite:///x.db",
    "pg://u:${credential:x}@h/d",
    "pg://h:1/a@b",
    "permanently",
    "destroy",
]


def changed(tree: Any, data: st.DataObject) -> Any:
    """Return a tree in which one place is left out or holds something else."""
    if isinstance(tree, dict) and tree:
        key = data.draw(st.sampled_from(list(tree)))
        rest = {name: one for name, one in tree.items() if name != key}
        return rest if data.draw(st.integers(0, 5)) == 0 else {**tree, key: changed(tree[key], data)}
    if isinstance(tree, list) and tree:
        index = data.draw(st.integers(0, len(tree) - 1))
        return [*tree[:index], changed(tree[index], data), *tree[index + 1 :]]
    return data.draw(st.sampled_from(PIECES))


@settings(max_examples=90)
@given(st.sampled_from(list(GOOD)), st.data())
def test_what_is_underlined_in_a_changed_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, path: str, data: st.DataObject
) -> None:
    """In a schedule, a definition or the settings: a file in which something is underlined is no file we read."""
    kind = GOOD[path]
    tree = changed(changed(read_document(TOP / path).data, data), data)
    text = written(tree, quoted=data.draw(st.booleans()))
    other = tmp_path_factory.getbasetemp() / "changed.yaml"
    other.write_text(text, encoding="utf-8")
    if underlined(kind, as_an_editor(text)) or underlined(kind, read_document(other).data):
        with pytest.raises(ConfigurationRefused):
            READERS[kind](other)
