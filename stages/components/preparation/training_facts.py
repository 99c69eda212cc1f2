"""A fingerprint of the training split: what ingestion saw in its cases, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.contracts.errors import DataError

MOST_STEP = 1000.0
"""Millimetres per pixel; a header that says more says nothing."""


@dataclass(frozen=True)
class TrainingFacts:
    """What is known of the training cases.

    Attributes:
        shapes: Pixels along each axis, [cases, axes]; of records, the number of their values.
        spacings: Millimetres per pixel, [cases, axes], NaN where a case does not say its own.
        colour: Share of the cases in colour.
        types: Types in which the values are stored, sorted.
        low: Median over the cases of their 0.5th percentile.
        high: Likewise of their 99.5th.
        flat: Share of the cases whose 0.5th percentile is their lowest value: a background of one value.
    """

    shapes: NDArray[np.float64]
    spacings: NDArray[np.float64]
    colour: float
    types: tuple[str, ...]
    low: float
    high: float
    flat: float

    @property
    def axes(self) -> int:
        """1 of records, 2 of images, 3 of volumes."""
        return int(self.shapes.shape[1])


def gather_facts(table: pd.DataFrame, domain: str) -> TrainingFacts:
    """Reads the facts.

    Args:
        table: Training cases in use, with the columns of the examinations.
        domain: For messages.

    Raises:
        DataError: If there is no case, cases were not looked at, or they have different numbers of axes.
    """
    if table.empty:
        raise _no_plan(domain, "no case is in training", "add cases, or lower the shares of the other splits")
    if table["shape"].isna().any():
        raise _no_plan(domain, "its cases are generated, and have the size that they are drawn in")
    counts = table["shape"].str.count("x").to_numpy() + 1
    if len(np.unique(counts)) > 1 or counts[0] > 3:
        kinds = " and ".join(str(count) for count in np.unique(counts))
        raise _no_plan(domain, f"it has cases of {kinds} axes", "keep one kind of case in a domain")
    axes = int(counts[0])
    return TrainingFacts(
        shapes=np.array([shape.split("x") for shape in table["shape"]], dtype=np.float64),
        spacings=np.array([_steps(text, axes) for text in table["spacing"].fillna("")]),
        colour=float(table["colour"].mean()),
        types=tuple(sorted(table["dtype"].unique())),
        low=float(table["low_percentile"].median()),
        high=float(table["high_percentile"].median()),
        flat=float((table["low_percentile"] <= table["low"]).mean()),
    )


def _steps(text: str, axes: int) -> list[float]:
    steps = [float(step) for step in text.split("x") if step]
    known = len(steps) == axes and all(0 < step <= MOST_STEP for step in steps)
    return steps if known else [float("nan")] * axes


def _no_plan(domain: str, why: str, remedy: str = "write its section `prepare` by hand") -> DataError:
    return DataError("there is no plan for these cases", where=f"domain '{domain}'", why=why, remedy=remedy)
