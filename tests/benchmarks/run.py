"""``make bench``: speed and memory beside the plain query, a limit or other programs.

Names of sections after it run only those; ``--page`` puts what the last run wrote into the reference page.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # started as a file: the folder above 'tests' is not on the path yet

from tests.benchmarks.bench import Bench  # noqa: E402 - see above
from tests.benchmarks.page import REPORT, embed, report, took  # noqa: E402 - see above
from tests.benchmarks.sections import SECTIONS  # noqa: E402 - see above
from tests.benchmarks.servers import lacking  # noqa: E402 - see above
from tests.benchmarks.table import Section  # noqa: E402 - see above


def main(names: list[str]) -> int:
    """Run the sections, print each as it is done, and write all to ``build/bench.md``; 1 when a check failed."""
    if names == ["--page"]:
        return embed()
    unknown = set(names) - set(SECTIONS)
    if unknown:
        sys.stderr.write(f"there is no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}\n")
        return 2
    done: dict[str, Section] = {}
    seconds: dict[str, float] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="retentiond-bench-"))
        bench = Bench(Path(folder), stack)
        for name in names or SECTIONS:
            begun = time.perf_counter()
            missing = lacking(name)
            done[name] = Section(f"`{name}`", "", [], missing=missing) if missing else SECTIONS[name](bench)
            seconds[name] = time.perf_counter() - begun
            sys.stdout.write(f"{done[name].markdown()}\n{took(name, seconds[name])}\n\n")
            sys.stdout.flush()
        text = report(done, seconds, bench.started)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    sys.stdout.write("\n## ".join(text.split("\n## ")[:2]) + "\n")
    return 0 if all(one.holds for one in done.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
