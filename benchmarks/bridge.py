"""Measures the bridge against `dvc repro`, in one run: no-ops, two branches, and the cost of one change.

python benchmarks/bridge.py [--repeats 5] [--only noop|branches|change|default]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.flow.projects import Project, clean_environment, make_project, stage  # noqa: E402

BIN = Path(sys.executable).parent
MEDGRAFT, DVC = [str(BIN / "medgraft"), "run", "--json"], [str(BIN / "dvc"), "repro", "-q"]


@dataclass(frozen=True)
class Row:
    """One comparison."""

    what: str
    ours: list[float]
    theirs: list[float]
    target: str


def timed(project: Project, command: list[str], **environment: str) -> float:
    """Runs a command as a user would, and gives its seconds."""
    start = time.perf_counter()
    subprocess.run(
        command,
        cwd=project.root,
        env={**clean_environment(environment), "MEDGRAFT_SCHEDULER": environment.get("SCHEDULER", "prefect")},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def alternate(
    repeats: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> tuple[list[float], ...]:
    """Takes turns, so that whatever else the machine does falls on both."""
    pairs = [(ours(), theirs()) for _ in range(repeats)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def noop(folder: Path, repeats: int) -> Iterator[Row]:
    for size in (6, 50, 200):
        lines = ["stages:"]
        for number in range(size):
            needs = [f"out/s{number - 10}.txt"] if number >= 10 else []
            lines += stage(f"s{number}", [f"out/s{number}.txt"], needs, 0, ("beta",))
        project = make_project(folder / f"noop{size}", "\n".join([*lines, ""]))
        timed(project, MEDGRAFT, SCHEDULER="threads")
        timed(project, DVC)
        ours, theirs = alternate(repeats, partial(timed, project, MEDGRAFT), partial(timed, project, DVC))
        yield Row(f"no-op, {size} stages", ours, theirs, "at most 1.0x")


def branches(folder: Path, repeats: int, seconds: float) -> Iterator[Row]:
    lines = ["stages:"]
    for branch in "ab":
        for step in range(3):
            needs = [f"out/{branch}{step - 1}.txt"] if step else []
            lines += stage(f"{branch}{step}", [f"out/{branch}{step}.txt"], needs, seconds)
    project = make_project(folder / "branches", "\n".join([*lines, ""]))

    def fresh(command: list[str]) -> float:
        for name in ("dvc.lock", ".dvc/cache", "out"):
            path = project.root / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return timed(project, command)

    ours, theirs = alternate(repeats, lambda: fresh(MEDGRAFT), lambda: fresh(DVC))
    yield Row(f"two branches of 3 x {seconds:g} s", ours, theirs, "at most 0.65x")


def change(folder: Path, repeats: int) -> Iterator[Row]:
    """One param change in a graph like the default one: 12 stages at once, then three in a row."""
    lines = ["stages:", *stage("prepare", ["out/prepared.d"], [])]
    fits = [f"out/fit{number}.txt" for number in range(12)]
    for number, out in enumerate(fits):
        lines += stage(f"fit{number}", [out], ["out/prepared.d"], 0.5, ("beta",))
    for name, needs in (
        ("select", fits),
        ("evaluate", ["out/select.txt"]),
        ("package", ["out/evaluate.txt"]),
    ):
        lines += stage(name, [f"out/{name}.txt"], needs, 0.5)
    project = make_project(folder / "change", "\n".join([*lines, ""]), "beta: 0\n")
    timed(project, MEDGRAFT, SCHEDULER="threads")
    values = iter(range(1, 10_000))
    shortest = 12 * 0.5 / len(os.sched_getaffinity(0)) + 3 * 0.5

    def changed(**environment: str) -> float:
        (project.root / "params.yaml").write_text(f"beta: {next(values)}\n")
        return timed(project, MEDGRAFT, **environment) - shortest

    with running_server(folder) as url:
        ours = [changed(PREFECT_API_URL=url) for _ in range(repeats)]
    yield Row("one change: overhead, running server", ours, [], "at most 5 s")
    ours = [changed() for _ in range(repeats)]
    yield Row("one change: overhead, embedded server", ours, [], "at most 14 s")
    ours = [changed(SCHEDULER="threads") for _ in range(repeats)]
    yield Row("one change: overhead, without Prefect", ours, [], "")


def default(folder: Path, repeats: int) -> Iterator[Row]:
    """The embedded example itself: what forked stages save, and what a run costs beside its stages."""
    seconds = {}
    for name, preload in (("forked", ""), ("processes", "  preload: []\n")):
        root = folder / name
        subprocess.run(["git", "clone", "-q", str(ROOT), str(root)], check=True)
        with (root / "params.yaml").open("a") as params:
            params.write(preload)
        seconds[name] = timed(Project(root), MEDGRAFT)
    yield Row("default, from nothing: forks, processes", [seconds["forked"]], [seconds["processes"]], "")
    project = Project(folder / "forked")

    def overhead(number: int) -> float:
        start = time.perf_counter()
        edit = ["--set", f"evaluate.resamples={2000 + number}"]
        environment = {**clean_environment(), "MEDGRAFT_SCHEDULER": "prefect"}
        done = subprocess.run(
            [*MEDGRAFT, *edit], cwd=project.root, env=environment, check=True, capture_output=True
        )
        stages = json.loads(done.stdout)["stages"]
        assert [stage["name"] for stage in stages if stage["outcome"] == "ran"] == ["evaluate", "package"]
        computed: float = sum(stage["seconds"] for stage in stages)
        return time.perf_counter() - start - computed

    ours = [overhead(number) for number in range(1, repeats + 1)]
    yield Row("default, one param: overhead, embedded", ours, [], "at most 14 s")


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    import httpx

    port = 8000 + os.getpid() % 1000
    url = f"http://127.0.0.1:{port}/api"
    server = subprocess.Popen(
        [str(BIN / "prefect"), "server", "start", "--port", str(port)],
        env={**clean_environment({"PREFECT_HOME": str(folder / "server"), "DO_NOT_TRACK": "1"})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{url}/health").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


def show(row: Row) -> None:
    ours = statistics.median(row.ours)
    spread = f"{min(row.ours):.2f}-{max(row.ours):.2f}"
    if row.theirs:
        theirs = statistics.median(row.theirs)
        rest = f"{theirs:8.2f}  {ours / theirs:6.2f}x"
    else:
        rest = " " * 17
    print(f"{row.what:<40} {ours:8.2f}  {spread:>13}  {rest}  {row.target}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", choices=["noop", "branches", "change", "default"])
    options = parser.parse_args()
    print(
        f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, medians of {options.repeats}, seconds"
    )
    print(f"{'':<40} {'medgraft':>8}  {'least-most':>13}  {'dvc':>8}  {'ratio':>7}  target")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts: dict[str, Callable[[], Iterator[Row]]] = {
            "noop": lambda: noop(folder, options.repeats),
            "branches": lambda: branches(folder, options.repeats, options.seconds),
            "change": lambda: change(folder, options.repeats),
            "default": lambda: default(folder, options.repeats),
        }
        for part, rows in parts.items():
            if options.only in (None, part):
                for row in rows():
                    show(row)


if __name__ == "__main__":
    main()
