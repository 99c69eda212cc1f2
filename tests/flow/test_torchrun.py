"""A stage whose training processes share, started by the real `torchrun`; the stage itself needs no torch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.params.settings import RunSettings
from pipeline.processes.torchrun import shared, status_of_processes
from stages.contracts.errors import ParamsError
from tests.flow.projects import Project

STAGE = """\
import os, sys
from pathlib import Path
rank, number = os.environ["RANK"], os.environ["WORLD_SIZE"]
print(f"rank {rank} of {number}", flush=True)
if Path("broken").exists() and rank == "1":
    sys.stderr.write("error: no\\n  where:  here\\n  why:    so\\n  remedy: none\\n")
    sys.exit(10)
if rank == "0":
    Path("out").mkdir(exist_ok=True)
    Path("out/made.txt").write_text(number)
"""
DVC = """\
stages:
  train_source:
    cmd: >-
      python -m stages.train_source
      --out out/made.txt
    outs:
    - out/made.txt
"""


def test_processes_are_started_and_their_errors_are_those_of_the_stage(
    project: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project(DVC, "run: {processes: {train_source: 2}, retries: 0}\n")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (made.root / "stages").mkdir()
    (made.root / "stages/train_source.py").write_text(STAGE)
    assert made.outcomes() == {"train_source": "ran"}
    assert (made.root / "out/made.txt").read_text() == "2"
    (made.root / "broken").touch()
    failed = made.run(forced=("train_source",))
    assert [(type(error), error.what) for error in failed.errors] == [(ParamsError, "no")]
    assert (made.root / "out/made.txt").read_text() == "2"


def test_only_a_training_can_be_shared() -> None:
    line = "python -m stages.finetune  --seed 1"
    assert shared([line], 3, "finetune@a")[0].endswith("--nproc-per-node 3 -m stages.finetune --seed 1")
    for other in ("python -m stages.evaluate", "echo it", "python -m stages.finetune > log"):
        with pytest.raises(ParamsError):
            shared([other], 3, "other")


def test_a_killed_process_counts_more_than_those_that_failed_over_it() -> None:
    tail = ["  exitcode  : 1 (pid: 4)", "  exitcode  : -9 (pid: 5)", "x"]
    assert status_of_processes(tail, 1) == -9
    assert status_of_processes(tail[:1], 7) == 1
    assert status_of_processes([], 7) == 7


def test_a_stage_takes_as_many_tokens_as_it_has_processes() -> None:
    settings = RunSettings(processes={"finetune": 3}, weights={"finetune@b": 1})
    assert (settings.weight("finetune@a"), settings.weight("finetune@b"), settings.weight("fit")) == (3, 1, 1)
