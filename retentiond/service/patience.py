"""How often Python's collector of circular garbage looks: the same for every process of the program."""

from __future__ import annotations

import gc


def patient_collector() -> None:
    """Have Python's collector of circular garbage look less often than it does of itself.

    A batch of a thousand records is many thousand small values that form no circles and go by themselves; to look
    through them at every 700th took a seventh of the time of a disposal, and a tenth of that of loading the program.
    """
    gc.set_threshold(10_000, 10, 10)
