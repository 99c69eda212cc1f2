"""What the values of a case mean: colours, scale and type."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.contracts.preparation import PrepareParams

Values = NDArray[Any]
INNER = (0.5, 99.5)
"""Percentiles of `intensity: percentile`: what lies beyond is noise, metal or a letter on the film."""


def as_channels(pixels: Values, colour: bool, channels: int) -> Values:
    """Puts the channels first: one of grey, or three.

    Args:
        pixels: [*grid] or, where `colour`, [*grid, 3].
        colour: Whether the last axis is red, green and blue.
        channels: 1 or 3.
    """
    if not colour:
        return np.repeat(pixels[None], channels, axis=0)
    if channels == 3:
        return np.ascontiguousarray(np.moveaxis(pixels, -1, 0))
    return _grey(pixels)[None]


def scaled(image: Values, params: PrepareParams) -> NDArray[np.float32]:
    """Maps values on 0-255 as the params say, or keeps them."""
    if params.intensity == "as_is":
        return image.astype(np.float32)
    # Imported where it is needed: it takes longer than preparing some changed cases.
    from monai.transforms import ScaleIntensityRange

    low, high = params.window or (float(image.min()), float(image.max()))
    if params.intensity == "percentile":
        inner = [float(value) for value in np.percentile(image, INNER)]
        low, high = inner if inner[0] < inner[1] else (low, high)
    mapped = ScaleIntensityRange(low, max(high, low + 1e-12), 0.0, 255.0, clip=True)(image.astype(np.float32))
    return np.asarray(mapped, dtype=np.float32)


def as_stored(image: NDArray[np.float32], dtype: str) -> Values:
    """Gives the values in the type in which they are stored.

    Raises:
        ValueError: If the type does not reach so far.
    """
    if dtype == "uint8":
        return np.clip(np.rint(image), 0, 255).astype(np.uint8)
    with np.errstate(over="ignore"):
        stored = image.astype(dtype)
    if not np.isfinite(stored).all():
        raise ValueError(f"its values reach {np.abs(image).max():g}, and `dtype: {dtype}` does not")
    return stored


def _grey(pixels: Values) -> Values:
    """Weights the channels by ITU-R 601-2; 8-bit values in fixed point, as PIL rounds them."""
    if pixels.dtype == np.uint8:
        red, green, blue = np.moveaxis(pixels.astype(np.uint32), -1, 0)
        return np.asarray((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16, dtype=np.uint8)
    weighted = pixels.astype(np.float64) * np.array([0.299, 0.587, 0.114])
    return np.asarray(weighted.sum(axis=-1))
