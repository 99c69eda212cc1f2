"""Plants a harmful and a helpful source, and counts the verdicts: exit code 1 if a single one is wrong.

python benchmarks/planted.py [--seeds 20] [--first 0] [--jobs 2]

Each seed draws new images (noisy waves; the class is the diagonal along which they run): a target with
60 labelled training cases and 240 test cases, and two sources of 600 cases. `shuffled` has the labels of
its cases shuffled, `strong` has the target's own task. Both go through every stage from `ingest` to
`evaluate`, with four strategies and the choice on validation; `shuffled` must never be positive,
`strong` always. The contrast of the waves was set on seeds 100 to 104.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.functional.planted import SOURCES, Outcome, run_planted  # noqa: E402


def run_quietly(seed: int) -> list[Outcome]:
    """Runs one seed in a folder of its own, without the stages' progress lines."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(os.devnull).open("w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        return run_planted(Path(folder), seed)


def show(outcome: Outcome) -> None:
    gap = outcome.difference
    interval = f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]"
    print(
        f"{outcome.seed:>4}  {outcome.source:<9} {outcome.strategy:<13} {outcome.selected:.3f}  "
        f"{outcome.scratch:.3f}  {interval}  {outcome.verdict}{'' if outcome.as_planted else '  WRONG'}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    start = time.perf_counter()
    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, {options.jobs} jobs")
    print("seed  source    strategy      AUROC  scratch  difference [95%]          verdict")
    outcomes: list[Outcome] = []
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=spawned) as pool:
        for found in pool.map(run_quietly, range(options.first, options.first + options.seeds)):
            outcomes += found
            for outcome in found:
                show(outcome)
    for source in SOURCES:
        counts = Counter(outcome.verdict for outcome in outcomes if outcome.source == source)
        print(f"{source}: {', '.join(f'{number} {verdict}' for verdict, number in counts.most_common())}")
    print(f"{time.perf_counter() - start:.0f} s")
    return 0 if all(outcome.as_planted for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
