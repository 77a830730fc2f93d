"""Laws of checking, scanning and fetching."""
# ruff: noqa: S101 - these are tests that ship with the package

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from retentiond.connectors.conformance.store import CLOSED, StoreUnderTest
from retentiond.connectors.interface import CHUNK, Role, ScanRequest, Wanted
from retentiond.domain.errors import StoreRefused
from retentiond.domain.outlines import Outline
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.windows import Window

LEFT_TO_FETCH = ("state", "native_holds", "documents", "shared_documents", "recipients")
"""What a record of a scan may lack; what it does say must be what fetch says."""


def _by_name(record: Record) -> RecordRef:
    return record.ref


class ReadingLaws:
    """What a connector says about a store is true, whole, and said the same way every time."""

    def test_check_of_a_good_store_finds_nothing(self, store: StoreUnderTest) -> None:
        """Checking a store that agrees with its definition returns no fault."""
        with store.open(Role.SCAN) as connector:
            assert list(connector.check()) == []

    def test_the_outline_is_said_the_same_way_every_time(self, store: StoreUnderTest) -> None:
        """Every credential outlines a store alike, and a record more in it changes nothing about its tables."""
        empty = [self._outline(store, role) for role in Role]
        store.seed("outlined", CLOSED, "outlined")
        assert [self._outline(store, role) for role in Role] == empty == [empty[0]] * len(empty)

    def _outline(self, store: StoreUnderTest, role: Role) -> dict[str, Outline]:
        with store.open(role) as connector:
            return dict(connector.outline())

    def test_reading_changes_nothing(self, store: StoreUnderTest) -> None:
        """Check, scan, fetch, inspect and the question who needs a document leave every record as it was."""
        ref = store.seed("looked-at", CLOSED, "looked-at")
        before = store.fetched(ref)
        with store.open(Role.SCAN) as connector:
            connector.check()
            list(connector.scan(store.request()))
            connector.inspect([store.order(ref)])
            stranger = RecordRef("another-store", ref.kind, "a document that nothing names")
            assert list(connector.needs({stranger: None, replace(stranger, key="and one more"): ref})) == []
        assert store.fetched(ref) == before

    def test_scan_of_nothing_yields_one_empty_page(self, store: StoreUnderTest) -> None:
        """An empty store gives one page with nothing in it, not silence."""
        with store.open(Role.SCAN) as connector:
            pages = list(connector.scan(store.request()))
        assert [(page.records, page.examined) for page in pages] == [((), 0)]

    def test_every_record_is_found_once(self, store: StoreUnderTest) -> None:
        """A scan yields each record exactly once, however awkward its key."""
        refs = [store.seed(key, CLOSED, key) for key in store.awkward_keys]
        assert sorted(record.ref for record in store.scanned()) == sorted(refs)

    def test_records_carry_the_name_of_their_store_and_kind(self, store: StoreUnderTest) -> None:
        """A record's reference names the connector's store, the kind asked for, and its class and date are told."""
        ref = store.seed("named", CLOSED, "named")
        with store.open(Role.SCAN) as connector:
            name = connector.name
        (record,) = store.scanned()
        assert (record.ref, record.ref.store, record.ref.kind) == (ref, name, store.kind)
        assert (record.record_class, record.dates[store.trigger]) == (store.record_class, CLOSED)

    def test_the_order_is_stable(self, store: StoreUnderTest) -> None:
        """Two scans of an unchanged store yield the same records in the same order."""
        for key in store.awkward_keys:
            store.seed(key, CLOSED, key)
        assert store.scanned() == store.scanned()

    def test_a_page_resumes_after_its_cursor(self, store: StoreUnderTest) -> None:
        """A scan begun after a page's cursor yields exactly the rest, counted too; no page is over-full.

        A cursor stays good when the record it stands on has been disposed of since.
        """
        for number in range(CHUNK + 7):
            store.seed(f"many/{number:05}", CLOSED, str(number))
        with store.open(Role.SCAN) as connector:
            pages = list(connector.scan(store.request()))
            rests = [list(connector.scan(store.request(), after=page.cursor)) for page in pages]
            store.remove(next(page.records[-1].ref for page in pages if page.records))
            rests[0] = list(connector.scan(store.request(), after=pages[0].cursor))
        refs = [record.ref for page in pages for record in page.records]
        assert len(set(refs)) == len(refs) == CHUNK + 7
        assert max(len(page.records) for page in pages) <= CHUNK
        assert sum(page.examined for page in pages) == CHUNK + 7
        for number, rest in enumerate(rests, start=1):
            remaining = [record.ref for page in pages[number:] for record in page.records]
            assert [record.ref for page in rest for record in page.records] == remaining

    def test_a_scan_is_lazy(self, store: StoreUnderTest) -> None:
        """A scan can be left after any page, and a new one begins at the beginning."""
        store.seed("one", CLOSED, "one")
        with store.open(Role.SCAN) as connector:
            first = next(connector.scan(store.request()))
            again = next(connector.scan(store.request()))
        assert first == again

    def test_examined_counts_wanted_or_not(self, store: StoreUnderTest) -> None:
        """Over a whole scan ``examined`` sums to the size of the kind, though nothing was wanted."""
        for key in store.awkward_keys:
            store.seed(key, CLOSED, key)
        with store.open(Role.SCAN) as connector:
            pages = list(connector.scan(store.request(latest=CLOSED - timedelta(days=1))))
        assert sum(page.examined for page in pages) == len(store.awkward_keys)
        assert [record for page in pages for record in page.records] == []

    def test_a_window_is_inclusive_to_the_day(self, store: StoreUnderTest) -> None:
        """A record whose date is the window's last day is wanted, and one a day later is not."""
        inside = store.seed("inside", CLOSED, "inside")
        store.seed("outside", CLOSED + timedelta(days=1), "outside")
        assert [record.ref for record in store.scanned(store.request(latest=CLOSED))] == [inside]

    def test_alternatives_add_up(self, store: StoreUnderTest) -> None:
        """A record inside any alternative of its class is wanted, and once."""
        ref = store.seed("twice", CLOSED, "twice")
        early, late = {store.trigger: CLOSED - timedelta(days=9)}, {store.trigger: CLOSED}
        request = ScanRequest(store.kind, {store.record_class: (early, late, late)})
        assert [record.ref for record in store.scanned(request)] == [ref]

    def test_a_window_without_dates_is_every_record(self, store: StoreUnderTest) -> None:
        """An alternative that names no date wants every record of its class, those without a date as well."""
        refs = [store.seed("dated", CLOSED, "dated"), store.seed("undated", None, "undated")]
        found = store.scanned(ScanRequest(store.kind, {store.record_class: ({},)}))
        assert {record.ref for record in found} == {*refs}

    def test_other_classes_are_not_wanted(self, store: StoreUnderTest) -> None:
        """A record of a class the request does not name, or names without alternatives, is not yielded."""
        store.seed("of-another-class", CLOSED, "of-another-class")
        assert store.scanned(store.request(record_class="NO-SUCH-CLASS")) == []
        assert store.scanned(ScanRequest(store.kind, {store.record_class: ()})) == []
        assert store.scanned(ScanRequest(store.kind, {store.record_class: ()}, Wanted.UNDATED)) == []

    def test_the_undated_are_found_when_asked_for_and_only_then(self, store: StoreUnderTest) -> None:
        """A record without its date is never due, and is named when the undated are asked for."""
        undated = store.seed("undated", None, "undated")
        dated = store.seed("dated", CLOSED, "dated")
        assert [record.ref for record in store.scanned()] == [dated]
        found = store.scanned(store.request(wanted=Wanted.UNDATED))
        assert [(record.ref, record.dates.get(store.trigger)) for record in found] == [(undated, None)]

    def test_what_has_no_class_is_found_when_asked_for_and_only_then(self, store: StoreUnderTest) -> None:
        """A record that no line of ``classify`` holds for is yielded once when asked for, and never otherwise."""
        store.seed("classed", CLOSED, "classed")
        strays = [store.seed_unclassified(key) for key in ("stray", "one-more")] if store.seed_unclassified else []
        every: dict[str, tuple[Window, ...]] = {store.record_class: ({},), "": ({},)}
        for wanted in Wanted:
            found = store.scanned(ScanRequest(store.kind, {}, wanted, unclassified=True))
            assert [(one.ref, one.record_class) for one in sorted(found, key=_by_name)] == [
                (ref, None) for ref in sorted(strays)
            ]
            assert not {one.ref for one in store.scanned(ScanRequest(store.kind, every, wanted))} & {*strays}
        assert {one.record_class for one in store.fetched(*strays).values()} <= {None}

    def test_scan_and_fetch_agree(self, store: StoreUnderTest) -> None:
        """The same record reads the same both ways, but for what a scan may leave to fetch."""
        refs = [store.seed(key, CLOSED, key) for key in store.awkward_keys]
        fetched = store.fetched(*refs)
        assert sorted(fetched) == sorted(refs)
        for record in store.scanned():
            other = fetched[record.ref]
            left_out = {name: getattr(other, name) for name in LEFT_TO_FETCH if not getattr(record, name)}
            assert replace(record, **left_out) == other

    def test_fetch_leaves_out_what_is_not_there(self, store: StoreUnderTest) -> None:
        """A record that does not exist is left out of the answer; the others are in it."""
        here = store.seed("here", CLOSED, "here")
        assert set(store.fetched(here, store.absent())) == {here}

    def test_nothing_asked_nothing_answered(self, store: StoreUnderTest) -> None:
        """No references, no orders: no records, no receipts, no sightings, no complaint."""
        assert (store.fetched(), store.disposed(), store.sighted()) == ({}, [], [])

    def test_the_state_changes_when_the_record_does(self, store: StoreUnderTest) -> None:
        """A changed record has another state token; the same record keeps its own."""
        ref, other = store.seed("changing", CLOSED, "changing"), store.seed("constant", CLOSED, "constant")
        before = store.fetched(ref, other)
        store.touch(ref)
        after = store.fetched(ref, other)
        assert after[ref].state != before[ref].state
        assert after[other].state == before[other].state

    def test_an_unknown_kind_is_refused_without_a_word_about_records(self, store: StoreUnderTest) -> None:
        """Asking for a kind the store does not hold is refused, and the refusal repeats no key."""
        ref = store.seed("placeholder", CLOSED, "placeholder")
        stranger = RecordRef(ref.store, "no-such-kind", "Jane-Example-1980")
        with store.open(Role.SCAN) as connector:
            with pytest.raises(StoreRefused) as fetching:
                connector.fetch([stranger])
            with pytest.raises(StoreRefused):
                list(connector.scan(ScanRequest("no-such-kind", {})))
        assert "Jane" not in str(fetching.value)

    def test_closing_twice_is_harmless(self, store: StoreUnderTest) -> None:
        """A connector may be closed any number of times."""
        connector = store.open(Role.SCAN)
        list(connector.scan(store.request()))
        connector.close()
        connector.close()
