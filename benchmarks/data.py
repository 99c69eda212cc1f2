"""Measures what a change of 1 and of 100 cases costs, against a full run and against a whole-folder stage.

python benchmarks/data.py [--cases 10000 100000] [--repeats 3]

Each size is a project of its own with generated 64x64 PNG images in two classes. `own cpu` and `own wall`
are the time of ingest and prepare themselves, imports aside, by the processor's clock and by that on the
wall: where the machine does other things besides, the first says more. `command` is all of `medgraft run`
on the wall, with process starts, the plan and DVC's bookkeeping. `of full` is the share of the full run.
It is taken round by round, each of which begins with a full run, as the machine's speed may change.
The peer is a conventional DVC stage that reads the whole folder again with MONAI, run by `dvc repro`.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.flow.projects import clean_environment  # noqa: E402

BIN = Path(sys.executable).parent
RAW = Path("data/raw/target")
PARAMS = """\
grid: {domains: [target], trained: [], imported: [], sources: [], strategies: [], seeds: [],
  budgets: [], searched: []}
ingest:
  target: {adapter: folder}
prepare:
  target: {size: [64, 64]}
"""
WHOLE = """\
import numpy as np, pathlib
from monai.transforms import Compose, EnsureType, LoadImage, Resize
read = Compose([LoadImage(image_only=True, ensure_channel_first=True), Resize((64, 64)), EnsureType("numpy")])
files = sorted(pathlib.Path("data/raw/target").rglob("*.png"))
np.save("whole.npy", np.stack([read(file).astype(np.uint8) for file in files]))
"""


@dataclass(frozen=True)
class Cost:
    """What one run took: seconds, cases, new bytes in the cache, peak GB of the largest process."""

    command: float
    processor: float
    wall: float
    looked_at: int
    prepared: int
    stored: int
    memory: float


def draw(root: Path, number: int, seed: int = 0) -> None:
    """Writes a case: a smooth random picture, so that no two are near-duplicates."""
    draws = np.random.default_rng((seed, number))
    coarse = Image.fromarray(draws.integers(0, 256, (12, 12), dtype=np.uint8))
    file = root / RAW / ("no", "yes")[number % 2] / f"{number:06d}.png"
    coarse.resize((64, 64), Image.Resampling.BICUBIC).save(file)


def make_project(root: Path, cases: int) -> None:
    for name in ("no", "yes"):
        (root / RAW / name).mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(draw, root), range(cases), chunksize=500))
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run([str(BIN / "dvc"), "init", "-q"], cwd=root, check=True, env=clean_environment())
    graph = (ROOT / "dvc.yaml").read_text()
    blocks = [re.search(rf"^  {name}:\n(?:    .*\n)+", graph, re.MULTILINE) for name in ("ingest", "prepare")]
    (root / "dvc.yaml").write_text("stages:\n" + "".join(block[0] for block in blocks if block))
    (root / "params.yaml").write_text(PARAMS)
    (root / ".dvcignore").write_text("__pycache__/\n")
    ignored = shutil.ignore_patterns("__pycache__", "__main__.py")
    shutil.copytree(ROOT / "stages", root / "stages", ignore=ignored)


def timed(root: Path, *command: str) -> tuple[float, float, str]:
    """Gives seconds, peak GB of the largest process, and what was logged."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"  # the peer's stage starts `python`
    environment = clean_environment({"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PATH": path})
    with tempfile.TemporaryFile("w+") as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=log, text=True
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        log.seek(0)
        text = log.read()
    if status:
        raise SystemExit(text)
    return seconds, usage.ru_maxrss / 1e6, text


def run(root: Path) -> Cost:
    """Runs `medgraft run` as a user would, without Prefect's start."""
    before = stored(root)
    seconds, memory, log = timed(root, sys.executable, "-m", "pipeline", "run")
    counts = [int(number) for number in re.findall(r"target: (\d+) (?:looked at|prepared)", log)]
    own = re.findall(r"in (\S+) s \((\S+) s of processor time\)$", log, re.MULTILINE)
    wall, processor = (sum(map(float, column)) for column in zip(*own, strict=True))
    return Cost(seconds, processor, wall, counts[0], counts[1], stored(root) - before, memory)


def stored(root: Path) -> int:
    return sum(file.stat().st_size for file in (root / ".dvc/cache/files").rglob("*") if file.is_file())


def change(root: Path, cases: int, changed: int, seed: int) -> Cost:
    """Redraws cases in place, and runs."""
    for number in np.random.default_rng(seed).choice(cases, changed, replace=False):
        draw(root, int(number), seed)
    return run(root)


def whole_folder(root: Path, repeats: int) -> tuple[float, list[float]]:
    """The peer: a stage that reads everything again; seconds from nothing, and after one change."""
    peer = root.with_name(f"{root.name}-peer")
    peer.mkdir()
    shutil.copytree(root / "data", peer / "data")
    subprocess.run(["git", "init", "-q", str(peer)], check=True)
    subprocess.run([str(BIN / "dvc"), "init", "-q"], cwd=peer, check=True, env=clean_environment())
    (peer / "whole.py").write_text(WHOLE)
    (peer / "dvc.yaml").write_text(
        f"stages:\n  whole:\n    cmd: python whole.py\n    deps: [whole.py, {RAW}]\n    outs: [whole.npy]\n"
    )
    full = timed(peer, str(BIN / "dvc"), "repro", "-q")[0]
    seconds = []
    for seed in range(repeats):
        draw(peer, 0, 1000 + seed)
        seconds.append(timed(peer, str(BIN / "dvc"), "repro", "-q")[0])
    shutil.rmtree(peer)
    return full, seconds


TIMES = ("own cpu", "own wall", "command")
COLUMNS = ("looked", "prepd", *(name for clock in TIMES for name in (clock, "of full")), "stored", "memory")


def show(what: str, full: list[Cost], costs: list[Cost]) -> None:
    times = []
    for clock in ("processor", "wall", "command"):
        seconds = [getattr(cost, clock) for cost in costs]
        shares = [getattr(whole, clock) / part for whole, part in zip(full, seconds, strict=True)]
        times.append(f"{statistics.median(seconds):9.2f} {f'1/{statistics.median(shares):.1f}':>9}")
    megabytes = statistics.median(cost.stored for cost in costs) / 1e6
    print(
        f"{what:<20} {costs[0].looked_at:9,} {costs[0].prepared:9,} {' '.join(times)}"
        f" {megabytes:9.1f} {max(cost.memory for cost in costs):9.2f}",
        flush=True,
    )


def measure_once(root: Path, cases: int, number: int) -> dict[str, Cost]:
    """Measures a run from nothing, and then what changes cost: the machine is as fast for all of them."""
    for made in ("artifacts", ".dvc/cache", ".medgraft"):
        shutil.rmtree(root / made, ignore_errors=True)
    (root / "dvc.lock").unlink(missing_ok=True)
    costs = {"full": run(root)}
    costs |= {
        f"{changed} changed": change(root, cases, changed, 10 * changed + number) for changed in (1, 100)
    }
    draw(root, cases + number, 5)
    return costs | {"1 added": run(root)}


def measure(folder: Path, cases: int, repeats: int) -> None:
    root = folder / f"cases-{cases}"
    make_project(root, cases)
    rounds = [measure_once(root, cases, number) for number in range(repeats)]
    for what in rounds[0]:
        show(f"{cases:,}: {what}", [costs["full"] for costs in rounds], [costs[what] for costs in rounds])
    shard = max(file.stat().st_size for file in (root / "artifacts/prepared/target").glob("shard-*"))
    print(f"{'one shard':<20} {shard / 1e6:.1f} MB")
    peer, after = whole_folder(root, repeats)
    print(f"{'whole-folder stage':<20} full {peer:.2f} s, after one change {statistics.median(after):.2f} s")
    shutil.rmtree(root)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    print(f"{platform.machine()}, {cores} cores, medians of {options.repeats}, seconds, MB, GB")
    print(f"{'':<20}", *(f"{column:>9}" for column in COLUMNS))
    with tempfile.TemporaryDirectory() as name:
        for cases in options.cases:
            measure(Path(name), cases, options.repeats)


if __name__ == "__main__":
    main()
