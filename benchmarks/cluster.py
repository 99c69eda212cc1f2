"""Measures what a second Dask worker gains `prepare`.

python benchmarks/cluster.py [--cases 1200] [--side 512] [--size 64] [--repeats 2]

Generated PNG images are read, checked and resized: on one thread of this process, then by one
worker and by two, with medgraft's own start of them. Workers have done a shard before the clock starts: their
imports are no part of it, and are told. All bytes must be the same.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from stages import ingest, prepare  # noqa: E402
from stages.components.compute.connection import open_cluster  # noqa: E402
from stages.components.preparation.shards import place  # noqa: E402
from stages.contracts.artifact import read_json  # noqa: E402
from stages.contracts.cluster import parse_cluster  # noqa: E402
from stages.contracts.manifest import Domain, read_manifest  # noqa: E402
from stages.contracts.preparation import PrepareParams  # noqa: E402
from stages.preparing.elsewhere import Origin, origin_of, work  # noqa: E402
from stages.preparing.shard import Shard, ShardPlan  # noqa: E402

PARAMS = "ingest: {target: {adapter: folder}}\n"
SHARDS = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1200)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--size", type=int, default=64, help="where it is the side, nothing is resized")
    parser.add_argument("--repeats", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        origin, plans = _made(args.cases, args.side, args.size)
        sides = f"{args.side}x{args.side} to {args.size}x{args.size}"
        print(f"{args.cases} images, {sides}, {SHARDS} shards; load {os.getloadavg()[0]:.1f}")
        alone, expected = _timed(work(origin, plan) for plan in plans)
        print(f"this process, one thread  {alone:6.1f} s")
        seconds: dict[int, list[float]] = {}
        for workers in (1, 2) * args.repeats:
            start = time.perf_counter()
            with open_cluster(parse_cluster(f"local:{workers}")) as cluster:
                cluster.require_same(origin.sight)
                list(cluster.map(work, origin, plans[:workers] * 2))
                ready = time.perf_counter() - start
                took, found = _timed(cluster.map(work, origin, plans))
            assert found == expected, "the bytes differ"
            seconds.setdefault(workers, []).append(took)
            print(f"{workers} worker(s)               {took:6.1f} s   (ready after {ready:.1f} s)")
        gain = min(seconds[1]) / min(seconds[2])
        print(f"two workers against one: {gain:.2f} times as fast (the best of each)")


def _made(cases: int, side: int, size: int) -> tuple[Origin, list[ShardPlan]]:
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda number: _image(number, side), range(cases)))
    Path("params.yaml").write_text(PARAMS)
    sys.argv = ["ingest", "--domain", "target", "--raw", "raw", "--out", "ingested"]
    ingest.main()
    params = PrepareParams(size=(size, size), shards=SHARDS)
    manifest = read_manifest(Path("ingested/manifest.parquet"))
    index = place(manifest, read_json(Domain, Path("ingested/domain.json")), SHARDS)
    plans = prepare.plans_of(index, manifest["path"])
    return origin_of(Path("raw"), Path("ingested"), None, params), plans


def _image(number: int, side: int) -> None:
    coarse = np.random.default_rng(number).integers(0, 256, (16, 16), dtype=np.uint8)
    file = Path("raw") / ("no", "yes")[number % 2] / f"{number:05d}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC).save(file)


def _timed(shards: Iterable[Shard] | Iterator[Shard]) -> tuple[float, list[str]]:
    start = time.perf_counter()
    digests = [hashlib.sha256(shard.data or b"").hexdigest() for shard in shards]
    return time.perf_counter() - start, digests


if __name__ == "__main__":
    main()
