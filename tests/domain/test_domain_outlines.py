from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from retentiond.domain.errors import Fault
from retentiond.domain.outlines import Outline, Referrer, changes, doubts, problem, widened

NAMES = st.sampled_from(["person", "note", "photo", "case"])
COLUMNS = st.dictionaries(st.sampled_from(["id", "name", "dob"]), st.sampled_from(["INTEGER", "DATE"]), max_size=3)
REFERRERS = st.builds(Referrer, NAMES, st.just(("id",)), NAMES, st.sampled_from(["", "CASCADE"]))
ACTING = st.dictionaries(NAMES, st.dictionaries(st.sampled_from("tr"), st.sampled_from(["0a", "1b"])), max_size=2)
OUTLINES = st.builds(Outline, st.dictionaries(NAMES, COLUMNS), st.frozensets(REFERRERS, max_size=4), ACTING)

BEFORE = Outline(
    {"person": {"person_id": "INTEGER", "dob": "DATE"}, "note": {"body": "TEXT"}},
    frozenset({Referrer("note", ("person_id",), "person")}),
)


def _told(live: Outline) -> list[str]:
    return [str(one) for one in changes(BEFORE, live)]


@given(OUTLINES)
def test_what_was_accepted_has_not_changed(outline: Outline) -> None:
    """An outline compared with itself shows no change, and widening it by itself adds nothing."""
    assert changes(outline, outline) == ()
    assert widened(outline, outline) == outline


@given(OUTLINES, OUTLINES)
def test_widening_hides_no_change(accepted: Outline, live: Outline) -> None:
    """What a scan may remember by itself never makes a change unseen, and adds none."""
    assert changes(widened(accepted, live), live) == changes(accepted, live)


@given(OUTLINES, OUTLINES)
def test_only_a_person_settles_a_change(accepted: Outline, live: Outline) -> None:
    """A kind has a problem exactly where something changed; accepting what is there settles it."""
    assert bool(problem(accepted, live)) == bool(changes(accepted, live)) == bool(doubts("s", accepted, live))
    assert problem(live, live) == ""


def test_each_change_is_said_in_words() -> None:
    """A column that came, went or is of another type, a new reference and another action are said with their names."""
    tables = {"person": {"person_id": "TEXT", "photo": "BLOB"}, "note": {"body": "TEXT"}}
    referrers = frozenset(
        {
            Referrer("note", ("person_id",), "person", "CASCADE"),
            Referrer("image", ("of_person",), "person"),
        }
    )
    assert _told(Outline(tables, referrers)) == [
        "the table person has a new column 'photo' that nobody has classed",
        "the table person has another type of column 'person_id': TEXT where it was INTEGER",
        "the table person has lost its column 'dob'",
        "the table person is referred to by image (of_person), which nobody has classed",
        "the table person is referred to by note (person_id) with ON DELETE CASCADE, not NO ACTION",
    ]


def test_a_trigger_that_came_or_does_something_else_is_a_change() -> None:
    """Its text decides, not its name; one that is gone does nothing any more."""
    before = replace(BEFORE, acting={"person": {"written": "0a", "gone": "0b"}})
    live = replace(BEFORE, acting={"person": {"written": "1a", "come": "0c"}})
    assert [str(one) for one in changes(before, live)] == [
        "the table person has a trigger or rule 'come' that nobody has looked at",
        "the table person has a trigger or rule 'written' that no longer does what was accepted",
    ]


def test_a_foreign_key_that_is_gone_is_a_change() -> None:
    """Its rows may refer to a person still, and nothing would keep the person for them any more."""
    assert _told(replace(BEFORE, referrers=frozenset())) == [
        "the table person is no longer known to be referred to by note (person_id)"
    ]


def test_a_table_that_another_definition_names_is_no_change() -> None:
    """People wrote the definition: what it names is nobody's surprise, nor what refers to that."""
    more = {**BEFORE.tables, "letter": {"letter_id": "INTEGER"}}
    come = BEFORE.referrers | {Referrer("page", ("letter_id",), "letter")}
    assert _told(Outline(more, come)) == []
    assert widened(BEFORE, Outline(more, come)) == Outline(more, BEFORE.referrers | come)


def test_one_problem_stands_for_all() -> None:
    """Every record gets one sentence, however much has changed; the faults say it all, with what to do."""
    unsafe = Fault("s: table note", "the trigger 't' acts", "have it removed")
    live = replace(BEFORE, tables={"person": {}, "note": {"body": "TEXT"}}, faults=(unsafe,))
    assert problem(BEFORE, live) == "the table person has lost its column 'dob' (and 2 more)"
    assert problem(None, live) == "s: table note: the trigger 't' acts"
    found = doubts("s", BEFORE, live)
    assert [one.message for one in found][-1] == unsafe.message
    assert all("retentiond connector accept s" in one.remedy for one in found[:-1])
    assert doubts("s", None, live) == (unsafe,)
