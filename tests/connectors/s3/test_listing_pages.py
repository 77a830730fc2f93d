from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retentiond.connectors.s3.listing.page import Garbled, Page, written_moment_after
from retentiond.connectors.s3.listing.parsed import Parser
from retentiond.connectors.s3.listing.scanner import objects_page, versions_page
from retentiond.connectors.s3.listing.wire import read_page
from retentiond.connectors.written_dates import day_of
from tests.connectors.s3.written_pages import (
    AMAZON,
    OBJECTS,
    SEAWEED,
    VERSIONS,
    Judge,
    Style,
    Told,
    entries,
    judging,
    page,
    styles,
    truth,
)

SCANNERS = {OBJECTS: objects_page, VERSIONS: versions_page}
OPERATIONS = st.sampled_from([OBJECTS, VERSIONS])
SOME = [
    Told("a b+c", "v1", '"e"', 3, "2026-11-26T01:21:00Z", False, True),
    Told("é%41&<>", "v2", '"f"', 4, "2026-11-26T01:21:00.000Z", True, False),
]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """The SDK."""
    with judging() as one:
        yield one


def _read(found: Page) -> list[tuple[Any, ...]]:
    return [(key, *found.entry(number)) for number, key in enumerate(found.keys)]


def _ours(judge: Judge, operation: str, body: bytes) -> tuple[list[tuple[Any, ...]], Any] | None:
    try:
        found = read_page(Parser(judge.client), operation, body)
        return sorted(_read(found)), found.goes_on
    except Garbled:
        return None


@given(OPERATIONS, styles, st.lists(entries, max_size=5), st.sampled_from(["", "to&ken=", "é +%2B"]))
def test_a_page_reads_as_the_sdk_reads_it(
    judge: Judge, operation: str, style: Style, told: list[Told], more: str
) -> None:
    """Whatever stands in keys and however a server writes, a page tells what was written, and what the SDK tells."""
    body = page(operation, style, told, more)
    found, judged = _ours(judge, operation, body), judge.reads(operation, body)
    assert judged is not None
    assert found is not None
    assert found == (sorted(truth(operation, told)), judged[1])
    assert found[0] == sorted(judged[0])


@given(OPERATIONS, st.sampled_from([AMAZON, SEAWEED]), st.lists(entries, max_size=5))
def test_usual_pages_need_no_parser(operation: str, style: Style, told: list[Told]) -> None:
    """Pages as Amazon and SeaweedFS write them are read as bytes, in the order they were sent."""
    found = SCANNERS[operation](page(operation, style, told))
    assert _read(found) == truth(operation, told)


@settings(max_examples=400)
@given(OPERATIONS, styles, st.lists(entries, min_size=1, max_size=4), st.data())
def test_a_damaged_page_is_never_read_wrongly(
    judge: Judge, operation: str, style: Style, told: list[Told], data: st.DataObject
) -> None:
    """A page that lost, doubled or changed some bytes reads as the SDK reads it, or as it was, or not at all."""
    body = page(operation, style, told, "token")
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + data.draw(st.sampled_from([1, 3, 60, 4000])))))
    put = data.draw(st.sampled_from([b"", b"<", b">", b"&", b"\xff", b"x", b"<Key>x</Key>", body[start:end] * 2]))
    damaged = body[:start] + put + body[end:]
    found = _ours(judge, operation, damaged)
    if found is not None:
        judged = judge.reads(operation, damaged)
        whole = judge.reads(operation, body)
        allowed = [(sorted(one[0]), one[1]) for one in (judged, whole) if one is not None]
        assert found in allowed


@pytest.mark.parametrize("operation", [OBJECTS, VERSIONS])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Please log in</body></html>",
        b"<!doctype html><html><br></html>",
        b"<ListBucketResult></ListBucketResult>",
        b"<ListVersionsResult/>",
        b"<ListBucketResult><IsTruncated>FALSE</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>",
        b"<ListVersionsResult><IsTruncated>perhaps</IsTruncated></ListVersionsResult>",
        b"<ListBucketResult><IsTruncated>true</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>",
        b"<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>",
        b"<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker></ListVersionsResult>",
        b'{"IsTruncated": false}',
    ],
)
def test_what_is_no_listing_is_not_an_empty_one(judge: Judge, operation: str, body: bytes) -> None:
    """An answer that says too little is refused, whoever has to read it."""
    assert _ours(judge, operation, body) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<KeyCount>2<", b"<KeyCount>3<"),
        (b"<Size>4</Size>", b""),
        (b"<Size>4</Size>", b"<Size>many</Size>"),
        (b"<ETag>&quot;f&quot;</ETag>", b""),
        (b"<ETag>&quot;f&quot;", b"<ETag>&nbsp;"),
        (b"2026-11-26T01:21:00Z", b"yesterday"),
        (b"2026-11-26T01:21:00Z", b"2026-11-26T01:21:00"),
        (b"<Key>a+b%2Bc</Key>", b"<Key>a%ffb</Key>"),
        (b"<Key>a+b%2Bc</Key>", b""),
        (b"<Key>a+b%2Bc</Key>", b"<Key>one</Key><Key>two</Key>"),
    ],
)
def test_a_faulty_entry_is_refused(judge: Judge, old: bytes, new: bytes) -> None:
    """An entry in which something is missing, twice there or unreadable makes the page unreadable, not shorter."""
    body = page(OBJECTS, AMAZON, SOME)
    assert _ours(judge, OBJECTS, body) is not None
    assert old in body
    assert _ours(judge, OBJECTS, body.replace(old, new)) is None


def test_pages_written_in_other_ways_are_parsed(judge: Judge) -> None:
    """Comments, character data, attributes and encodings nobody knows are left to the parser, and nothing is lost."""
    body = page(OBJECTS, replace(AMAZON, encoded=""), SOME)
    for changed in (
        body.replace(b"<Contents>", b'<Contents a="b">'),
        body.replace(b"<Key>a b+c</Key>", b"<Key><![CDATA[a b+c]]></Key>"),
        body.replace(b"<Key>a b+c</Key>", b"<Key>a b<!-- and -->+c</Key>"),
        body.replace(b"<KeyCount>2</KeyCount>", b""),
        b'<?xml version="1.0" encoding="none-such"?>' + body.partition(b"?>")[2],
        b'<?xml version="1.0" encoding="UTF-32"?>' + body.partition(b"?>")[2],
    ):
        with pytest.raises(Garbled):
            objects_page(changed)
        assert _ours(judge, OBJECTS, changed) == (sorted(truth(OBJECTS, SOME)), None)


@pytest.mark.parametrize("written", ["a&#xD800;b", "a&#0;b", "a\x01b", "a&nbsp;b", "a&b", "a]]>b"])
@pytest.mark.parametrize("name", ["Key", "ID"])
@pytest.mark.parametrize("count", [1, 3])
def test_what_is_no_xml_is_refused_in_records_alike_too(judge: Judge, name: str, written: str, count: int) -> None:
    """Records may be damaged all alike, or the only one may be: what no parser would take is not read as a key."""
    record = (
        "<Contents><Key>k</Key><LastModified>2026-11-26T01:21:00Z</LastModified><ETag>&quot;e&quot;</ETag>"
        "<Size>1</Size><Owner><ID>i</ID></Owner></Contents>"
    )
    frame = f"<IsTruncated>false</IsTruncated><KeyCount>{count}</KeyCount><EncodingType>url</EncodingType>"
    body = f"<ListBucketResult>{frame}{record * count}</ListBucketResult>"
    assert _ours(judge, OBJECTS, body.encode()) is not None
    damaged = body.replace(f"<{name}>{'k' if name == 'Key' else 'i'}</", f"<{name}>{written}</").encode()
    assert judge.reads(OBJECTS, damaged) is None
    assert _ours(judge, OBJECTS, damaged) is None


WRITTEN = [
    "k",
    "a b",
    "a+b%2Bc",
    "a%0Ab",
    "a%0D%0Ab",
    "%4",
    "%zz",
    "%FF",
    "é",
    "%C3%A9",
    "a\rb",
    "a\r\nb",
    "a\nb",
    "a\tb",
]
WRITTEN += [
    "a&amp;b",
    "&amp;#65;",
    "a&#10;b",
    "a&#13;b",
    "&quot;a&quot;",
    "&quot;a",
    "a>b",
    "a]]>b",
    "a&b",
    "\x7f",
    "k" * 1024,
]


@given(
    OPERATIONS,
    st.permutations(["Key", "LastModified", "ETag", "Size", "VersionId", "IsLatest", "Owner"]),
    st.lists(st.sampled_from(WRITTEN), max_size=5),
    st.tuples(
        st.sampled_from(
            ["&quot;e&quot;", "&#34;e&quot;", '"e"', "&quot;<e>&quot;", "&quot;e>&quot;", "&quot;&amp;&quot;"]
        ),
        st.sampled_from(["", "<EncodingType>url</EncodingType>"]),
    ),
)
def test_records_alike_but_for_their_keys_read_as_the_sdk_reads_them(
    judge: Judge, operation: str, order: list[str], keys: list[str], ways: tuple[str, str]
) -> None:
    """Whatever stands raw in the keys of records that are otherwise the same, a page tells what the SDK tells of it."""
    etag, encoded = ways
    rest = {"LastModified": "2026-11-26T01:21:00Z", "ETag": etag, "Size": "1", "Owner": "<ID>i</ID>"}
    if operation == VERSIONS:
        rest |= {"VersionId": "v", "IsLatest": "true"}
    record, root = ("Contents", "ListBucketResult") if operation == OBJECTS else ("Version", "ListVersionsResult")
    records = [
        "".join(f"<{part}>{(rest | {'Key': key})[part]}</{part}>" for part in order if part in rest or part == "Key")
        for key in keys
    ]
    frame = f"<IsTruncated>false</IsTruncated><KeyCount>{len(keys)}</KeyCount>{encoded}"
    body = f"<{root}>{frame}{''.join(f'<{record}>{one}</{record}>' for one in records)}</{root}>".encode()
    found, judged = _ours(judge, operation, body), judge.reads(operation, body)
    if encoded and any("%FF" in key for key in keys):
        assert found is None  # the SDK would name another object
    else:
        assert found == (judged and (sorted(judged[0]), judged[1]))


@pytest.mark.parametrize("told", [SOME[:1], SOME[1:], SOME], ids=["version", "marker", "both"])
def test_versions_whose_elements_have_a_prefix_are_not_overlooked(judge: Judge, told: list[Told]) -> None:
    """A page with names of a kind nobody else writes is parsed: it is not taken for one that shows no version."""
    told = [one._replace(key="k") for one in told]
    body = page(VERSIONS, replace(AMAZON, declaration="", namespace=""), told).decode()
    prefixed = body.replace("</", "</s3:").replace("<", "<s3:").replace("<s3:/s3:", "</s3:")
    prefixed = prefixed.replace(">", ' xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/">', 1)
    assert _ours(judge, VERSIONS, prefixed.encode()) == (sorted(truth(VERSIONS, told)), None)


@given(st.dates(), st.datetimes(timezones=st.just(UTC)))
def test_times_are_compared_as_they_are_written(day: Any, moment: Any) -> None:
    """A time is after a day as written exactly when its civil day is a later one."""
    try:
        later = day_of(moment) > day
    except OverflowError:
        return
    written = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for time in (written, written[:19] + "Z"):
        assert list(_page([time, time]).not_after(written_moment_after(day))) == ([] if later else [0, 1])
    odd = _page([written, "Thu, 26 Nov 2026 01:21:00 GMT"])
    assert list(odd.not_after(written_moment_after(day))) == list(odd.not_after(None)) == [0, 1]


def _page(times: list[str]) -> Page:
    return Page([""] * len(times), times, [b""] * len(times), None)
