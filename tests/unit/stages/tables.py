"""Planted predictions, as `finetune` and `evaluate` write them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stages.contracts.predictions import as_predictions
from stages.contracts.prepared import PreparedCases
from tests.unit.stages.small import cases_of


def planted(cases: PreparedCases, quality: float = 1.0, seed: int = 0) -> pd.DataFrame:
    """Gives predictions that are as good as `quality`: the true class's logit leads by so much on average."""
    classes = cases.preparation.classes
    logits = np.random.default_rng(seed).normal(size=(len(cases.labels), len(classes)))
    logits[np.arange(len(cases.labels)), cases.labels] += quality
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return as_predictions(cases.index, probabilities.astype(np.float32), classes)


def said(
    quality: float = 1.0, seed: int = 0, classes: Sequence[str] = ("no", "yes"), per_class: int = 15
) -> pd.DataFrame:
    """Gives planted predictions of validation cases."""
    return planted(cases_of({"val": (per_class,) * len(classes)}, classes), quality, seed)
