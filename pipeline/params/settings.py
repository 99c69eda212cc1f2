"""How to run: tokens, weights, time limits and retries, from the optional section `run` of params.yaml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field

from pipeline.plan import group_of
from stages.contracts.params import PARAMS_FILE, Params, parse_params, read_params

T = TypeVar("T")
SECTION = "run"
PACKAGES = (
    "torch",
    "monai",
    "pandas",
    "pyarrow.parquet",
    "safetensors.torch",
    "sklearn.linear_model",
    "sklearn.metrics",
)


class RunSettings(Params):
    """The section `run`; no stage depends on it, so changing it re-runs nothing."""

    jobs: Annotated[int, Field(ge=1)] | None = None
    """How many tokens there are; the number of cores if null."""

    weights: Mapping[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Tokens a stage takes while it runs, by stage or group; as many as its processes if not named."""

    timeouts: Mapping[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Seconds after which a stage is ended, by stage or group; no limit if not named."""

    processes: Mapping[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    """Processes that share a training, by stage or group; 1 if not named."""

    retries: Annotated[int, Field(ge=0, le=10)] = 2
    """How often a stage is tried again after a failure of the machine, never after its own."""

    preload: tuple[str, ...] = PACKAGES
    """Packages that are imported once for all `python -m` commands of a run; empty: none are."""

    def tokens(self, jobs: int | None) -> int:
        """Gives the number of tokens, of which `--jobs` has the last word."""
        return jobs or self.jobs or len(os.sched_getaffinity(0))

    def weight(self, stage: str) -> int:
        """Gives the tokens that a stage takes."""
        return _by_name(self.weights, stage, self.sharers(stage))

    def sharers(self, stage: str) -> int:
        """Gives the number of processes that share a stage's training."""
        return _by_name(self.processes, stage, 1)

    def limit(self, stage: str) -> float | None:
        """Gives the time limit of a stage in seconds."""
        return _by_name(self.timeouts, stage, None)


def load_settings(root: Path) -> RunSettings:
    """Reads the section `run`; without it, or without a params file, the defaults hold.

    Raises:
        ParamsError: If the section is not valid.
    """
    file = root / PARAMS_FILE
    values = read_params(file).get(SECTION) if file.exists() else None
    return parse_params(RunSettings, values, SECTION, PARAMS_FILE)


def _by_name(values: Mapping[str, T], stage: str, default: T) -> T:
    return values.get(stage, values.get(group_of(stage), default))
