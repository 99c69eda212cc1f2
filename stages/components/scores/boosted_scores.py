"""How gradient boosting did on the test cases, beside the selected model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stages.components.scores.bootstrap import bootstrap_scores, differences, intervals, plain_scores
from stages.components.scores.comparison import Comparison
from stages.components.scores.scored import Scored
from stages.contracts.scores import Boosting, BoostingSettings


@dataclass(frozen=True)
class BoostedChoice:
    """What was chosen on validation.

    Attributes:
        settings: Of the trees.
        seed: The best one.
        threshold: Probability of the positive class at which a case is called positive.
        training_cases: Labelled cases that the trees were fitted to.
    """

    settings: BoostingSettings
    seed: int
    threshold: float | None
    training_cases: int


def score_boosted(
    chosen: BoostedChoice, tables: Mapping[int, pd.DataFrame], comparison: Comparison, confidence: float
) -> Boosting:
    """Scores test predictions on the resamples of a comparison.

    Args:
        chosen: Seed and threshold.
        tables: Test predictions by seed.
        comparison: Of the networks, on the same test cases.
        confidence: Of every interval.
    """
    read = {seed: comparison.reading.read(table, chosen.threshold) for seed, table in tables.items()}
    said = read[chosen.seed]
    drawn = bootstrap_scores(said, comparison.groups, comparison.resamples, comparison.seed)
    values, selected = defined_scores(said), comparison.values["selected"]
    return Boosting(
        settings=chosen.settings,
        seed=chosen.seed,
        threshold=chosen.threshold,
        training_cases=chosen.training_cases,
        scores=intervals(values, drawn, confidence),
        difference=intervals(
            {name: selected[name] - value for name, value in values.items()},
            differences(comparison.drawn["selected"], drawn),
            confidence,
        ),
        seeds={str(seed): defined_scores(one) for seed, one in read.items()},
    )


def defined_scores(said: Scored) -> dict[str, float]:
    """Gives the scores that are defined: trees that say the same of all cases have no correlation."""
    return {name: value for name, value in plain_scores(said).items() if np.isfinite(value)}
