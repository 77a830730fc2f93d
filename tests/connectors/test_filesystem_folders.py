"""Whole folders as records: a case with all its files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retentiond.connectors.conformance import ConnectorConformance, StoreUnderTest
from retentiond.connectors.filesystem import FilesystemConnector
from retentiond.connectors.filesystem.keys import to_path
from retentiond.connectors.interface import Capabilities, Role, ScanRequest
from retentiond.domain.definitions import ClassCondition, Definition, KindOfRecord, Status, Trigger
from retentiond.domain.orders import DisposalOrder, Grade, Outcome, Receipt, Sight, Sighting
from retentiond.domain.records import Record, RecordRef
from retentiond.domain.schedule import Action
from tests.connectors.attributes import can_set_attributes, set_immutable
from tests.connectors.test_filesystem_open_files import another_program

EVERYTHING = ScanRequest("case", {"C-01": ({},), "C-02": ({},)})


def _definition(root: Path, column: str = "sidecar:closed", *, prefix: str = "cases/", folders: int = 1) -> Definition:
    kind = KindOfRecord("case", (ClassCondition("C-01"),), (Trigger("closed", column),), prefix=prefix, folders=folders)
    return Definition("share", "filesystem", "GB", (kind,), "0" * 64, options={"root": str(root)})


class _WithoutHolds(FilesystemConnector):
    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()


class TestCaseFolders(ConnectorConformance):
    @pytest.fixture
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> StoreUnderTest:
        """A share whose folder of cases is empty."""
        (tmp_path / "cases").mkdir()
        can_hold = can_set_attributes(tmp_path)

        def seed(key: str, closed_on: date | None, reference: str) -> RecordRef:
            folder = tmp_path / "cases" / key.replace("/", "-")  # no folder has a slash in its name
            (folder / "letters").mkdir(parents=True)
            (folder / "letters" / "first.txt").write_text(reference, encoding="utf-8")
            (folder / "link").symlink_to(tmp_path)
            if closed_on is not None:
                (folder / "case.json").write_text(json.dumps({"closed": closed_on.isoformat()}), encoding="utf-8")
            return RecordRef("share", "case", f"cases/{folder.name}")

        def at(ref: RecordRef) -> Path:
            return tmp_path / to_path(ref.key)

        def hold(ref: RecordRef) -> None:
            file = at(ref) / "letters" / "first.txt"
            request.addfinalizer(partial(set_immutable, file, immutable=False))
            set_immutable(file, immutable=True)

        return StoreUnderTest(
            open=lambda role: (FilesystemConnector if can_hold else _WithoutHolds)(_definition(tmp_path), role=role),
            kind="case",
            record_class="C-01",
            trigger="closed",
            seed=seed,
            touch=lambda ref: (at(ref) / "letters" / f"{uuid4().hex}.txt").touch(),
            remove=lambda ref: shutil.rmtree(at(ref)),
            traces=lambda ref: sum(1 for _ in at(ref).rglob("*")) + int(at(ref).exists()),
            hold=hold if can_hold else None,
            unreachable=lambda role: FilesystemConnector(_definition(tmp_path / "not-mounted"), role=role),
        )


def _case(root: Path, name: str = "cases/one") -> Path:
    folder = root / name
    (folder / "letters" / "old").mkdir(parents=True)
    for file in ("case.json", "letters/a.txt", "letters/old/b.txt"):
        (folder / file).write_text('{"closed": "2001-02-03"}', encoding="utf-8")
    return folder


def _record(root: Path, key: str = "cases/one", definition: Definition | None = None) -> Record:
    ref = RecordRef("share", "case", key)
    with FilesystemConnector(definition or _definition(root), role=Role.SCAN) as connector:
        return connector.fetch([ref])[ref]


def _nothing() -> None:
    pass


def _dispose(root: Path, meanwhile: Callable[[], Any] = _nothing, *, order: DisposalOrder | None = None) -> Receipt:
    if order is None:
        found = _record(root)
        order = DisposalOrder(uuid4().hex, found.ref, Action.DESTROY, found.state, 1)

    def clear(orders: Any) -> set[str]:
        meanwhile()
        return {one.id for one in orders}

    with FilesystemConnector(_definition(root), role=Role.DISPOSE) as connector:
        (receipt,) = connector.dispose([order], clear)
    return receipt


def _sighting(root: Path) -> Sighting:
    order = DisposalOrder(uuid4().hex, RecordRef("share", "case", "cases/one"), Action.DESTROY, "x", 1)  # type: ignore[arg-type] # any state
    with FilesystemConnector(_definition(root), role=Role.VERIFY) as connector:
        (found,) = connector.inspect([order])
    return found


def test_a_case_goes_with_everything_in_it_and_is_counted(tmp_path: Path) -> None:
    """Files, folders and links go; what a link points at, the folder's neighbours and the folder above stay."""
    folder = _case(tmp_path)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").touch()
    (folder / "link").symlink_to(tmp_path / "outside")
    _case(tmp_path, "cases/one-and-more")
    assert _record(tmp_path).size == 3 * len('{"closed": "2001-02-03"}')
    assert _sighting(tmp_path).checked == {"files": 3, "folders": 3, "links": 1}
    receipt = _dispose(tmp_path)
    assert (receipt.outcome, receipt.grade) == (Outcome.DESTROYED, Grade.A)
    assert receipt.evidence == {"files": 3, "folders": 3, "links": 1}
    assert (_sighting(tmp_path).sight, [one.name for one in (tmp_path / "cases").iterdir()]) == (
        Sight.GONE,
        ["one-and-more"],
    )
    assert (tmp_path / "outside" / "kept").exists()


def test_only_folders_at_the_depth_are_records(tmp_path: Path) -> None:
    """Two steps down there are the cases: not the years above, not what lies in them, not files beside them."""
    for name in ("cases/2001/a", "cases/2001/b", "cases/2002/c"):
        _case(tmp_path, name)
    (tmp_path / "cases/2001/readme.txt").touch()
    (tmp_path / "cases/2003").mkdir()
    (tmp_path / "cases/2003/link").symlink_to(tmp_path / "cases/2001/a")
    definition = _definition(tmp_path, folders=2)
    with FilesystemConnector(definition, role=Role.SCAN) as connector:
        (page,) = connector.scan(EVERYTHING)
        keys = [one.ref.key for one in page.records]
        after = [one.ref.key for page in connector.scan(EVERYTHING, after=page.cursor) for one in page.records]
        others = ["cases/2001", "cases/2001/a/letters", "cases/2001/readme.txt", "cases/2003/link", "elsewhere/a/b"]
        assert connector.fetch([RecordRef("share", "case", key) for key in others]) == {}
    assert (keys, page.examined, after) == (["cases/2001/a", "cases/2001/b", "cases/2002/c"], 3, [])


def test_the_latest_file_dates_a_case_when_asked(tmp_path: Path) -> None:
    """``modified`` is when the last of its files was written, wherever it lies; a folder's own time is nothing."""
    folder = _case(tmp_path)
    for number, file in enumerate(("case.json", "letters/a.txt", "letters/old/b.txt")):
        os.utime(folder / file, (0, 981158400 + number * 86400))
    found = _record(tmp_path, definition=_definition(tmp_path, "modified"))
    assert found.dates == {"closed": date(2001, 2, 5)}
    (tmp_path / "cases/empty").mkdir()
    assert _record(tmp_path, "cases/empty", _definition(tmp_path, "modified")).dates == {"closed": None}


def test_names_classify_and_date_a_case(tmp_path: Path) -> None:
    """A pattern on the folder's name gives class, status and date."""
    _case(tmp_path, "cases/LAC-12_2001-02")
    _case(tmp_path, "cases/EH-12_2001-03")
    definition = _definition(tmp_path, "name:_(\\d{4}-\\d{2})$")
    kind = replace(
        definition.records[0],
        classify=(ClassCondition("C-02", where={"name:": "/LAC-"}), ClassCondition("C-01")),
        statuses=(Status("looked-after", where={"name:": "/LAC-"}),),
    )
    with FilesystemConnector(replace(definition, records=(kind,)), role=Role.SCAN) as connector:
        (page,) = connector.scan(EVERYTHING)
    assert [(one.record_class, one.dates["closed"], one.statuses) for one in page.records] == [
        ("C-01", date(2001, 3, 31), {"looked-after": False}),
        ("C-02", date(2001, 2, 28), {"looked-after": True}),
    ]


def _open_inside(folder: Path) -> Any:
    return another_program(folder / "letters" / "old" / "b.txt")


def test_a_case_with_an_open_file_is_blocked_and_left_whole(tmp_path: Path) -> None:
    """One file that another program has open keeps the whole case."""
    folder = _case(tmp_path)
    with _open_inside(folder):
        assert _record(tmp_path).blockers == ("open-in-another-program",)
        receipt = _dispose(tmp_path)
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "another program has it open, or a file in it")
    assert sum(1 for _ in folder.rglob("*")) == 5
    assert _dispose(tmp_path).outcome is Outcome.DESTROYED


def test_a_name_outside_keeps_a_case_and_one_inside_does_not(tmp_path: Path) -> None:
    """A hard link from elsewhere would leave the data; two names within the case go with it."""
    folder = _case(tmp_path)
    (folder / "again.txt").hardlink_to(folder / "letters" / "a.txt")
    assert _record(tmp_path).blockers == ()
    (tmp_path / "elsewhere").hardlink_to(folder / "letters" / "a.txt")
    assert _record(tmp_path).blockers == ("hard-linked",)
    assert _dispose(tmp_path).outcome is Outcome.FAILED
    (tmp_path / "elsewhere").unlink()
    receipt = _dispose(tmp_path)
    assert (receipt.outcome, receipt.evidence["files"]) == (Outcome.DESTROYED, 4)


def test_a_pipe_in_a_case_keeps_it(tmp_path: Path) -> None:
    """Something that is neither file, folder nor link is for a person to look at."""
    os.mkfifo(_case(tmp_path) / "pipe")
    assert _record(tmp_path).blockers == ("holds-more-than-files",)
    receipt = _dispose(tmp_path)
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "a device, a pipe or a socket lies in it")


def _rewrite(folder: Path) -> None:
    (folder / "letters" / "a.txt").write_text("something else", encoding="utf-8")


def _add(folder: Path) -> None:
    (folder / "letters" / "new.txt").touch()


def _take(folder: Path) -> None:
    (folder / "letters" / "a.txt").unlink()


def _relink(folder: Path) -> None:
    (folder / "letters" / "a.txt").unlink()
    (folder / "letters" / "a.txt").symlink_to("/etc/hostname")


def _move_away(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    folder.with_name("one").symlink_to("moved")


@pytest.mark.parametrize("change", [_rewrite, _add, _take, _relink])
def test_a_case_that_changed_anywhere_is_left_whole(tmp_path: Path, change: Callable[[Path], None]) -> None:
    """A file written, added, taken or replaced, before the order or after the last question, keeps everything else."""
    folder = _case(tmp_path)
    before = _record(tmp_path)
    change(folder)
    after = sorted(folder.rglob("*"))
    early = _dispose(tmp_path, order=DisposalOrder(uuid4().hex, before.ref, Action.DESTROY, before.state, 1))
    assert (early.outcome, sorted(folder.rglob("*"))) == (Outcome.CHANGED, after)
    shutil.rmtree(folder)
    folder = _case(tmp_path)
    late = _dispose(tmp_path, partial(change, folder))
    assert (late.outcome, sorted(folder.rglob("*"))) == (Outcome.CHANGED, after)


def test_a_link_in_the_place_of_a_case_is_not_followed(tmp_path: Path) -> None:
    """A case that is moved away and linked to is no folder of its own any more."""
    folder = _case(tmp_path)
    receipt = _dispose(tmp_path, partial(_move_away, folder))
    assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "what stands there is no folder")
    assert sum(1 for _ in (tmp_path / "cases" / "moved").rglob("*")) == 5
    assert _sighting(tmp_path).sight is Sight.INCONCLUSIVE


@pytest.mark.parametrize("change", [_rewrite, _add])
def test_what_is_written_during_the_deed_stays(
    tmp_path: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two files of a case: what was written stays with the folder around it, and the order has failed."""
    folder = _case(tmp_path)
    unlink = os.unlink

    def interrupted(name: str, *, dir_fd: int) -> None:
        unlink(name, dir_fd=dir_fd)
        if name == "case.json":
            change(folder)

    monkeypatch.setattr(os, "unlink", interrupted)
    receipt = _dispose(tmp_path)
    assert receipt.outcome is Outcome.FAILED
    assert "of 5 files and folders destroyed" in receipt.reason
    left = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}
    assert left >= ({"letters/new.txt"} if change is _add else {"letters/a.txt"})
    assert "case.json" not in left
    assert _sighting(tmp_path).sight is Sight.PRESENT


def test_a_case_that_is_gone_is_told_as_files_are(tmp_path: Path) -> None:
    """Absent at the first attempt is already absent, at a later one ours with grade B."""
    folder = _case(tmp_path)
    found = _record(tmp_path)
    shutil.rmtree(folder)
    order = DisposalOrder(uuid4().hex, found.ref, Action.DESTROY, found.state, 1)
    assert _dispose(tmp_path, order=order).outcome is Outcome.ALREADY_ABSENT
    again = _dispose(tmp_path, order=replace(order, attempt=2))
    assert (again.outcome, again.grade) == (Outcome.DESTROYED, Grade.B)


_NAMES = st.sampled_from(["a", "b", "c.txt", "ü", "\udcff"])
_TREES = st.recursive(st.binary(max_size=4), lambda inner: st.dictionaries(_NAMES, inner, max_size=4), max_leaves=12)


def _lay_out(folder: Path, tree: dict[str, Any]) -> int:
    folder.mkdir(parents=True)
    count = 1
    for name, one in tree.items():
        if isinstance(one, dict):
            count += _lay_out(folder / name, one)
        else:
            (folder / name).write_bytes(one)
            count += 1
    return count


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_NAMES, _TREES, max_size=4))
def test_any_tree_goes_whole_and_every_entry_counts(tmp_path: Path, tree: dict[str, Any]) -> None:
    """Whatever lies in a case, the receipt counts every file and folder, and nothing is left."""
    root = tmp_path / uuid4().hex
    count = _lay_out(root / "cases" / "one", tree)
    receipt = _dispose(root)
    assert (receipt.outcome, sum(int(one) for one in receipt.evidence.values())) == (Outcome.DESTROYED, count)
    assert list((root / "cases").iterdir()) == []
