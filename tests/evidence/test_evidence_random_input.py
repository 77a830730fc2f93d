from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retentiond.evidence.verify import verify_certificate

CERTIFICATE = "DC-2026-0001.sigstore.json"
OUTCOME, PROPOSED = "manifest-outcome.txt", "manifest-proposal.txt"
NAMES = (
    CERTIFICATE,
    "proposal.sigstore.json",
    "approval-1.sigstore.json",
    "approval-2.sigstore.json",
    "run-started.sigstore.json",
    OUTCOME,
    PROPOSED,
    "trust.json",
)
RELAXED = settings(max_examples=90, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RELAXED
@given(name=st.sampled_from(NAMES), where=st.floats(0, 1, exclude_max=True), to=st.integers(0, 255))
def test_no_byte_can_be_changed(name: str, where: float, to: int, make: Callable[..., Any], tmp_path: Path) -> None:
    """Any one byte changed in any file but the README, and the package does not verify, with pinned keys or without."""
    folder = tmp_path / "DC-2026-0001"
    made = make()
    if not folder.exists():
        made.write(tmp_path)
    good = (folder / name).read_bytes()
    at = int(where * len(good))
    if good[at] == to:
        to = (to + 1) % 256
    try:
        (folder / name).write_bytes(good[:at] + bytes([to]) + good[at + 1 :])
        assert not verify_certificate(folder, made.trust).ok
        assert not verify_certificate(folder, None).ok
    finally:
        (folder / name).write_bytes(good)


@RELAXED
@given(name=st.sampled_from(NAMES), data=st.binary(max_size=400))
def test_random_bytes_never_raise(name: str, data: bytes, make: Callable[..., Any], tmp_path: Path) -> None:
    """Random bytes in place of a file give a failing report and never an exception."""
    folder = tmp_path / "DC-2026-0001"
    made = make()
    if not folder.exists():
        made.write(tmp_path)
    good = (folder / name).read_bytes()
    try:
        (folder / name).write_bytes(data)
        assert not verify_certificate(folder, made.trust).ok
        assert not verify_certificate(folder / name, None).ok
    finally:
        (folder / name).write_bytes(good)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every holder and name of a value within JSON."""
    found: list[tuple[Any, Any]] = []
    for name in value if isinstance(value, dict) else range(len(value)):
        found.append((value, name))
        if isinstance(value[name], dict | list):
            found += places(value[name])
    return found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@RELAXED
@given(data=st.data())
def test_random_json_never_raises(data: st.DataObject, make: Callable[..., Any], tmp_path: Path) -> None:
    """Random JSON in place of any value of a bundle gives a report and never an exception."""
    folder = tmp_path / "DC-2026-0001"
    made = make()
    if not folder.exists():
        made.write(tmp_path)
    good = (folder / CERTIFICATE).read_bytes()
    bundle = json.loads(good)
    holder, name = data.draw(st.sampled_from(places(bundle)))
    new = data.draw(JSON)
    changed = new != holder[name]
    holder[name] = new
    try:
        (folder / CERTIFICATE).write_text(json.dumps(bundle))
        assert verify_certificate(folder, made.trust).ok is not changed
    finally:
        (folder / CERTIFICATE).write_bytes(good)


@settings(RELAXED, max_examples=35)
@given(data=st.data())
def test_random_signed_predicates_never_raise(data: st.DataObject, make: Callable[..., Any], tmp_path: Path) -> None:
    """A signed statement with random JSON in place of any of its values gives a report and never an exception."""
    event = data.draw(st.sampled_from(["certificate", "proposal", "approval_1", "run_started"]))
    small: st.SearchStrategy[Any] = (
        st.integers(-2, 9) | st.text(st.characters(max_codepoint=127), max_size=5) | st.none() | st.just([])
    )

    def lie(statement: Any) -> None:
        holder, name = data.draw(st.sampled_from(places(statement)))
        holder[name] = data.draw(small)

    made = make(**{event: lie})
    shutil.rmtree(tmp_path / "DC-2026-0001", ignore_errors=True)
    assert verify_certificate(made.write(tmp_path), made.trust).steps
