"""Section `evaluate`: how the test split is scored, by evaluation and again by an audit."""

from __future__ import annotations

from pydantic import Field

from stages.contracts.params import Params
from stages.contracts.recipe import Precision
from stages.contracts.task import Metric


class EvaluateParams(Params):
    """Section `evaluate`."""

    resamples: int = Field(default=2000, ge=100)
    """Bootstrap resamples."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """Of every interval."""
    verdict: Metric | None = None
    """Metric whose paired interval decides the verdict; null for the task's own."""
    seed: int = 0
    """Decides the resamples."""
    precision: Precision = "fp32"
    """In full precision, as `medgraft predict` computes: the figures are those of the packaged model."""
    threads: int = Field(default=2, ge=1)
    """CPU threads."""
    boosting: bool = True
    """Whether gradient-boosted trees are fitted to the same labelled cases, where cases are records."""
