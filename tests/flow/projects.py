"""Projects made for a test: a git and DVC repository with a generated pipeline of tiny stages."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.logbook import Logbook
from pipeline.outcome import RunReport
from pipeline.run import RunRequest, RunResult, run_pipeline

WORK = Path(__file__).with_name("work.py")
PYTHON = "python -S work.py"


@dataclass(frozen=True)
class Project:
    """A workspace under test, driven in this process or as a user would."""

    root: Path

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.root / name.replace("__", ".")).write_text(textwrap.dedent(text))

    def run(
        self, *stages: str, forced: tuple[str, ...] = (), edits: tuple[str, ...] = (), jobs: int = 4
    ) -> RunResult:
        return run_pipeline(self.root, RunRequest(stages, edits, forced, jobs), Logbook())

    def report(self, *stages: str) -> RunReport:
        return self.run(*stages).report

    def outcomes(self, *stages: str) -> dict[str, str]:
        return {stage.name: stage.outcome for stage in self.report(*stages).stages}

    def repro(self) -> list[str]:
        """Runs `dvc repro` in this process, and gives the stages it ran."""
        from dvc.repo import Repo

        with Repo(str(self.root)) as repo:
            return [stage.addressing for stage in repo.reproduce()]

    def lock(self) -> bytes:
        return (self.root / "dvc.lock").read_bytes()

    def forget(self) -> None:
        """Goes back to before the first run."""
        for name in ("dvc.lock", ".dvc/cache", ".dvc/tmp", "out", ".medgraft"):
            path = self.root / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def ran(self) -> list[str]:
        """The stages whose command was started since the last call."""
        log = self.root / "ran.log"
        names = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        return sorted(names)

    def hashes(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted((self.root / "out").rglob("*"))
            if path.is_file() and path.name != ".gitignore"
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments],
            cwd=self.root,
            env=clean_environment(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def medgraft(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=270)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def clean_environment(more: Mapping[str, str] = {}) -> dict[str, str]:
    """The environment of a user who has set nothing; without Prefect unless a test asks for it."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PREFECT_", "DVC_", "MEDGRAFT_"))
    }
    return {**kept, "MEDGRAFT_SCHEDULER": "threads", "COLUMNS": "200", **more}


def make_project(root: Path, dvc_yaml: str, params: str = "") -> Project:
    root.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text("[core]\n    analytics = false\n    check_update = false\n")
    (root / ".dvcignore").write_text("")
    shutil.copy(WORK, root / "work.py")
    project = Project(root)
    project.write(dvc__yaml=dvc_yaml, params__yaml=params or "beta: 1\n")
    return project


def two_branches(seconds: float) -> str:
    """Two independent chains of three stages."""
    lines = ["stages:"]
    for branch in "ab":
        for step in range(3):
            lines += stage(
                f"{branch}{step}",
                [f"out/{branch}{step}.txt"],
                [f"out/{branch}{step - 1}.txt"] if step else [],
                seconds,
            )
    return "\n".join(lines) + "\n"


def stage(
    name: str, outs: list[str], deps: list[str], seconds: float = 0.0, params: tuple[str, ...] = ()
) -> list[str]:
    """The lines of one stage in dvc.yaml."""
    words = [PYTHON, name]
    words += ["--sleep", str(seconds)] if seconds else []
    words += ["--param", *(param.split(".")[-1] for param in params)] if params else []
    words += ["--out", *outs, *(["--dep", *deps] if deps else [])]
    lines = [
        f"  {name}:",
        f"    cmd: {' '.join(words)}",
        "    deps:",
        "    - work.py",
        *(f"    - {dep}" for dep in deps),
    ]
    if params:
        lines += ["    params:", *(f"    - {param}" for param in params)]
    plain = [out for out in outs if out.endswith((".txt", ".d"))]
    lines += ["    outs:", *(f"    - {out}" for out in plain)] if plain else []
    metrics = [out for out in outs if out.endswith(".json")]
    lines += ["    metrics:", *(f"    - {out}:\n        cache: false" for out in metrics)] if metrics else []
    plots = [out for out in outs if out.endswith(".csv")]
    lines += ["    plots:", *(f"    - {out}:\n        x: epoch" for out in plots)] if plots else []
    return lines


def random_graph(seed: int, size: int = 30) -> tuple[str, str]:
    """A random dvc.yaml, with foreach, matrix, folders, metrics and plots, and its params.yaml."""
    dice = random.Random(seed)
    lines = ["stages:"]
    made: list[str] = []
    for number in range(size - 7):
        outs = [f"out/s{number}{dice.choice(['.txt', '.d'])}"]
        outs += [f"out/s{number}.json"] if dice.random() < 0.3 else []
        outs += [f"out/s{number}.csv"] if dice.random() < 0.3 else []
        deps = dice.sample(made, min(len(made), dice.randint(0, 3)))
        params = tuple(dice.sample(["alpha.a1", "alpha.a2", "beta"], dice.randint(0, 2)))
        lines += stage(f"s{number}", outs, deps, 0, params)
        made += outs
    shared = dice.sample(made, 2)
    lines += _grid("each", "foreach: ${names}", "${item}", shared)
    lines += _grid("grid", "matrix:\n      x: ${names}\n      y: [1, 2]", "${item.x}-${item.y}", shared)
    order = lines[:1] + _shuffled(lines[1:], dice)
    values = f"# a comment that stays\nalpha:\n  a1: {dice.random():.6f}\n  a2: 1e-05\nbeta: true\n"
    return "\n".join(order) + "\n", values + "names: [p, q]\n"


def _grid(name: str, head: str, item: str, deps: list[str]) -> list[str]:
    inner = [
        f"cmd: {PYTHON} {name}-{item} --out out/{name}/{item}.txt --dep {' '.join(deps)}",
        "deps:",
        "- work.py",
        *(f"- {dep}" for dep in deps),
        "outs:",
        f"- out/{name}/{item}.txt",
    ]
    if head.startswith("foreach"):
        return [f"  {name}:", f"    {head}", "    do:", *(f"      {line}" for line in inner)]
    return [f"  {name}:", f"    {head}", *(f"    {line}" for line in inner)]


def _shuffled(lines: list[str], dice: random.Random) -> list[str]:
    """Shuffles the entries: DVC's plan must not depend on a tidy dvc.yaml."""
    blocks: list[list[str]] = []
    for line in lines:
        if line.startswith("  ") and not line.startswith("   "):
            blocks.append([])
        blocks[-1].append(line)
    dice.shuffle(blocks)
    return [line for block in blocks for line in block]


def wait_for(what: Path, seconds: float = 20.0) -> None:
    """Waits until a file is there."""
    end = time.monotonic() + seconds
    while not what.exists():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


def stop(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> tuple[str, str]:
    """Sends a signal, and gives what the process had printed."""
    process.send_signal(number)
    return process.communicate(timeout=30)


def as_report(text: str) -> RunReport:
    """Reads what `run --json` printed: one object and nothing else."""
    return TypeAdapter(RunReport).validate_json(text)
