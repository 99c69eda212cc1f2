"""How well masks agree, case by case, by MONAI's metrics."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import torch
from monai.metrics.hausdorff_distance import compute_hausdorff_distance
from monai.metrics.meandice import compute_dice
from monai.metrics.surface_dice import compute_surface_dice
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from stages.contracts.predictions import overlap_columns

TOLERANCE = 1.0
"""Of the surface Dice: millimetres where the spacing is known, else pixels."""


def overlap_table(
    said: NDArray[np.uint8],
    truth: NDArray[np.uint8],
    classes: tuple[str, ...],
    spacing: tuple[float, ...] | None,
) -> pd.DataFrame:
    """Compares predicted masks with true ones.

    Args:
        said: A class per pixel, shape (cases, *size).
        truth: Of the same shape.
        classes: Names in the order of the numbers; the first is the background, and is not compared.
        spacing: Millimetres per pixel along each axis; None for pixels.

    Returns:
        Per class Dice (Dice 1945), the surface Dice at `TOLERANCE` (Nikolov et al. 2021) and the 95th
        percentile of the Hausdorff distance, a row per case. A class that is in neither mask is NaN; where
        one mask lacks it, Dice is 0 and the distance the diagonal of the image.
    """
    rows = [_compare(one, other, len(classes), spacing) for one, other in zip(said, truth, strict=True)]
    columns = overlap_columns(classes)
    return pd.DataFrame(np.array(rows).reshape(len(rows), len(columns)), columns=columns)


def mean_dice(said: NDArray[Any], truth: NDArray[Any], classes: int) -> float:
    """Gives the mean over cases and classes but the background; 0 where there is nothing to find."""
    scores = [
        compute_dice(_layers(one, classes), _layers(other, classes), include_background=False)
        for one, other in zip(said, truth, strict=True)
    ]
    mean = torch.cat(scores).nanmean().item() if scores else math.nan
    return 0.0 if math.isnan(mean) else mean


def _compare(
    said: NDArray[np.uint8], truth: NDArray[np.uint8], classes: int, spacing: tuple[float, ...] | None
) -> NDArray[np.float64]:
    """Gives Dice, surface Dice and distance of each class but the background, one metric after the other."""
    steps = spacing or (1.0,) * said.ndim
    diagonal = math.hypot(*(side * step for side, step in zip(said.shape, steps, strict=True)))
    numbers = np.arange(1, classes)
    found, there = np.isin(numbers, said), np.isin(numbers, truth)
    scores = np.full((3, len(numbers)), np.nan)
    scores[:, found != there] = np.array([[0.0], [0.0], [diagonal]])
    both = np.flatnonzero(found & there)
    if len(both):
        one, other = (_layers(mask, classes)[:, both + 1] for mask in (said, truth))
        limits = [TOLERANCE] * len(both)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # MONAI calls its own deprecated arguments
            dice = compute_dice(one, other)
            surface = compute_surface_dice(one, other, limits, include_background=True, spacing=steps)
            distance = compute_hausdorff_distance(
                one, other, include_background=True, percentile=95, spacing=steps
            )
        scores[:, both] = torch.cat([dice, surface, distance])
    return scores.ravel()


def _layers(mask: NDArray[Any], classes: int) -> Tensor:
    """Gives one layer per class, shape (1, classes, *size)."""
    return functional.one_hot(torch.from_numpy(mask.astype(np.int64)), classes).movedim(-1, 0)[None]
