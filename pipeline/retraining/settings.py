"""When to retrain and whom to tell, from the optional section `retrain` of params.yaml."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import Field, FiniteFloat, field_validator

from stages.contracts.params import PARAMS_FILE, Params, parse_params, read_params
from stages.contracts.task import Metric

SECTION = "retrain"
WEBHOOK = "MEDGRAFT_WEBHOOK"


class DriftLimits(Params):
    """Distances, 0 to 1, from which a drift makes a retraining due; null: never."""

    intensities: Annotated[float, Field(gt=0, le=1)] | None = None
    """Greatest difference of the distribution functions of the cases' mean, deviation or percentiles."""

    classes: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of cases that would have to change their class."""

    predictions: Annotated[float, Field(gt=0, le=1)] | None = None
    """Of what the champion says of new cases from what it said of its test cases: greatest difference of the
    distribution functions of an output, or share of cases that would have to be called otherwise."""


class PerformanceLimit(Params):
    """How badly the champion may do on labelled cases that came after it."""

    limit: FiniteFloat
    """Value of the metric that makes a retraining due, on its worse side; the interval is told."""

    metric: Metric | None = None
    """Null for the task's own."""

    least: Annotated[int, Field(ge=2)] = 50
    """With fewer new labelled cases, of patients that it never learned from, nothing is due."""


class RetrainSettings(Params):
    """The section `retrain`; no stage depends on it, so changing it re-runs nothing."""

    on_change: bool = True
    """Whether a change of data, params or code is enough; else changes wait for one of the limits."""

    drift: DriftLimits = DriftLimits()
    """Of the cases that came or went, as ingestion measures it; of predictions, the champion's."""

    performance: PerformanceLimit | None = None
    """On newly labelled cases; null: never."""

    age_days: Annotated[float, Field(gt=0)] | None = None
    """Age of the champion from which changes that wait are taken; null: never."""

    take_git: bool = True
    """Whether to begin with `git pull --ff-only`, where the branch follows another one."""

    share: bool = False
    """Whether to end with a push: outputs to the DVC remote, commits and tags to the branch followed."""

    site: str | None = None
    """Folder below the workspace for pages about all models, such as artifacts/site; null: none."""

    webhook: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Where to post a short text, as `{"text": ...}`; the environment's MEDGRAFT_WEBHOOK goes before it."""

    block: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")] | None = None
    """A notification block of the Prefect server, as in `slack-webhook/hospital`, that tells the same text
    of a retraining that Prefect runs, and of one that failed or was killed."""

    @field_validator("site")
    @classmethod
    def _stays_below(cls, name: str | None) -> str | None:
        parts = PurePosixPath(name or ".").parts
        if name is not None and (not parts or ".." in parts or PurePosixPath(name).is_absolute()):
            raise ValueError("must be a folder below the workspace, such as artifacts/site")
        return name

    @property
    def looks_at_data(self) -> bool:
        """Whether a limit needs new cases to be ingested before anybody knows what is due."""
        drift = self.drift
        return bool(drift.classes or drift.intensities or drift.predictions or self.performance)


def load_settings(root: Path) -> RetrainSettings:
    """Reads the section `retrain`; without it, or without a params file, the defaults hold.

    Raises:
        ParamsError: If the section is not valid.
    """
    file = root / PARAMS_FILE
    values = (read_params(file).get(SECTION) if file.exists() else None) or {}
    secret = {"webhook": address} if (address := os.environ.get(WEBHOOK)) else {}
    return parse_params(RetrainSettings, {**values, **secret}, SECTION, PARAMS_FILE)
