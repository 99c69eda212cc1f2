"""Two packaged models on the same cases: who is better, and how surely."""

from __future__ import annotations

from typing import Literal

from stages.contracts.artifact import Record
from stages.contracts.scores import Interval


class ModelComparison(Record):
    """Challenger beside champion, on the target's test split of now."""

    metric: str
    """The metric that was asked for, or the task's own."""
    challenger: dict[str, Interval]
    champion: dict[str, Interval]
    difference: dict[str, Interval]
    """Challenger minus champion, paired by resample."""
    resampled: Literal["patients", "near-duplicate groups"]
    confidence: float
    resamples: int
    test_cases: int
    test_groups: int
