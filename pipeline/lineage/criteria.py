"""The section `gate` of params.yaml: what a challenger has to show, fixed before the run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from pipeline.lineage.record import GateCriteria
from stages.contracts.findings import Severity
from stages.contracts.params import PARAMS_FILE, Params, parse_params, read_params
from stages.contracts.task import Metric

SECTION = "gate"


class GateParams(Params):
    """The section `gate`; no stage depends on it, so changing it re-runs nothing."""

    metric: Metric | None = None
    """In which challenger and champion are compared; null for the metric of the verdict."""

    margin: Annotated[float, Field(ge=0)] = 0.02
    """How much worse than the champion the challenger may be, in units of the metric.

    The worse end of the paired interval is held against it.
    """

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Of the paired interval."""

    resamples: Annotated[int, Field(ge=100)] = 2000
    """Bootstrap resamples."""

    refuse_negative_transfer: bool = True
    """Whether a verdict of negative transfer refuses."""

    refuse_severity: Severity | None = "severe"
    """Least severity of a finding that refuses; null for none."""

    def fixed(self) -> GateCriteria:
        """Gives the criteria as the record holds them."""
        return GateCriteria(**self.model_dump())


def load_criteria(root: Path) -> GateCriteria:
    """Reads the section `gate`; without it the defaults hold.

    Raises:
        ParamsError: If the section is not valid.
    """
    file = root / PARAMS_FILE
    values = read_params(file).get(SECTION) if file.exists() else None
    return parse_params(GateParams, values, SECTION, PARAMS_FILE).fixed()
