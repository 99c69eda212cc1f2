"""What selection and evaluation say: scores with intervals, and the verdict."""

from __future__ import annotations

from typing import Literal

from stages.contracts.artifact import Record

Verdict = Literal["positive", "inconclusive", "negative"]


class Interval(Record):
    """A figure with its confidence interval."""

    value: float
    low: float
    high: float


class Candidate(Record):
    """A source and a strategy, with its validation scores."""

    source: str
    strategy: str
    scores: dict[str, float]
    """Score on the validation split, by seed."""
    mean: float
    deviation: float
    """Standard deviation over the seeds; 0 for a single one."""


class Chosen(Record):
    """The candidate and the seed that go on to the test split."""

    source: str
    strategy: str
    seed: int
    threshold: float | None
    """Probability of the positive class at which a case is called positive; null for several classes."""
    temperature: float = 1.0
    """Divides the logits of classes, so that probabilities mean what they say; fitted on validation."""
    members: tuple[int, ...] = ()
    """Seeds whose mean goes on, `seed` being the best of them; empty where that one goes on alone."""


class Selection(Record):
    """What was chosen on validation, and from what."""

    metric: str
    """Validation score that decided."""
    positive: str | None
    """Name of the positive class; null for more than two classes."""
    selected: Chosen
    scratch: Chosen
    candidates: tuple[Candidate, ...]
    """Best first."""


class BoostingSettings(Record):
    """What gradient boosting leaves open, chosen on validation."""

    trees: int
    smallest_leaf: int
    """Fewest training cases in a leaf."""


class Boosting(Record):
    """Gradient-boosted trees on the same labelled records: a control beside the verdict, never selected."""

    settings: BoostingSettings
    seed: int
    """Best on validation; the intervals are those of its model."""
    threshold: float | None
    """As in `Chosen`, by Youden's rule."""
    training_cases: int
    scores: dict[str, Interval]
    difference: dict[str, Interval]
    """Selected model minus boosting, paired by resample."""
    seeds: dict[str, dict[str, float]]
    """Value of each metric by seed."""


class Evaluation(Record):
    """`metrics.json`: the test split, once."""

    selected: dict[str, Interval]
    scratch: dict[str, Interval]
    difference: dict[str, Interval]
    """Selected minus scratch, paired by resample."""
    verdict: Verdict
    verdict_metric: str
    """Metric whose paired interval decides."""
    resampled: Literal["patients", "near-duplicate groups"]
    """What the bootstrap draws: without patient identifiers, groups of near-duplicates."""
    confidence: float
    test_cases: int
    test_patients: int | None
    """Null where patients are unknown."""
    test_groups: int
    seeds: dict[str, dict[str, dict[str, float]]]
    """Value of each metric by model (`selected`, `scratch`) and seed: the spread of training."""
    boosting: Boosting | None = None
    """Of records only."""
