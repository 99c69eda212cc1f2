"""Two models on the same resamples of the same cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.bootstrap import bootstrap_scores, plain_scores
from stages.components.committee import spoken, tempered
from stages.components.scored import Reading, Scored
from stages.contracts.prepared import PreparedCases
from stages.contracts.scores import Chosen

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Test predictions and their scores, by model (`selected`, `scratch`).

    Attributes:
        predictions: Of the chosen seed.
        values: Each metric.
        drawn: Each metric per resample; the n-th resample is the same for both models.
        groups: The group of each case.
        reading: How tables of predictions are to be read.
        chosen: Which candidate and threshold each model is.
        resamples: How often was drawn.
        seed: Of the resamples.
        seeds: With which each model was trained.
    """

    predictions: dict[str, Scored]
    values: dict[str, dict[str, float]]
    drawn: dict[str, dict[str, Floats]]
    groups: pd.Series[str]
    reading: Reading
    chosen: dict[str, Chosen]
    resamples: int
    seed: int
    seeds: tuple[int, ...]

    def read(self, table: pd.DataFrame, role: str) -> Scored:
        """Reads a table of one seed's predictions with the temperature and threshold of a model."""
        chosen = self.chosen[role]
        return self.reading.read(tempered(table, chosen.temperature), chosen.threshold)


def compare_models(
    tables: dict[str, dict[int, pd.DataFrame]],
    chosen: dict[str, Chosen],
    positive: str | None,
    cases: PreparedCases,
    resamples: int,
    seed: int,
) -> Comparison:
    """Scores the chosen seed of each model on the same resamples.

    Args:
        tables: Predictions by model and seed, rows in the order of the cases.
        chosen: The candidate, seed and threshold of each model.
        positive: Name of the positive class; None for several classes.
        cases: The cases.
        resamples: How often to draw.
        seed: Decides the draws.
    """
    facts = cases.preparation
    reading = Reading(facts.task, facts.classes, None if positive is None else facts.classes.index(positive))
    predictions = {
        role: reading.read(spoken(tables[role], choice), choice.threshold) for role, choice in chosen.items()
    }
    groups = cases.index["group_id"]
    return Comparison(
        predictions=predictions,
        values={role: plain_scores(said) for role, said in predictions.items()},
        drawn={role: bootstrap_scores(said, groups, resamples, seed) for role, said in predictions.items()},
        groups=groups,
        reading=reading,
        chosen=chosen,
        resamples=resamples,
        seed=seed,
        seeds=tuple(sorted(tables["selected"])),
    )
