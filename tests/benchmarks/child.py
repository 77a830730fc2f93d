"""The process in which one piece of work is measured: ``python -m tests.benchmarks.child MODULE:FUNCTION JSON``."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from retentiond.service.patience import patient_collector
from tests.benchmarks.measuring import answer

if __name__ == "__main__":
    patient_collector()  # as the program has it, for every way that is written in Python
    module, _, function = sys.argv[1].partition(":")
    work = getattr(import_module(f"tests.benchmarks.{module}"), function)
    sys.stdout.write(answer(work(**json.loads(sys.argv[2]))))
