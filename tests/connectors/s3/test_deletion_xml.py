from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.s3.deletion_xml import NO_WORD, refusals, request
from retentiond.connectors.s3.listing import Garbled
from retentiond.connectors.s3.listing.parsed import Parser
from tests.connectors.s3.written_pages import Judge, awkward, judging

SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
NAMED = [("a&b", "1"), ("a&b", "2"), ("c", "3")]
Parse = Callable[[bytes], Mapping[str, Any]]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """The SDK."""
    with judging() as one:
        yield one


@pytest.fixture
def parse(judge: Judge) -> Parse:
    """Read an answer as the SDK does."""
    parser = Parser(judge.client)
    return lambda body: parser.answer("DeleteObjects", 200, {}, body)


def _never(_: bytes) -> Mapping[str, Any]:
    raise AssertionError


def _error(key: str, version: str, code: str) -> str:
    return f"<Error><Key>{key}</Key><VersionId>{version}</VersionId><Code>{code}</Code><Message>no</Message></Error>"


@given(st.lists(st.tuples(awkward, awkward), min_size=1, max_size=5))
def test_a_request_names_exactly_what_is_to_go(named: list[tuple[str, str]]) -> None:
    """However awkward keys and ids are, a parser of XML finds the very same in the request, quiet and no bare key."""
    root = ET.fromstring(request(named))  # noqa: S314 - we wrote it
    assert root.findtext(f"{SPACE}Quiet") == "true"
    found = [(one.findtext(f"{SPACE}Key"), one.findtext(f"{SPACE}VersionId")) for one in root.iter(f"{SPACE}Object")]
    assert found == named


@pytest.mark.parametrize(
    "body",
    [
        f"{HEAD}</DeleteResult>",
        "<DeleteResult/>",
        f"{HEAD}\n</DeleteResult>\n",
        '<DeleteResult xmlns="x"></DeleteResult>',
    ],
)
def test_an_answer_without_errors_acknowledges_all(body: str) -> None:
    """A quiet answer that names no error acknowledges every version, and needs no parser."""
    assert refusals(body.encode(), NAMED, _never) == {}


def test_each_error_goes_back_to_its_version(parse: Parse) -> None:
    """An error is told of the version it names, and of every version of a key it names alone; the rest has gone."""
    body = f"{HEAD}{_error('a&amp;b', '2', 'AccessDenied')}</DeleteResult>"
    assert refusals(body.encode(), NAMED, parse) == {("a&b", "2"): "AccessDenied"}
    body = f"{HEAD}<Error><Key>a&amp;b</Key><Code>InternalError</Code></Error></DeleteResult>"
    assert refusals(body.encode(), NAMED, parse) == dict.fromkeys(NAMED[:2], "InternalError")
    body = f"{HEAD}<Error><Key>c</Key></Error></DeleteResult>"
    assert refusals(body.encode(), NAMED, parse) == {NAMED[2]: "no code"}


def test_an_error_for_something_else_acknowledges_nothing(parse: Parse) -> None:
    """An answer that names what was not asked about is unclear as a whole."""
    body = f"{HEAD}{_error('c', '3', 'AccessDenied')}{_error('d', '3', 'AccessDenied')}</DeleteResult>"
    assert refusals(body.encode(), NAMED, parse) == {
        NAMED[0]: NO_WORD,
        NAMED[1]: NO_WORD,
        NAMED[2]: "AccessDenied",
    }
    body = f"{HEAD}<Error><Code>InternalError</Code></Error></DeleteResult>"
    assert refusals(body.encode(), NAMED, parse) == dict.fromkeys(NAMED, NO_WORD)


def test_a_server_that_tells_all_must_tell_all(parse: Parse) -> None:
    """Where deleted versions are named all the same, one that is not named is not acknowledged."""
    deleted = "<Deleted><Key>a&amp;b</Key><VersionId>1</VersionId></Deleted>"
    marker = "<Deleted><Key>c</Key><DeleteMarkerVersionId>3</DeleteMarkerVersionId></Deleted>"
    assert refusals(f"{HEAD}{deleted}{marker}</DeleteResult>".encode(), NAMED, parse) == {NAMED[1]: NO_WORD}
    both = f"{HEAD}{deleted}{_error('a&amp;b', '1', 'AccessDenied')}</DeleteResult>"
    assert refusals(both.encode(), NAMED[:1], parse) == {NAMED[0]: "AccessDenied"}


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"<Error><Code>InternalError</Code></Error>", b"{}", b"<Result/>"]
)
def test_what_is_no_answer_acknowledges_nothing(parse: Parse, body: bytes) -> None:
    """An answer to something else is no acknowledgement, whatever its status."""
    with pytest.raises(Garbled):
        refusals(body, NAMED, parse)


def test_half_an_answer_is_none(parse: Parse) -> None:
    """An answer that breaks off cannot be read, wherever it breaks off, and never acknowledges all."""
    whole = f"{HEAD}{_error('c', '3', 'AccessDenied')}</DeleteResult>".encode()
    for length in range(len(whole)):
        with pytest.raises((Garbled, ResponseParserError)):
            refusals(whole[:length], NAMED, parse)
