"""``make bench``: speed and memory beside the plain query or a limit. Names of sections after it run only those."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # started as a file: the folder above 'tests' is not on the path yet

from tests.benchmarks.sections import SECTIONS, Bench  # noqa: E402 - see above
from tests.benchmarks.servers import postgresql  # noqa: E402 - see above
from tests.benchmarks.table import Section, page  # noqa: E402 - see above


def main(names: list[str]) -> int:
    """Run the sections, print each as it is done, and write all to ``build/bench.md``; 1 when something failed."""
    unknown = set(names) - set(SECTIONS)
    if unknown:
        sys.stderr.write(f"there is no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}\n")
        return 2
    done: list[Section] = []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="retentiond-bench-"))
        bench = Bench(Path(folder), cache(lambda: stack.enter_context(postgresql())))
        for name in names or SECTIONS:
            done.append(SECTIONS[name](bench))
            sys.stdout.write(done[-1].markdown() + "\n")
            sys.stdout.flush()
    target = ROOT / "build" / "bench.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(page(done))
    return 0 if all(one.holds for one in done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
