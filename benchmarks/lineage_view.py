"""Times `medgraft lineage` on a model of the default graph among many on record, and the report's drawing.

python benchmarks/lineage_view.py [--models 20] [--repeats 5]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.lineage.lock import LockedPath, LockedStage  # noqa: E402
from pipeline.pedigree.graph import make_graph  # noqa: E402
from pipeline.report.pedigree import draw_pedigree  # noqa: E402
from stages.contracts.artifact import write_json  # noqa: E402
from tests.flow.projects import clean_environment  # noqa: E402
from tests.unit.pipeline.pedigree.stages import WEIGHTS, default_stages  # noqa: E402
from tests.unit.pipeline.trace.shelved import make_record, make_root  # noqa: E402

MODULES = tuple(LockedPath(path=f"stages/part{n}.py", md5=f"{n:032x}", size=n) for n in range(60))
"""As many as the longest stage has."""


def stages() -> dict[str, LockedStage]:
    found = default_stages().items()
    return {name: stage.model_copy(update={"deps": (*stage.deps, *MODULES)}) for name, stage in found}


def timed(work: Callable[[], object], repeats: int) -> str:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return f"{statistics.median(times):.2f} s (at most {max(times):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    made_by = stages()
    with tempfile.TemporaryDirectory() as folder:
        root = make_root(Path(folder) / "workspace")
        for number in range(args.models):
            record = make_record({}, f"{number:064x}"[::-1], f"2026-01-01T00:00:{number:06}")
            record = record.model_copy(update={"made_by": made_by})
            write_json(record, root / "lineage/records" / f"{record.identity[:16]}.json")
        size = max(file.stat().st_size for file in (root / "lineage/records").iterdir()) / 1e3
        print(f"{args.models} models on record, {len(made_by)} stages, {size:.0f} kB each")
        for options in ([], ["--json"], ["--mermaid"]):
            command = [sys.executable, "-m", "pipeline", "lineage", *options]
            environment = clean_environment({"PYTHONPATH": str(ROOT)})

            def view(command: list[str] = command, environment: dict[str, str] = environment) -> None:
                subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)

            print(f"medgraft lineage {' '.join(options)}: {timed(view, args.repeats)}; below 1 s")
    anchors = dict.fromkeys(made_by, "made")
    graph = timed(lambda: draw_pedigree(make_graph(made_by, WEIGHTS), anchors), args.repeats)
    print(f"the report's graph: {graph}; below 1 s")


if __name__ == "__main__":
    main()
