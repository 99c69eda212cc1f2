"""Statistics of the input, fitted on training cases alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stages.contracts.network import Normalisation


def fit_normalisation(images: NDArray[np.uint8]) -> Normalisation:
    """Gives mean and standard deviation per channel.

    Args:
        images: Shape (cases, channels, height, width), range 0-255.
    """
    # Exact integer sums: the result does not depend on the order of the cases.
    pixels = images.shape[0] * images.shape[2] * images.shape[3]
    sums = images.sum(axis=(0, 2, 3), dtype=np.uint64).astype(np.float64)
    squares = np.array([_square_sum(images[:, channel]) for channel in range(images.shape[1])])
    mean = sums / pixels
    deviation = np.sqrt(np.maximum(squares / pixels - mean**2, 1.0))
    return Normalisation(mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))


def _square_sum(channel: NDArray[np.uint8]) -> float:
    counts = np.bincount(channel.ravel(), minlength=256).astype(np.float64)
    return float((counts * np.arange(256.0) ** 2).sum())
