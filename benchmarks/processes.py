"""Measures what a second process gains a training that both share.

python benchmarks/processes.py [--cases 512] [--side 64] [--epochs 2]

A ResNet-18 on generated images, in fp32, by one process with one thread, by two with one thread each, as
`torchrun` starts them, and by one with two threads. Timed is the training alone, after an epoch to warm up.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

WAYS = ((1, 1), (2, 1), (1, 2))
"""Processes, and threads of each."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=512)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--member", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.member:
        measure(args.cases, args.side, args.epochs, args.member)
        return
    words = [f"--{name}={getattr(args, name)}" for name in ("cases", "side", "epochs")]
    print(f"{args.cases} images of {args.side}x{args.side}, {args.epochs} epochs, {os.cpu_count()} cores")
    took = {}
    for processes, threads in WAYS:
        start = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
        line = [sys.executable, "-m", *start, __file__, *words, f"--member={threads}"]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        done = subprocess.run(line, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        took[processes, threads] = float(done.stdout.split()[-1])
        load = os.getloadavg()[0]
        seconds = f"{took[processes, threads]:6.1f} s"
        print(f"{processes} process(es) of {threads} thread(s) {seconds}   load {load:.1f}", flush=True)
    alone = took[1, 1]
    print(f"two processes {alone / took[2, 1]:.2f} times, two threads {alone / took[1, 2]:.2f} times as fast")


def measure(cases: int, side: int, epochs: int, threads: int) -> None:
    import numpy as np
    import pandas as pd

    from stages.components.compute.device import choose_device
    from stages.components.compute.processes import joined
    from stages.components.networks.normalisation import build_fitted
    from stages.components.training.optimisation import Pace
    from stages.components.training.training import fit
    from stages.contracts.description import describe_network
    from stages.contracts.network import NetworkParams
    from stages.contracts.preparation import Preparation, PrepareParams
    from stages.contracts.prepared import PreparedCases
    from stages.contracts.recipe import Recipe

    with joined() as processes:
        draws = np.random.default_rng(0)
        images = draws.integers(0, 256, (cases, 1, side, side), dtype=np.uint8)
        index = pd.DataFrame({"label": np.arange(cases) % 2, "split": "train"})
        preparation = Preparation(
            domain="made",
            adapter="folder",
            classes=("no", "yes"),
            patients_known=True,
            params=PrepareParams(size=(side, side)),
        )
        training = PreparedCases(index, images, preparation)
        spec = describe_network(NetworkParams(name="resnet18"), preparation, None)
        network = build_fitted(spec, training, 0)
        device = choose_device("fp32", threads, network)
        times: list[float] = []
        fit(
            network,
            training,
            training.only("val"),
            Recipe(epochs=epochs + 1, batch_size=64, precision="fp32", threads=threads),
            pace=Pace(),
            device=device,
            seed=0,
            report=lambda *_: times.append(time.perf_counter()),
        )
    if processes.first:
        print(times[-1] - times[0])


if __name__ == "__main__":
    main()
