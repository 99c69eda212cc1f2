"""Test scores over label budgets, and how many labels transfer saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stages.components.scores.comparison import Comparison
from stages.contracts.budget import ALL
from stages.contracts.scores import Curve, CurvePoint, Evaluation, Labels, LabelsSaved
from stages.contracts.task import side_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """What is known of one label budget.

    Attributes:
        cases: Labelled training cases used.
        evaluation: Of the selected model and the control, on the test split.
        drawn: Score of each of the two per resample, shape (resamples,); the n-th resample is the same
            for all budgets.
    """

    cases: int
    evaluation: Evaluation
    drawn: dict[str, Floats]

    @staticmethod
    def of(cases: int | None, evaluation: Evaluation, comparison: Comparison) -> Scores:
        """Takes what a comparison has of the metric that decides."""
        metric = evaluation.verdict_metric
        drawn = {role: values[metric] for role, values in comparison.drawn.items()}
        return Scores(cases or 0, evaluation, drawn)


def trace_curve(full: Scores, budgets: Mapping[str, Scores]) -> Curve:
    """Puts the scores of all budgets beside each other.

    Args:
        full: With all labels.
        budgets: With parts of them.
    """
    by_size = sorted(budgets.items(), key=lambda item: (item[1].cases, item[0]))
    ladder = dict(by_size) | {ALL: full}
    points = {name: _point(scores, full.cases) for name, scores in ladder.items()}
    metric = full.evaluation.verdict_metric
    return Curve(metric=metric, points=points, saved=_count_saved(ladder, metric, full.evaluation.confidence))


def _point(scores: Scores, full: int) -> CurvePoint:
    found = scores.evaluation
    return CurvePoint(
        cases=scores.cases,
        share=scores.cases / full,
        selected=found.selected,
        scratch=found.scratch,
        difference=found.difference,
        verdict=found.verdict,
        seeds=found.seeds,
    )


def _count_saved(ladder: Mapping[str, Scores], metric: str, confidence: float) -> LabelsSaved:
    """Finds the first rung of the ladder that is as good as the control on the last one."""
    full = ladder[ALL]
    side, target = side_of(metric), full.evaluation.scratch[metric].value
    plain = np.array([[scores.evaluation.selected[metric].value] for scores in ladder.values()])
    needed = first_reached(side * plain, np.array([side * target]))[0]
    drawn = np.stack([scores.drawn["selected"] for scores in ladder.values()])
    usable = np.isfinite(drawn).all(axis=0) & np.isfinite(full.drawn["scratch"])
    rungs = first_reached(side * drawn[:, usable], side * full.drawn["scratch"][usable])
    tail = 100 * (1 - confidence) / 2
    low = int(np.percentile(rungs, tail, method="lower"))
    high = int(np.percentile(rungs, 100 - tail, method="higher"))
    labels = [
        Labels(budget=name, cases=scores.cases, share=scores.cases / full.cases)
        for name, scores in ladder.items()
    ]
    outcomes: list[Labels | None] = [*labels, None]
    found = outcomes[needed]
    return LabelsSaved(
        target=target,
        needed=found,
        low=outcomes[low],
        high=outcomes[high],
        saved=None if found is None else full.cases - found.cases,
        reached=float((rungs < len(labels)).mean()),
    )


def first_reached(scores: Floats, target: Floats) -> NDArray[np.int64]:
    """Gives the first row that is no worse than the target, by column; the number of rows where none is.

    Args:
        scores: Higher is better, shape (budgets, columns), the smallest budget first.
        target: Shape (columns,).
    """
    reached = np.vstack([scores >= target, np.ones((1, scores.shape[1]), dtype=bool)])
    first: NDArray[np.int64] = reached.argmax(axis=0)
    return first
