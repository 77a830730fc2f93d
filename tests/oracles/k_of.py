"""Print the k of each CSV file given, as pycanon computes it. Runs in an environment of its own, which has pycanon."""

from __future__ import annotations

import sys

import pandas as pd  # type: ignore[import-untyped]  # only its own environment has it
from pycanon.anonymity import k_anonymity  # type: ignore[import-not-found]  # likewise

for name in sys.argv[1:]:
    table = pd.read_csv(name, dtype=str, keep_default_na=False)
    print(k_anonymity(table, list(table.columns)))  # noqa: T201 - its answer
