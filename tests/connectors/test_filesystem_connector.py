from __future__ import annotations

import inspect
import json
import os
import sys
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.filesystem import FilesystemConnector
from retentiond.connectors.filesystem.keys import to_key, to_path
from retentiond.connectors.interface import Capabilities, Connector, Role, ScanRequest, Wanted
from retentiond.connectors.retrying import RetryingConnector
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Status, Trigger
from retentiond.domain.errors import ConfigurationRefused, StoreRefused, StoreUnavailable
from retentiond.domain.orders import DisposalOrder, Outcome, Receipt, Sight
from retentiond.domain.records import RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.attributes import can_set_attributes, set_immutable


def _definition_of(root: Path, column: str = "sidecar:closed", *, prefix: str = "") -> Definition:
    kind = KindOfRecord(
        "file", (ClassCondition("C-01", where={"prefix": prefix}),), (Trigger("closed", column),), prefix=prefix
    )
    return Definition("files", "filesystem", "GB", (kind,), "0" * 64, options={"root": str(root)})


class _WithoutHolds(FilesystemConnector):
    """For who may not set attributes, nobody here can place a hold."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()


def _under_test(request: pytest.FixtureRequest, root: Path, *, retrying: bool = False) -> StoreUnderTest:
    (root / ".retentiond-store").touch()
    can_hold = can_set_attributes(root)

    def open_it(role: Role) -> Connector:
        plain = (FilesystemConnector if can_hold else _WithoutHolds)(_definition_of(root), role=role)
        return RetryingConnector(plain) if retrying else plain

    def seed(key: str, closed_on: date | None, reference: str) -> RecordRef:
        file = root / to_path(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(reference, encoding="utf-8")
        if closed_on is not None:
            Path(f"{file}.json").write_text(json.dumps({"closed": closed_on.isoformat()}), encoding="utf-8")
        return RecordRef("files", "file", key)

    def parts(ref: RecordRef) -> list[Path]:
        path = str(root / to_path(ref.key))
        return [one for one in (Path(path), Path(f"{path}.json")) if os.path.lexists(one)]

    def remove(ref: RecordRef) -> None:
        for one in parts(ref):
            one.unlink()

    def hold(ref: RecordRef) -> None:
        request.addfinalizer(partial(set_immutable, root / to_path(ref.key), immutable=False))
        set_immutable(root / to_path(ref.key), immutable=True)

    def touch(ref: RecordRef) -> None:
        with (root / to_path(ref.key)).open("a", encoding="utf-8") as file:
            file.write("more")

    return StoreUnderTest(
        open=open_it,
        kind="file",
        record_class="C-01",
        trigger="closed",
        seed=seed,
        touch=touch,
        remove=remove,
        traces=lambda ref: len(parts(ref)),
        hold=hold if can_hold else None,
        unreachable=lambda role: FilesystemConnector(_definition_of(root / "not-mounted"), role=role),
    )


class TestFilesystemConnector(ConnectorConformance):
    @pytest.fixture(params=["plain", "retrying"])
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> StoreUnderTest:
        """A folder that holds nothing but its marker."""
        return _under_test(request, tmp_path, retrying=request.param == "retrying")


def _dispose(root: Path, key: str, *, column: str = "name:(\\d{4})") -> Receipt:
    definition = _definition_of(root, column)
    ref = RecordRef("files", "file", key)
    with FilesystemConnector(definition, role=Role.DISPOSE) as connector:
        found = connector.fetch([ref])
        state = found[ref].state if ref in found else "none"
        order = DisposalOrder(uuid4().hex, ref, Action.DESTROY, state, 1)  # type: ignore[arg-type] # no state: not found
        (receipt,) = connector.dispose([order], lambda orders: {one.id for one in orders})
        return receipt


@given(st.binary(min_size=1, max_size=20).filter(lambda name: not {0, 47} & {*name} and name not in (b".", b"..")))
def test_every_name_a_file_can_have_has_a_key(name: bytes) -> None:
    """Spelling a path as a key and back gives the same bytes, and the key is text that can be stored."""
    key = to_key(os.fsdecode(name))
    key.encode("utf-8")
    assert os.fsencode(to_path(key)) == name


@given(st.text(alphabet="%25FC3Bab/.", min_size=1, max_size=12))
def test_a_path_has_one_key(text: str) -> None:
    """Two keys never name one file: what reads as a path is spelled back the same, or is refused."""
    try:
        path = to_path(text)
    except ValueError:
        return
    assert to_key(path) == text


def test_names_that_are_no_text_are_records_too(tmp_path: Path) -> None:
    """A file whose name is no UTF-8 is found, fetched and destroyed by its key."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/2001-\xff\xfe")).touch()
    with FilesystemConnector(_definition_of(tmp_path, "name:(\\d{4})"), role=Role.SCAN) as connector:
        (page,) = connector.scan(ScanRequest("file", {"C-01": ({"closed": date.max},)}))
    assert [record.ref.key for record in page.records] == ["2001-%FF%FE"]
    assert _dispose(tmp_path, "2001-%FF%FE").outcome is Outcome.DESTROYED
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["../outside", "/etc/hostname", "a/../../outside", "a//b", ".", "link/inside", "link"])
def test_nothing_outside_the_root_is_reached(tmp_path: Path, key: str) -> None:
    """No key leads out of the root, by dots or by links: not read, not destroyed, not called gone."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    root.mkdir()
    (root / "file").touch()
    outside.mkdir()
    (outside / "inside").write_text("kept", encoding="utf-8")
    (root / "link").symlink_to(outside)
    receipt = _dispose(root, key)
    assert receipt.outcome is Outcome.FAILED
    assert (outside / "inside").read_text(encoding="utf-8") == "kept"
    assert (root / "link").is_symlink()
    with FilesystemConnector(_definition_of(root), role=Role.VERIFY) as connector:
        (sighting,) = connector.inspect([receipt.order])
    assert sighting.sight in (Sight.INCONCLUSIVE, Sight.PRESENT)


def test_a_scan_follows_no_link(tmp_path: Path) -> None:
    """Links to files and folders are no records, and what they point at is not found through them."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "2001").touch()
    root = tmp_path / "root"
    root.mkdir()
    (root / "2002").touch()
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "2003").symlink_to(tmp_path / "outside" / "2001")
    with FilesystemConnector(_definition_of(root, "name:(\\d{4})"), role=Role.SCAN) as connector:
        pages = list(connector.scan(ScanRequest("file", {"C-01": ({"closed": date.max},)})))
    assert [record.ref.key for page in pages for record in page.records] == ["2002"]


def test_a_hard_linked_file_is_blocked(tmp_path: Path) -> None:
    """A file with a second name is blocked, and an order for it fails: unlinking would leave the data."""
    (tmp_path / "2001").write_text("data", encoding="utf-8")
    (tmp_path / "second").hardlink_to(tmp_path / "2001")
    ref = RecordRef("files", "file", "2001")
    with FilesystemConnector(_definition_of(tmp_path, "name:(\\d{4})"), role=Role.SCAN) as connector:
        assert connector.fetch([ref])[ref].blockers == ("hard-linked",)
    assert _dispose(tmp_path, "2001").outcome is Outcome.FAILED
    assert (tmp_path / "2001").exists()


def test_an_empty_root_is_no_empty_store(tmp_path: Path) -> None:
    """A root with nothing at all in it looks as one that is not mounted: nothing is concluded from it."""
    connector = FilesystemConnector(_definition_of(tmp_path), role=Role.VERIFY)
    order = DisposalOrder(uuid4().hex, RecordRef("files", "file", "a"), Action.DESTROY, "x", 2)  # type: ignore[arg-type] # any state
    assert [fault.message for fault in connector.check()] == [
        "its root is empty, as that of a share that is not mounted"
    ]
    with pytest.raises(StoreUnavailable):
        connector.inspect([order])
    with pytest.raises(StoreUnavailable):
        list(connector.scan(ScanRequest("file", {})))


def test_folders_too_deep_to_walk_are_refused_in_words(tmp_path: Path) -> None:
    """A tree deeper than we can walk is no tree without records: the scan is refused."""
    deep = tmp_path.joinpath(*["f"] * 60)
    deep.mkdir(parents=True)
    (deep / "2001").touch()
    with FilesystemConnector(_definition_of(tmp_path, "name:(\\d{4})"), role=Role.SCAN) as connector:
        usual = sys.getrecursionlimit()
        sys.setrecursionlimit(len(inspect.stack()) + 100)
        try:
            with pytest.raises(StoreRefused, match="too deep"):
                list(connector.scan(ScanRequest("file", {"C-01": ({"closed": date.max},)})))
        finally:
            sys.setrecursionlimit(usual)


def test_a_sidecar_is_a_part_and_no_record(tmp_path: Path) -> None:
    """``NAME.json`` beside ``NAME`` is not found by itself, and a JSON file beside nothing is."""
    for name in ("letter", "letter.json", "alone.json"):
        (tmp_path / name).write_text('{"closed": "2001"}', encoding="utf-8")
    with FilesystemConnector(_definition_of(tmp_path), role=Role.SCAN) as connector:
        names = ("letter", "letter.json", "alone.json")
        found = connector.fetch([RecordRef("files", "file", name) for name in names])
    assert sorted(ref.key for ref in found) == ["alone.json", "letter"]
    assert found[RecordRef("files", "file", "letter")].dates == {"closed": date(2001, 12, 31)}


@pytest.mark.parametrize("text", ["not json", "[1]", '{"closed": 2001}', '{"closed": "soon"}', "[" * 100_000])
def test_a_date_that_cannot_be_read_is_a_problem_told_without_it(tmp_path: Path, text: str) -> None:
    """An unreadable sidecar leaves the record undated, with a reason that does not repeat the text."""
    (tmp_path / "letter").touch()
    (tmp_path / "letter.json").write_text(text, encoding="utf-8")
    ref = RecordRef("files", "file", "letter")
    with FilesystemConnector(_definition_of(tmp_path), role=Role.SCAN) as connector:
        record = connector.fetch([ref])[ref]
    assert (record.dates, len(record.problems)) == ({"closed": None}, 1)
    assert "soon" not in record.problems[0]


def test_a_prefix_limits_the_kind(tmp_path: Path) -> None:
    """Files outside the kind's prefix are not found, not counted, not fetched and not destroyed."""
    for folder in ("cases", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "2001").touch()
    definition = _definition_of(tmp_path, "name:(\\d{4})", prefix="cases/")
    with FilesystemConnector(definition, role=Role.DISPOSE) as connector:
        pages = list(connector.scan(ScanRequest("file", {"C-01": ({"closed": date.max},)})))
        (inside,) = (record for page in pages for record in page.records)
        outside = RecordRef("files", "file", "other/2001")
        assert (inside.ref.key, pages[0].examined, connector.fetch([outside])) == ("cases/2001", 1, {})
        order = DisposalOrder(uuid4().hex, outside, Action.DESTROY, inside.state, 1)
        (receipt,) = connector.dispose([order], lambda orders: {one.id for one in orders})
    assert receipt.outcome is Outcome.FAILED
    assert (tmp_path / "other" / "2001").exists()


def test_a_file_that_no_line_classifies_is_found_among_the_undated(tmp_path: Path) -> None:
    """A file outside every prefix that gives a class is told where the request says so, with the undated."""
    given = _definition_of(tmp_path, "modified")
    kind = replace(given.records[0], classify=(ClassCondition("C-01", where={"prefix": "closed/"}),))
    (tmp_path / "closed").mkdir()
    for name in ("closed/a", "stray"):
        (tmp_path / name).write_text("text")
    with FilesystemConnector(replace(given, records=(kind,)), role=Role.SCAN) as connector:
        found = {
            wanted: [
                (one.ref.key, one.record_class)
                for page in connector.scan(ScanRequest("file", {"C-01": ({"closed": date.max},)}, wanted, also))
                for one in page.records
            ]
            for wanted, also in ((Wanted.DUE, False), (Wanted.UNDATED, True))
        }
    assert found == {Wanted.DUE: [("closed/a", "C-01")], Wanted.UNDATED: [("stray", None)]}


def test_a_definition_for_something_else_is_refused_whole(tmp_path: Path) -> None:
    """All that means nothing for files is complained about at once."""
    good = _definition_of(tmp_path, "tag:closed")
    kind = replace(good.records[0], table="letters", classify=(ClassCondition("C-01", where={"status": "closed"}),))
    with pytest.raises(ConfigurationRefused) as refusal:
        FilesystemConnector(replace(good, records=(kind,)), role=Role.SCAN)
    assert len(refusal.value.faults) == 3
    with pytest.raises(ConfigurationRefused):
        FilesystemConnector(replace(_definition_of(tmp_path), options={"root": "relative"}), role=Role.SCAN)


def test_a_status_follows_from_the_path(tmp_path: Path) -> None:
    """A folder can say what was ever true of the files below it."""
    (tmp_path / "lac").mkdir()
    for name in ("lac/2001", "2002"):
        (tmp_path / name).touch()
    definition = _definition_of(tmp_path, "name:(\\d{4})")
    kind = replace(definition.records[0], statuses=(Status("looked-after", where={"prefix": "lac/"}),))
    refs = [RecordRef("files", "file", key) for key in ("lac/2001", "2002")]
    with FilesystemConnector(replace(definition, records=(kind,)), role=Role.SCAN) as connector:
        found = connector.fetch(refs)
    assert [found[ref].statuses for ref in refs] == [{"looked-after": True}, {"looked-after": False}]
