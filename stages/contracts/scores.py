"""What selection and evaluation say: scores with intervals, and the verdict."""

from __future__ import annotations

from typing import Literal

from stages.contracts.artifact import Record
from stages.contracts.task import Metric, side_of

BUDGETS = "budgets"
"""Folder below `selected` with the same of each label budget."""
Verdict = Literal["positive", "inconclusive", "negative"]


class Interval(Record):
    """A figure with its confidence interval."""

    value: float
    low: float
    high: float


def verdict_of(difference: Interval, metric: Metric) -> Verdict:
    """Says whether a transfer helped: the whole paired interval must lie on one side of zero.

    Args:
        difference: Selected model minus scratch control.
        metric: In which; it says which side is the better one.
    """
    low, high = sorted(side_of(metric) * end for end in (difference.low, difference.high))
    return "positive" if low > 0 else "negative" if high < 0 else "inconclusive"


class Candidate(Record):
    """A source and a strategy, with its validation scores."""

    source: str
    strategy: str
    scores: dict[str, float]
    """Score on the validation split, by seed."""
    mean: float
    deviation: float
    """Standard deviation over the seeds; 0 for a single one."""
    control: bool = False
    """Whether it starts from random weights."""


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


class CurvePoint(Record):
    """The selected model and the control of one label budget, chosen among what was trained within it."""

    cases: int
    """Labelled training cases used."""
    share: float
    """Of all that the other budgets are parts of."""
    selected: dict[str, Interval]
    scratch: dict[str, Interval]
    difference: dict[str, Interval]
    """Selected minus scratch, paired by resample."""
    verdict: Verdict
    seeds: dict[str, dict[str, dict[str, float]]]
    """As in `Evaluation`."""


class Labels(Record):
    """A number of labelled cases: a point of the curve."""

    budget: str
    cases: int
    share: float


class LabelsSaved(Record):
    """With how few labels the selected model does as well as the control with all of them.

    Only the budgets that were tried can be the answer; nothing is interpolated between them.
    """

    target: float
    """The control's test score with all labels."""
    needed: Labels | None
    """The smallest budget with which the selected model reaches it; null where not even all labels do."""
    low: Labels | None
    """Lower end of the interval over the resamples, in each of which both scores are computed anew."""
    high: Labels | None
    """Upper end; null where that is beyond all labels."""
    saved: int | None
    """All labelled cases less the needed ones."""
    reached: float
    """Share of the resamples in which some budget reaches the control's score."""


class Curve(Record):
    """Test scores over label budgets."""

    metric: str
    """By which labels are counted: the one that decides the verdict."""
    points: dict[str, CurvePoint]
    """By budget, the smallest first; `all` is the last."""
    saved: LabelsSaved


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
    curve: Curve | None = None
    """Of a grid with label budgets only."""
