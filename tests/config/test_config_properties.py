from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from apscheduler.triggers.cron import CronTrigger
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from retentiond.config.cron import read_cron
from retentiond.config.definitions import read_definition
from retentiond.config.schedules import read_schedule
from retentiond.config.settings import read_settings
from retentiond.config.words import read_age, read_period
from retentiond.domain.errors import ConfigurationRefused, Fault
from retentiond.domain.periods import Period

HERE = Path(__file__).parent
READERS: list[Callable[[Path], object]] = [read_schedule, read_definition, read_settings]
GOOD = [
    (HERE.parents[1] / name).read_text(encoding="utf-8")
    for name in (
        "schedules/early-help.yaml",
        "connectors/sql-case-store.yaml",
        "connectors/s3-documents.yaml",
        "connectors/azure-documents.yaml",
        "connectors/file-share.yaml",
        "retentiond/config/starting/retentiond.yaml",
    )
]
SNIPPETS = [
    "\t",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "&a ",
    "*a",
    "!x ",
    "<<: ",
    "? ",
    "---\n",
    "%YAML 9\n",
    "|\n",
]
SNIPPETS += [
    "~",
    "null",
    "\\U",
    "\0",
    "\ud800",
    "010",
    "${credential:",
    "\n  ",
    "#",
    "permanently",
    "(?P<",
    "\u2028",
    "é",
]
KEYS = ["schedule", "classes", "retain", "for", "after", "unless", "when", "connector", "kind", "url", "records", "if"]
KEYS += [
    "classify",
    "triggers",
    "anonymise",
    "parts",
    "shared",
    "where",
    "through",
    "people",
    "belts",
    "daemon",
    "name",
]


def refusal_of(read: Callable[[Path], object], path: Path) -> tuple[Fault, ...] | None:
    """Return the faults the reader finds, or None where it reads the file."""
    try:
        read(path)
    except ConfigurationRefused as refused:
        return refused.faults
    return None


def refuses_or_reads(text: str) -> None:
    """Read the text as every kind of file: whatever it holds, it is a value or a refusal with a place."""
    content = text.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.yaml"
        path.write_bytes(content)
        for read in READERS:
            faults = refusal_of(read, path)
            assert faults is None or faults
            assert all(one.place.startswith(str(path)) and one.message for one in faults or ())
            "".join(map(str, faults or ())).encode()


@given(
    st.integers(0, 9999),
    st.integers(0, 11),
    st.integers(0, 9999),
)
def test_any_period_round_trips_through_its_text(years: int, months: int, days: int) -> None:
    """What a period prints is what a schedule may say, and it is read as the same period."""
    if years or months or days:
        period = Period(12 * years + months, days)
        assert read_period(str(period)) == period
        if years < 1000:
            assert read_age(str(period)) == period


@given(st.text(alphabet="0123456789 yearsmonthweekday,and-.PYM", max_size=30))
def test_a_period_is_read_or_refused_in_words(text: str) -> None:
    """No text makes the reading of a period fail in any other way, and none is read as nothing."""
    with suppress(PydanticCustomError):
        period = read_period(text)
        assert period.months + period.days > 0


TREE = st.recursive(
    st.one_of(st.none(), st.sampled_from([*KEYS, *SNIPPETS]), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


def flow(tree: object) -> str:
    """Write a tree as flow YAML, its leaves unquoted as people write them."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(flow, tree)) + "]"
    return "" if tree is None else str(tree)


@given(st.dictionaries(st.sampled_from(KEYS), TREE, max_size=6))
def test_no_tree_of_known_words_breaks_the_reading(tree: dict[str, object]) -> None:
    """Known keys in places where they mean nothing end in a refusal, never in an exception of the machinery."""
    refuses_or_reads("\n".join(f"{key}: {flow(value)}" for key, value in tree.items()))


@given(st.sampled_from(GOOD), st.data())
def test_no_damage_to_a_good_file_breaks_the_reading(good: str, data: st.DataObject) -> None:
    """A good file with pieces cut out and others put in is read or refused, never anything else."""
    text = good
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + data.draw(st.sampled_from([*SNIPPETS, *KEYS, ""])) + text[end:]
    refuses_or_reads(text)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Any text at all is a refusal with a place, never an exception of the machinery."""
    refuses_or_reads(text)


@given(st.binary(max_size=100))
def test_no_bytes_break_the_reading(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Bytes that are no text are a refusal too."""
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(content)
    for read in READERS:
        with pytest.raises(ConfigurationRefused):
            read(path)


FIELD = st.from_regex(
    r"(\*|[0-9]{1,2}(-[0-9]{1,2})?|mon|sun|jan-mar|fri-sun)(/[0-9]{1,2})?(,[0-9]{1,2})?", fullmatch=True
)


@given(st.lists(FIELD, min_size=5, max_size=5))
def test_every_cron_expression_we_accept_the_scheduler_accepts(fields: list[str]) -> None:
    """What passes as a time in the settings cannot fail when the daemon starts."""
    text = " ".join(fields)
    with suppress(PydanticCustomError):
        trigger = CronTrigger.from_crontab(read_cron(text), timezone=UTC)
        trigger.get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=UTC))
