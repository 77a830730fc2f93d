from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retentiond.service.progress import Progress

WITHIN = 10.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time that was set."""
        return self.now


@given(st.lists(st.sampled_from(["pulse", "step", "wait"]), max_size=40), st.booleans())
def test_alive_means_both_moved_lately(acts: list[str], working: bool) -> None:  # noqa: FBT001 - drawn
    """It is alive exactly when the scheduler, and the work where there is any, moved within the time allowed."""
    clock = Clock()
    progress = Progress(clock)
    pulsed = moved = 0.0

    def play() -> None:
        nonlocal pulsed, moved
        for act in acts:
            if act == "pulse":
                progress.pulse()
                pulsed = clock.now
            elif act == "step" and working:
                progress.step()
                moved = clock.now
            else:
                clock.now += 3.0
            silent = clock.now - (min(pulsed, moved) if working else pulsed)
            assert progress.alive(WITHIN) is (silent < WITHIN)

    if working:
        with progress.working():
            play()
    else:
        play()


def test_work_that_ended_badly_is_no_longer_waited_for() -> None:
    """A round that raises leaves nothing behind that could look like a hanging one."""
    clock = Clock()
    progress = Progress(clock)
    with pytest.raises(ZeroDivisionError), progress.working():
        raise ZeroDivisionError
    clock.now = WITHIN - 1
    progress.pulse()
    clock.now += WITHIN - 1
    assert progress.alive(WITHIN)
