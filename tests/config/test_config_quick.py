from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retentiond.config.nodes import MOST, compose
from retentiond.config.quick import quickly
from retentiond.config.schedules import read_schedule
from retentiond.domain.errors import ConfigurationRefused
from tests.config.bad_files import BAD_FILES
from tests.config.large import HEAD, large_schedule

Write = Callable[[str, str], Path]

TOP = Path(__file__).parents[2]
SHIPPED = sorted([*TOP.glob("schedules/*.yaml"), *TOP.glob("connectors/*.yaml"), *TOP.glob("retentiond/**/*.yaml")])
compiled = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without its parser in C")


def agree(text: str) -> bool:
    """Compare both readings of a text; return whether the quick one gave an answer."""
    quick = quickly(text)
    if quick is not None:
        assert compose(text, "f.yaml") == (quick, [])
    return quick is not None


@compiled
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(TOP)))
def test_every_shipped_file_is_read_quickly_and_alike(path: Path) -> None:
    """Both parsers see the same values at the same places in every file that comes with the program."""
    assert agree(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_no_bad_file_is_read_otherwise(path: Path) -> None:
    """A file whose YAML is wrong is left to the parser that says why; one whose YAML is right is the same to both."""
    agree(path.read_bytes().decode(errors="replace"))


PIECES = [*"\n\r\t ,:[]{}?-#'\"|>&*!%@`~\\ab0é\u2028\x85\ufeff\xa0", "\n  ", "\n- ", "- ", ": ", "? ", "|\n", ">-\n"]
PIECES += ["--- ", "...\n", "<<", "null", "a: b\n", "x: 'y'", "[a, b]", "{a: b}", " #c\n", '""', "|2\n", "%YAML 1.1\n"]
TEXT = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@settings(max_examples=500)
@given(TEXT)
@example("[a\t: b]")
@example("[b?]")
@example("{? a : b}")
@example("? a")
@example("\ufeff? a")
@example("[a:\n]")
@example("- >#c\n")
@example("a:\n\ufeff")
@example("a: {b: c}\n---\nd: e\n")
@example("[" * 21 + "]" * 21)
def test_no_text_is_read_otherwise(text: str) -> None:
    """Where the parsers part, and they do in tabs, question marks, byte order marks and comments, ours decides."""
    agree(text)


@settings(max_examples=100)
@given(st.sampled_from([path.read_text(encoding="utf-8") for path in SHIPPED]), st.data())
def test_no_damage_to_a_shipped_file_is_read_otherwise(good: str, data: st.DataObject) -> None:
    """A file with a piece cut out and another put in is the same to both, or left to the one that complains."""
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 20)))
    agree(good[:start] + data.draw(TEXT) + good[end:])


@compiled
def test_a_schedule_of_two_thousand_classes_is_read_in_less_than_a_second(write: Write) -> None:
    """The largest schedules are checked while one writes them. The second is one of this process, not of a clock."""
    path = write("s.yaml", large_schedule(2000))
    before = time.process_time()
    assert len(read_schedule(path).classes) == 2000
    assert time.process_time() - before < 1


def test_a_file_of_very_many_values_is_refused(write: Write) -> None:
    """A small file of many tiny values costs more than a large one; it ends in one sentence."""
    text = HEAD.replace("classes:", f"classes: [{'{},' * MOST}]")
    with pytest.raises(ConfigurationRefused) as refused:
        read_schedule(write("s.yaml", text))
    assert [one.message for one in refused.value.faults] == ["this file holds more than 150,000 values"]


def test_a_value_of_very_many_characters_is_refused(write: Write) -> None:
    """No value is so long that looking at it takes longer than reading the file."""
    with pytest.raises(ConfigurationRefused, match="this is longer than 100,000 characters; say it in fewer"):
        read_schedule(write("s.yaml", HEAD.replace("England", "x" * 100_001)))


def test_without_the_parser_in_c_the_same_is_read() -> None:
    """PyYAML may have been built without it: everything is read as before, in more time."""
    program = (
        "import sys; sys.modules['yaml._yaml'] = None\n"
        "import yaml; assert not yaml.__with_libyaml__\n"
        "from pathlib import Path\n"
        "from retentiond.config.schedules import read_schedule\n"
        f"print(len(read_schedule(Path({str(TOP / 'schedules/early-help.yaml')!r})).classes))"
    )
    environment = os.environ | {"PYTHONPATH": str(TOP)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert int(done.stdout) == len(read_schedule(TOP / "schedules/early-help.yaml").classes)
