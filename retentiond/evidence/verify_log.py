"""Checking a whole exported log: replay every leaf, and hold each event against it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from retentiond.evidence.dsse import Envelope, parse_envelope
from retentiond.evidence.log import body_of, leaf_hash, tree_root
from retentiond.evidence.merkle import Frontier
from retentiond.evidence.replay_keys import KeyReplay
from retentiond.evidence.report import Checks, Report
from retentiond.evidence.schema import Statement, read_statement
from retentiond.evidence.tiles import CHECKPOINT, WIDTH, entries_of, event_path, tile_path, tiles_of
from retentiond.evidence.trust import Trust
from retentiond.evidence.verify_bundle import claim_faults, reason, subject_faults

_MOST_FAULTS = 20
_MOST_CHECKPOINT = 65_536


def verify_log(folder: Path, trust: Trust) -> Report:
    """Check an exported log (C2SP tlog-tiles with ``events/`` beside), memory flat in the number of its entries.

    Args:
        folder: holds ``checkpoint``, ``tile/`` and ``events/``.
        trust: the keys the reader pinned.
    """
    checks = Checks()
    stated = _checkpoint(checks, folder, trust)
    if stated is None:
        checks.skip("The log can be replayed", "there is no checkpoint to hold it against")
        return checks.report()
    replay = _Replay(folder, stated, trust)
    replay.run()
    checks.judge(
        "Replaying every entry gives the log's root",
        replay.tile_faults,
        f"{stated.size} entries, every tile recomputed",
    )
    checks.judge("Every entry has its event", replay.event_faults, "signed by a trusted signer, the same to the byte")
    checks.judge("Every event says where it stands", replay.claim_faults, "index and earlier root are true")
    checks.judge(
        "Every list rests on schedules that people had adopted",
        replay.ground_faults,
        f"{len(replay.adopted)} adoptions, each before the lists that rest on it",
    )
    checks.judge(
        "The certificates follow on from one another",
        replay.chain_faults,
        f"{replay.certificates} issued, numbered without a gap, each naming the one before",
    )
    if replay.keys.made or replay.keys.faults:
        checks.judge(
            "Pseudonym keys are made once, used before their end, and destroyed once",
            replay.keys.faults,
            f"{len(replay.keys.made)} made, {len(replay.keys.ended)} destroyed, each with every certificate under it",
        )
    checks.judge(
        "Every certificate follows a start", replay.run_faults, "each disposal began in the log before it ended"
    )
    title = "Every start has its certificate"
    if replay.open_runs:
        checks.skip(title, f"disposals started without a certificate yet: {len(replay.open_runs)}; ask why")
    else:
        checks.judge(title, (), "no disposal is left open")
    return checks.report()


def _checkpoint(checks: Checks, folder: Path, trust: Trust) -> Checkpoint | None:
    found: Checkpoint | None = None
    faults = []
    try:
        with (folder / CHECKPOINT).open("rb") as file:
            note = file.read(_MOST_CHECKPOINT).decode("utf-8")
        found = parse_checkpoint(note)
        key = trust.log_named(found.origin)
        if key is None:
            faults.append(f"{CHECKPOINT}: it is of a log that is not trusted")
        else:
            verify_checkpoint(note, key.vkey)
    except (OSError, UnicodeDecodeError):
        faults.append(f"{CHECKPOINT}: it is missing or cannot be read")
    except EvidenceRefused as error:
        faults.append(f"{CHECKPOINT}: {reason(error)}")
    checks.judge("The log's state is signed by the log", faults, "the checkpoint is signed by a trusted log")
    return found


class _Replay:
    """One pass over all entries; what is wrong is kept by kind of check, the first of each kind only."""

    def __init__(self, folder: Path, stated: Checkpoint, trust: Trust) -> None:
        self.keys = KeyReplay()
        self.tile_faults: list[str] = []
        self.event_faults: list[str] = []
        self.claim_faults: list[str] = []
        self.ground_faults: list[str] = []
        self.chain_faults: list[str] = []
        self.run_faults: list[str] = []
        self.certificates = 0
        self.adopted: dict[int, str] = {}
        """Index of each adoption to the digest of the schedule that was adopted."""
        self.open_runs: set[int] = set()
        self._folder, self._stated, self._trust = folder, stated, trust
        self._previous: str | None = None

    def run(self) -> None:
        """Replay the log."""
        log = Frontier()
        for body in self._entries():
            self._event(log, body)
            log = log.append(leaf_hash(body))
            if len(self.tile_faults) + len(self.event_faults) > _MOST_FAULTS:
                break
        if (log.size, log.root()) != (self._stated.size, self._stated.root):
            self.tile_faults.append("tile/entries: its entries do not give the root the checkpoint states")
        if (self._folder / event_path(self._stated.size)).exists():
            self.event_faults.append(f"{event_path(self._stated.size)}: the log has no such entry")

    def _read(self, path: str, faults: list[str]) -> bytes | None:
        try:
            return (self._folder / path).read_bytes()
        except OSError:
            faults.append(f"{path}: it is missing or cannot be read")
            return None

    def _entries(self) -> Iterator[bytes]:
        """Yield every entry, and hold the tiles of hashes against them on the way."""
        pending: list[list[bytes]] = [[]]
        for number, width in tiles_of(0, self._stated.size):
            path = tile_path("entries", number, width)
            tile = self._read(path, self.tile_faults)
            try:
                bodies = [] if tile is None else entries_of(tile, path)
            except EvidenceRefused as error:
                bodies = []
                self.tile_faults.append(f"{path}: {reason(error)}")
            if len(bodies) != width:
                self.tile_faults.append(f"{path}: it does not hold {width} entries")
                return
            self._tile(pending, 0, number, [leaf_hash(one) for one in bodies])
            yield from bodies
        for level, hashes in enumerate(pending):
            if level and hashes:
                self._tile(pending, level, (self._stated.size >> (8 * level)) // WIDTH, hashes)

    def _tile(self, pending: list[list[bytes]], level: int, number: int, hashes: list[bytes]) -> None:
        path = tile_path(level, number, len(hashes))
        tile = self._read(path, self.tile_faults)
        if tile is not None and tile != b"".join(hashes):
            self.tile_faults.append(f"{path}: its hashes are not those of the entries")
        if len(hashes) == WIDTH:
            if len(pending) == level + 1:
                pending.append([])
            pending[level + 1].append(tree_root(hashes))
            if len(pending[level + 1]) == WIDTH:
                full, pending[level + 1] = pending[level + 1], []
                self._tile(pending, level + 1, number // WIDTH, full)

    def _event(self, log: Frontier, body: bytes) -> None:
        path = event_path(log.size)
        data = self._read(path, self.event_faults)
        if data is None:
            return
        try:
            envelope = parse_envelope(data, path)
            key = self._trust.signer_with(envelope.key_id)
            if key is None or not envelope.is_signed_by(key):
                self.event_faults.append(f"{path}: it is not signed by a trusted signer")
            elif body_of(envelope, key) != body:
                self.event_faults.append(f"{path}: it is not the event of its log entry")
            statement = read_statement(envelope.payload, path)
        except EvidenceRefused as error:
            self.event_faults.append(f"{path}: {reason(error)}")
            return
        self.claim_faults.extend(claim_faults(path, statement, log.size, log, self._stated.origin))
        self.claim_faults.extend(subject_faults(path, statement))
        self._follow(path, envelope, statement, log.size)

    def _follow(self, path: str, envelope: Envelope, statement: Statement, index: int) -> None:
        says = statement.predicate
        if statement.kind == "schedule-adopted":
            self.adopted[index] = says["digest"]
        if statement.kind == "proposal":
            for one in says["schedules"]:
                if self.adopted.get(one["log_index"]) != one["digest"]:
                    self.ground_faults.append(f"{path}: no entry before it says that people adopted its schedule")
        if statement.kind == "run-started":
            self.open_runs.add(index)
        self.keys.follow(path, statement, sha256(envelope.payload).hexdigest(), index)
        if statement.kind != "destruction-certificate":
            return
        self.certificates += 1
        if says["sequence"] != self.certificates or says["previous_certificate"]["sha256"] != self._previous:
            self.chain_faults.append(f"{path}: certificate {says['certificate_no']} does not follow the one before it")
        self._previous = sha256(envelope.payload).hexdigest()
        started = says["run_started"]["log_index"]
        if started not in self.open_runs:
            self.run_faults.append(
                f"{path}: certificate {says['certificate_no']} names a start that is not there, or has its certificate"
            )
        self.open_runs.discard(started)
