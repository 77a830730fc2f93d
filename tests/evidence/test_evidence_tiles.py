from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.log import Frontier, leaf_hash, tree_root
from retentiond.evidence.predicates import hold_changed
from retentiond.evidence.report import Report
from retentiond.evidence.tiles import entries_of, tile_name, tile_path, tiles_of, write_tiles
from retentiond.evidence.trust import Trust
from retentiond.evidence.verify import verify_log


def failures(report: Report) -> str:
    """Return the details of all failed steps."""
    return "\n".join(step.detail for step in report.steps if step.ok is False)


def export(made: Any, folder: Path) -> Path:
    """Write a log's directory."""
    write_tiles(folder, made.bodies, made.checkpoint, events=made.envelopes)
    return folder


def test_tile_names() -> None:
    """Tiles are named as C2SP tlog-tiles says."""
    assert tile_name(5) == "005"
    assert tile_name(1234067) == "x001/x234/067"
    assert tile_path(0, 273, 256) == "tile/0/273"
    assert tile_path("entries", 1000, 7) == "tile/entries/x001/000.p/7"
    assert list(tiles_of(0, 70000))[-1] == (273, 112)
    assert list(tiles_of(1, 70000))[-1] == (1, 17)
    assert list(tiles_of(2, 70000)) == [(0, 1)]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
def test_tiles_hold_the_tree(size: int, make: Callable[..., Any], tmp_path: Path) -> None:
    """Entry tiles hold the leaves, hash tiles the hashes of each level, at full and partial widths."""
    bodies = [b"leaf %d" % at for at in range(size)]
    hashes = [leaf_hash(one) for one in bodies]
    write_tiles(tmp_path, iter(bodies), make().log.sign_checkpoint(size, tree_root(hashes)))
    read = [
        one
        for tile in tiles_of(0, size)
        for one in entries_of((tmp_path / tile_path("entries", *tile)).read_bytes(), "")
    ]
    assert read == bodies
    level = 0
    while hashes:
        tiles = b"".join((tmp_path / tile_path(level, *tile)).read_bytes() for tile in tiles_of(level, size))
        assert tiles == b"".join(hashes)
        hashes = [tree_root(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        level += 1
    files = {str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file()}
    expected = {tile_path("entries", *tile) for tile in tiles_of(0, size)} | {"checkpoint"}
    expected |= {tile_path(at, *tile) for at in range(level) for tile in tiles_of(at, size)}
    assert files == expected


def test_a_wrong_checkpoint_is_not_exported(make: Callable[..., Any], tmp_path: Path) -> None:
    """Leaves the checkpoint does not state, and entries too long for a tile, are refused."""
    made = make()
    with pytest.raises(EvidenceRefused, match="not the ones the checkpoint states"):
        write_tiles(tmp_path, made.bodies[:-1], made.checkpoint)
    assert not (tmp_path / "checkpoint").exists()
    with pytest.raises(EvidenceRefused, match="65,535"):
        write_tiles(tmp_path, [b"x" * 65_536], made.checkpoint)


def test_an_honest_log_verifies(make: Callable[..., Any], tmp_path: Path) -> None:
    """An honest log passes every check."""
    made = make()
    report = verify_log(export(made, tmp_path), made.trust)
    assert failures(report) == ""
    assert report.ok
    assert report.warnings == ()


def test_a_long_log_verifies(make: Callable[..., Any], tmp_path: Path) -> None:
    """A log of more than one tile passes, and a change in a tile of its second level is found."""
    made = make()
    for _ in range(600):
        proof = sha256(str(made.frontier.size).encode()).hexdigest()
        made.add(
            "hold-changed",
            ("hold-register", proof),
            hold_changed(
                made.common(),
                hold="H-1",
                change="placed",
                scope_commitment=proof,
                register_digest=proof,
                register_count=1,
            ),
        )
    report = verify_log(export(made, tmp_path), made.trust)
    assert failures(report) == ""
    upper = tmp_path / tile_path(1, 0, 2)
    upper.write_bytes(bytes(64))
    assert "tile/1/000.p/2: its hashes are not those" in failures(verify_log(tmp_path, made.trust))


def rewrite(path: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """Change the bytes of one file."""
    return lambda folder: (folder / path).write_bytes(change((folder / path).read_bytes()))


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "no checkpoint": (lambda at: (at / "checkpoint").unlink(), "checkpoint: it is missing"),
    "checkpoint changed": (
        rewrite("checkpoint", lambda one: one.replace(b"\n7\n", b"\n6\n")),
        "not signed by the trusted",
    ),
    "checkpoint no text": (rewrite("checkpoint", lambda _: b"\xff"), "checkpoint: it is missing or cannot be read"),
    "checkpoint no note": (rewrite("checkpoint", lambda _: b"x"), "checkpoint: it is not a C2SP checkpoint"),
    "entries gone": (lambda at: shutil.rmtree(at / "tile/entries"), "tile/entries/000.p/7: it is missing"),
    "entry changed": (
        rewrite("tile/entries/000.p/7", lambda one: one[:9] + b"X" + one[10:]),
        "tile/0/000.p/7: its hashes are not those of the entries",
    ),
    "entry cut": (rewrite("tile/entries/000.p/7", lambda one: one[:-1]), "its last entry is cut short"),
    "hashes gone": (lambda at: shutil.rmtree(at / "tile/0"), "tile/0/000.p/7: it is missing"),
    "event gone": (lambda at: (at / "events/1.dsse.json").unlink(), "events/1.dsse.json: it is missing"),
    "events swapped": (
        lambda at: shutil.copy(at / "events/1.dsse.json", at / "events/0.dsse.json"),
        "events/0.dsse.json: it is not the event of its log entry",
    ),
    "event changed": (
        rewrite("events/0.dsse.json", lambda one: one.replace(b'"payload":"ey', b'"payload":"fy')),
        "events/0.dsse.json: it is not signed by a trusted signer",
    ),
    "event no JSON": (rewrite("events/0.dsse.json", lambda _: b"x"), "events/0.dsse.json: it is not JSON"),
    "event too many": (
        lambda at: shutil.copy(at / "events/6.dsse.json", at / "events/7.dsse.json"),
        "events/7.dsse.json: the log has no such entry",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_changed_log_is_found(case: str, make: Callable[..., Any], tmp_path: Path) -> None:
    """Each way of changing a log's directory fails, and the report names the file."""
    change, expected = BAD[case]
    made = make()
    change(export(made, tmp_path))
    report = verify_log(tmp_path, made.trust)
    assert not report.ok
    assert expected in failures(report)


@pytest.mark.parametrize(
    "lie",
    [{"digest": "0" * 64}, {"log_index": 1}, {"log_index": None}],
    ids=["other bytes", "other entry", "no entry"],
)
def test_a_list_rests_on_a_schedule_that_was_adopted(
    lie: dict[str, Any], make: Callable[..., Any], tmp_path: Path
) -> None:
    """A proposal whose schedule no earlier entry says was adopted, in these very bytes, fails."""
    made = make(proposal=lambda one: one["predicate"]["schedules"][0].update(lie))
    export(made, tmp_path)
    report = verify_log(tmp_path, made.trust)
    assert "events/2.dsse.json: no entry before it says that people adopted its schedule" in failures(report)


def test_an_untrusted_log_is_refused(make: Callable[..., Any], tmp_path: Path) -> None:
    """A log whose key, or whose signer, is not pinned fails."""
    made = make()
    export(made, tmp_path)
    assert "not trusted" in failures(verify_log(tmp_path, Trust((), made.trust.signers)))
    assert "not signed by a trusted signer" in failures(verify_log(tmp_path, Trust(made.trust.logs, ())))


def test_a_broken_chain_of_certificates_is_found(make: Callable[..., Any], tmp_path: Path) -> None:
    """A certificate that skips a number, or names a start that is not there, is found by replay."""
    made = make(certificate=lambda one: one["predicate"].update(sequence=2))
    assert "does not follow the one before it" in failures(verify_log(export(made, tmp_path / "a"), made.trust))
    made = make(certificate=lambda one: one["predicate"].update(run_started={"log_index": 4}))
    report = verify_log(export(made, tmp_path / "b"), made.trust)
    assert "names a start that is not there" in failures(report)
    assert [step.title for step in report.warnings] == ["Every start has its certificate"]


def test_false_claims_are_found(make: Callable[..., Any], tmp_path: Path) -> None:
    """An event that states another log before it than there was is found by replay."""
    made = make(approval_1=lambda one: one["predicate"]["log"]["prior"].update(root="0" * 64))
    found = failures(verify_log(export(made, tmp_path), made.trust))
    assert "events/3.dsse.json: what it says of the log before it is not what the log was" in found


def test_an_empty_log(make: Callable[..., Any], tmp_path: Path) -> None:
    """A log without entries is sound."""
    made = make()
    write_tiles(tmp_path, [], made.log.sign_checkpoint(0, Frontier().root()))
    assert verify_log(tmp_path, made.trust).ok
