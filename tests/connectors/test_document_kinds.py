"""Which objects are parts of cases, where some of a store are records of their own."""

from __future__ import annotations

from retentiond.connectors.document_kinds import ASTRAY, PART, compile_kinds
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord


def test_what_is_a_record_of_its_own_is_no_part_of_a_case() -> None:
    """Under the prefix of a kind with classes nothing is a document: a case that names it there is blocked."""
    letter = KindOfRecord("letter", (ClassCondition("C-01"),), (), prefix="letters/")
    definition = Definition("papers", "s3", "GB", (KindOfRecord("case-document", (), ()), letter), "0" * 64)
    kinds = compile_kinds(definition, ())
    for name in (PART, "case-document"):
        assert (kinds[name].has("cases/1.pdf"), kinds[name].has("letters/1.pdf")) == (True, False)
    found = kinds[PART].astray("papers", "letters/1.pdf")
    assert found is not None
    assert found.blockers == (ASTRAY,)
    assert kinds["letter"].has("letters/1.pdf")
    assert kinds["letter"].astray("papers", "cases/1.pdf") is None


def test_a_kind_that_cases_call_their_documents_by_hides_none_of_them() -> None:
    """Where that very kind has classes and a prefix, a document beyond the prefix is not taken for absent."""
    post = KindOfRecord(PART, (ClassCondition("C-01"),), (), prefix="post/")
    kinds = compile_kinds(Definition("papers", "s3", "GB", (post,), "0" * 64), ())
    assert kinds[PART].astray("papers", "cases/1.pdf") is not None
