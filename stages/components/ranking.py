"""Ranks candidates by their validation scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stages.components.bootstrap import plain_scores
from stages.components.scoring import Predictions
from stages.contracts.predictions import probabilities_of
from stages.contracts.scores import Candidate


def rank(
    validation: dict[tuple[str, str, int], pd.DataFrame],
    classes: tuple[str, ...],
    metric: str,
    positive: int | None,
) -> list[Candidate]:
    """Gives one candidate per source and strategy, best mean over the seeds first.

    Args:
        validation: Predictions by (source, strategy, seed).
        classes: Class names.
        metric: Name of the score.
        positive: Index of the positive class; None for several classes.
    """
    scores: dict[tuple[str, str], dict[int, float]] = {}
    for (source, strategy, seed), table in validation.items():
        labels = table["label"].to_numpy(dtype=np.int64)
        threshold = 0.5 if len(classes) == 2 else None
        predictions = Predictions(labels, probabilities_of(table), positive, threshold)
        scores.setdefault((source, strategy), {})[seed] = plain_scores(predictions)[metric]
    candidates = [
        Candidate(
            source=source,
            strategy=strategy,
            scores={str(seed): value for seed, value in by_seed.items()},
            mean=float(np.mean(list(by_seed.values()))),
            deviation=float(np.std(list(by_seed.values()), ddof=1)) if len(by_seed) > 1 else 0.0,
        )
        for (source, strategy), by_seed in scores.items()
    ]
    return sorted(candidates, key=lambda c: (-c.mean, c.source, c.strategy))
