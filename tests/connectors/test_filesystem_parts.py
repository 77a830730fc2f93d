"""Files and folders on a share that are parts of cases in another store."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from retentiond.connectors.document_kinds import ASTRAY, PART
from retentiond.connectors.filesystem import FilesystemConnector
from retentiond.connectors.interface import Role
from retentiond.domain.definitions import Definition, KindOfRecord
from retentiond.domain.errors import ConfigurationRefused
from retentiond.domain.orders import DisposalOrder, Outcome
from retentiond.domain.records import Record, RecordRef, StateToken
from retentiond.domain.schedule import Action
from tests.connectors.letters import all_clear


def _share(root: Path, *kinds: KindOfRecord, role: Role = Role.SCAN) -> FilesystemConnector:
    return FilesystemConnector(
        Definition("share", "filesystem", "GB", kinds, "0" * 64, options={"root": str(root)}), role=role
    )


def _part(name: str, prefix: str, folders: int = 0) -> KindOfRecord:
    return KindOfRecord(name, (), (), prefix=prefix, folders=folders)


def _fetched(store: FilesystemConnector, key: str) -> Record | None:
    return store.fetch([RecordRef("share", PART, key)]).get(RecordRef("share", PART, key))


@pytest.mark.parametrize("key", ["letters/a.txt", "/srv/cases/a.txt", "cases/../a.txt", "cases/folder", "cases/pipe"])
def test_a_part_that_is_not_looked_at_is_not_called_absent(tmp_path: Path, key: str) -> None:
    """A case whose document lies elsewhere, is named by another root, or is a folder, is not destroyed without it."""
    (tmp_path / "cases" / "folder").mkdir(parents=True)
    (tmp_path / "cases" / "pipe").symlink_to(tmp_path)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("letter")
    found = _fetched(_share(tmp_path, _part("scan", "cases/")), key)
    assert found is not None
    assert found.blockers == (ASTRAY,)


def test_a_part_that_is_gone_is_absent(tmp_path: Path) -> None:
    """Where nothing at all stands under a key of the kind, there is nothing to leave behind."""
    (tmp_path / "cases").mkdir()
    assert _fetched(_share(tmp_path, _part("scan", "cases/")), "cases/1/gone.txt") is None


def test_what_lies_between_the_prefixes_of_parts_is_no_part(tmp_path: Path) -> None:
    """Two kinds of parts have what their prefixes name; what else begins as both of them do is left alone."""
    for name in ("docs/letters/a", "docs/minutes/a", "docs/scans/a"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name)
    kinds = (_part("letter", "docs/letters/"), _part("scan", "docs/scans/"))
    minutes = RecordRef("share", PART, "docs/minutes/a")
    with _share(tmp_path, *kinds, role=Role.DISPOSE) as store:
        found = {key: _fetched(store, f"docs/{key}/a") for key in ("letters", "minutes", "scans")}
        assert {key: one.blockers for key, one in found.items() if one} == {
            "letters": (),
            "minutes": (ASTRAY,),
            "scans": (),
        }
        for state in (StateToken(ASTRAY), StateToken("")):
            (receipt,) = store.dispose([DisposalOrder(uuid4().hex, minutes, Action.DESTROY, state, 1)], all_clear)
            assert (receipt.outcome, receipt.reason) == (Outcome.FAILED, "its key is not of this kind")
    assert (tmp_path / "docs" / "minutes" / "a").exists()


def test_folders_can_be_parts(tmp_path: Path) -> None:
    """A case whose row names its folder takes the whole folder with it, whatever the kind is called there."""
    (tmp_path / "cases" / "17").mkdir(parents=True)
    (tmp_path / "cases" / "17" / "a.txt").write_text("letter")
    kind = _part("case-folder", "cases/", folders=1)
    with _share(tmp_path, kind, role=Role.DISPOSE) as store:
        found = _fetched(store, "cases/17")
        assert found is not None
        assert found.blockers == ()
        order = DisposalOrder(uuid4().hex, found.ref, Action.DESTROY, found.state, 1)
        (receipt,) = store.dispose([order], all_clear)
    assert (receipt.outcome, receipt.evidence) == (Outcome.DESTROYED, {"files": 1, "folders": 1})
    assert not (tmp_path / "cases" / "17").exists()


def test_parts_that_may_be_files_or_folders_are_refused(tmp_path: Path) -> None:
    """Among several kinds of parts a key does not tell whether it names a file or a folder, or how deep it lies."""
    with pytest.raises(ConfigurationRefused, match="what a case's key names cannot be told"):
        _share(tmp_path, _part("case-folder", "cases/", folders=1), _part("scan", "scans/"))
