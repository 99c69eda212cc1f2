"""What `metrics.json` says of the selected model and the control, from their scores."""

from __future__ import annotations

from collections.abc import Mapping

from stages.components.scores.bootstrap import plain_scores
from stages.components.scores.comparison import Comparison
from stages.components.scores.scored import Scored
from stages.contracts.prepared import PreparedCases
from stages.contracts.scores import Evaluation, verdict_of
from stages.contracts.task import Metric

Seeds = Mapping[str, Mapping[int, Scored]]
"""What each seed of each model says."""


def assess(
    comparison: Comparison, seeds: Seeds, cases: PreparedCases, metric: Metric, confidence: float
) -> Evaluation:
    """Decides whether the transfer helped.

    The verdict is `positive` where the whole paired interval of the difference lies on the better side
    of zero, `negative` where it lies on the other, and `inconclusive` otherwise.

    Args:
        comparison: Of `selected` and `scratch`.
        seeds: The same models, each seed by itself.
        cases: The test cases.
        metric: The one that decides.
        confidence: Of every interval.
    """
    difference = comparison.difference("selected", "scratch", confidence)
    groups, known = int(comparison.groups.nunique()), cases.preparation.patients_known
    return Evaluation(
        selected=comparison.scores("selected", confidence),
        scratch=comparison.scores("scratch", confidence),
        difference=difference,
        verdict=verdict_of(difference[metric], metric),
        verdict_metric=metric,
        resampled="patients" if known else "near-duplicate groups",
        confidence=confidence,
        test_cases=len(comparison.groups),
        test_patients=groups if known else None,
        test_groups=groups,
        seeds={
            role: {str(seed): plain_scores(said) for seed, said in by_seed.items()}
            for role, by_seed in seeds.items()
        },
    )
