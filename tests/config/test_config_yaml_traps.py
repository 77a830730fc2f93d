from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from retentiond.config.nodes import Entries, Items, Scalar, compose, plain
from retentiond.config.schedules import read_schedule
from retentiond.domain.errors import ConfigurationRefused

Write = Callable[[str, str], Path]


def read(text: str) -> object:
    """Return the plain tree of a text that nothing is wrong with."""
    root, complaints = compose(text, "f.yaml")
    assert not complaints
    assert root is not None
    return plain(root)


@pytest.mark.parametrize(
    "trap", ["no", "yes", "on", "NO", "y", "010", "0x10", "1_000", "1:30", "12:30:45", "2020-01-01", "1e3", ".inf"]
)
def test_a_scalar_stays_the_text_it_is(trap: str) -> None:
    """YAML 1.1 turns each of these into something else; for a class code or a period that is another rule."""
    assert read(f"code: {trap}\n") == {"code": trap}


def test_yaml_1_1_would_have_guessed() -> None:
    """The traps are real: the stock loader makes false, eight, ninety and a date of them, and of two keys the last."""
    loaded = yaml.safe_load("a: no\nb: 010\nc: 1:30\nd: 2020-01-01\nkeep: 7 years\nkeep: 1 year\n")
    assert (loaded["a"], loaded["b"], loaded["c"], loaded["keep"]) == (False, 8, 90, "1 year")
    assert not isinstance(loaded["d"], str)


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_nothing_unless_it_is_quoted(nothing: str) -> None:
    """A column without a value is written null; the word itself is written in quotes."""
    assert read(f"a: {nothing}\n") == {"a": None}
    assert read(f"a: '{nothing}'\n") == {"a": nothing}


def test_the_second_of_two_equal_keys_is_refused() -> None:
    """A retention period of seven years cannot become one by a second line further down."""
    root, complaints = compose("keep: 7 years\nother: x\nkeep: 1 year\n", "f.yaml")
    assert [str(one.fault) for one in complaints] == ["f.yaml:3:1: 'keep' is given twice; take one out"]
    assert root is not None
    assert plain(root) == {"keep": "7 years", "other": "x"}


def test_keys_are_text_too() -> None:
    """A column or a class may be called no, 010 or 2020-01-01."""
    assert read("no: a\n010: b\n2020-01-01: c\nnull: d\n") == {"no": "a", "010": "b", "2020-01-01": "c", "null": "d"}


def test_every_value_knows_its_place() -> None:
    """Lines and columns count from one, in flow and in block, after quotes and after words that are not ASCII."""
    root, _ = compose("é: [a,\n  'b']\nc:\n  - {d: x}\n", "f.yaml")
    assert isinstance(root, Entries)
    flow, block = root.values["é"], root.values["c"]
    assert isinstance(flow, Items)
    assert flow.values == [Scalar("a", 1, 5), Scalar("b", 2, 3)]
    assert isinstance(block, Items)
    inner = block.values[0]
    assert isinstance(inner, Entries)
    assert (inner.keys["d"], inner.values["d"]) == (Scalar("d", 4, 6), Scalar("x", 4, 9))


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    """Nine lines that would unfold into a billion words are refused by the first anchor."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    root, complaints = compose("\n".join(lines), "f.yaml")
    assert root is None
    assert str(complaints[0].fault) == "f.yaml:1:5: '&a0': anchors and aliases are not used here; write it out"


def test_deep_nesting_is_refused_without_exhausting_the_stack() -> None:
    """A hundred thousand brackets end in one sentence."""
    root, complaints = compose("[" * 100_000, "f.yaml")
    assert root is None
    assert [one.message for one in complaints] == ["this is nested more than 20 levels deep"]


def test_a_byte_order_mark_does_no_harm() -> None:
    """Editors on Windows put one at the start of a file."""
    assert read("\ufeffa: b\n") == {"a": "b"}


def test_a_class_code_no_is_a_class_code(write: Callable[[str, str], Path]) -> None:
    """What looks like a truth value to YAML 1.1 reaches the domain as the code it is."""
    head = "schedule: S\nversion: 010\njurisdiction: England\ntime-zone: Europe/London\nadopted: 2026-04-01\n"
    rest = "review-by: 2027-03-31\nowner: on\nclasses:\n  - code: no\n    title: 1:30\n    mandate: 2020-01-01\n"
    retain = "    retain: {for: 6 years, after: case-closed}\n    then: destroy\n"
    schedule = read_schedule(write("s.yaml", head + rest + retain))
    only = schedule.classes[0]
    assert (schedule.version, schedule.owner, only.code, only.title, only.mandate) == (
        "010",
        "on",
        "no",
        "1:30",
        ("2020-01-01",),
    )


def test_a_yaml_truth_value_is_not_ours(write: Callable[[str, str], Path]) -> None:
    """``special-category: no`` is refused rather than taken for false, or for true."""
    with pytest.raises(ConfigurationRefused, match="'no' is neither true nor false; write true or false"):
        read_schedule(write("s.yaml", "classes:\n  - special-category: no\n"))


def test_what_is_repeated_in_a_complaint_is_short_and_printable(write: Callable[[str, str], Path]) -> None:
    """A complaint is one line of a terminal: no escape sequence, no line break and no page of text comes through."""
    long = "x" * 1000
    path = write("s.yaml", f'version: "1"\n"a\\e[31m\\nb": c\n{long}: d\ntime-zone: "\\u202e{long}"\n')
    with pytest.raises(ConfigurationRefused) as refused:
        read_schedule(path)
    lines = [str(one).removeprefix(str(path)) for one in refused.value.faults]
    assert all(line.isprintable() and len(line) < 250 for line in lines)
    assert any("unknown key 'a?[31m b'" in line for line in lines)
