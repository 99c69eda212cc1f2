"""Two models on the same resamples of the same cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.prediction.committee import spoken, tempered
from stages.components.scores.bootstrap import bootstrap_scores, differences, intervals, plain_scores
from stages.components.scores.scored import Reading, Scored
from stages.contracts.prepared import PreparedCases
from stages.contracts.scores import Chosen, Interval

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

    def scores(self, role: str, confidence: float) -> dict[str, Interval]:
        """Gives each metric of a model with its interval."""
        return intervals(self.values[role], self.drawn[role], confidence)

    def difference(self, one: str, other: str, confidence: float) -> dict[str, Interval]:
        """Gives each metric of one model minus that of the other, paired by resample."""
        gaps = {name: value - self.values[other][name] for name, value in self.values[one].items()}
        return intervals(gaps, differences(self.drawn[one], self.drawn[other]), confidence)


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
    said = {role: spoken(tables[role], choice) for role, choice in chosen.items()}
    seeds = tuple(sorted(tables["selected"]))
    return compare_said(said, chosen, seeds, positive, cases, resamples=resamples, seed=seed)


def compare_said(
    said: Mapping[str, pd.DataFrame],
    chosen: dict[str, Chosen],
    seeds: tuple[int, ...],
    positive: str | None,
    cases: PreparedCases,
    *,
    resamples: int,
    seed: int,
) -> Comparison:
    """Scores what each model says, as it is judged, on the same resamples.

    Args:
        said: Tempered predictions of the chosen seed, or of the mean of the seeds, by model.
        chosen: The candidate, seed and threshold of each model.
        seeds: With which each model was trained.
        positive: Name of the positive class; None for several classes.
        cases: The cases.
        resamples: How often to draw.
        seed: Decides the draws.
    """
    facts, groups = cases.preparation, cases.index["group_id"]
    reading = Reading(facts.task, facts.classes, None if positive is None else facts.classes.index(positive))
    predictions = {role: reading.read(said[role], choice.threshold) for role, choice in chosen.items()}
    return Comparison(
        predictions=predictions,
        values={role: plain_scores(one) for role, one in predictions.items()},
        drawn={role: bootstrap_scores(one, groups, resamples, seed) for role, one in predictions.items()},
        groups=groups,
        reading=reading,
        chosen=chosen,
        resamples=resamples,
        seed=seed,
        seeds=seeds,
    )
