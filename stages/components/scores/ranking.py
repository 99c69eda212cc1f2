"""Ranks candidates by their validation scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stages.components.scores.bootstrap import plain_scores
from stages.components.scores.scored import Reading
from stages.contracts.scores import Candidate
from stages.contracts.task import side_of


def rank(
    validation: dict[tuple[str, str, int], pd.DataFrame], reading: Reading, metric: str
) -> list[Candidate]:
    """Gives one candidate per source and strategy, best mean over the seeds first.

    Args:
        validation: Predictions by (source, strategy, seed).
        reading: How they are to be read.
        metric: Name of the score.
    """
    side = side_of(metric)
    scores: dict[tuple[str, str], dict[int, float]] = {}
    for (source, strategy, seed), table in validation.items():
        threshold = None if reading.positive is None else 0.5
        score = plain_scores(reading.read(table, threshold))[metric]
        scores.setdefault((source, strategy), {})[seed] = score
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
    return sorted(candidates, key=lambda c: (-side * c.mean, c.source, c.strategy))
