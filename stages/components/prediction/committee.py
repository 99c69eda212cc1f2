"""What a chosen candidate says: one seed or the mean of all, its probabilities tempered."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from stages.components.prediction.calibration import temper
from stages.components.prediction.ensemble import ensemble
from stages.contracts.predictions import said_columns, said_of
from stages.contracts.scores import Chosen


def spoken(tables: Mapping[int, pd.DataFrame], chosen: Chosen) -> pd.DataFrame:
    """Gives the predictions that are judged.

    Args:
        tables: Predictions as the networks made them, by seed.
        chosen: Which seeds count, and their temperature.
    """
    together = ensemble({seed: tables[seed] for seed in chosen.members}) if chosen.members else None
    return tempered(tables[chosen.seed] if together is None else together, chosen.temperature)


def tempered(table: pd.DataFrame, temperature: float) -> pd.DataFrame:
    """Gives predictions with the logits of their probabilities divided by a temperature."""
    if temperature == 1:
        return table
    return table.assign(**dict(zip(said_columns(table), temper(said_of(table), temperature).T, strict=True)))
