"""Examinations of training cases, as ingestion writes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.cases.examination import examine, tabulate


def seen(
    *cases: NDArray[np.generic], colour: bool = False, spacing: Sequence[tuple[float, ...] | None] = (None,)
) -> pd.DataFrame:
    """Examines cases as ingestion does; the spacings are taken in turn."""
    steps = [spacing[number % len(spacing)] for number in range(len(cases))]
    looks = [examine(case, colour=colour, spacing=step) for case, step in zip(cases, steps, strict=True)]
    return tabulate(looks, pd.Index([f"c{number}" for number in range(len(cases))]))


def described(shape: str, dtype: str = "int16", spacing: str | None = None, **facts: object) -> pd.DataFrame:
    """Gives three cases that are too large to make."""
    row = {
        "shape": shape,
        "dtype": dtype,
        "colour": False,
        "spacing": spacing,
        "low": 0.0,
        "high": 900.0,
        "low_percentile": 2.0,
        "high_percentile": 800.0,
    }
    return pd.DataFrame([row | facts] * 3)
