"""Turns stored DICOM values into those that they stand for: rescaled, windowed, and more is brighter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from stages.adapters.case import Pixels
from stages.adapters.dicom.fields import reals, text, whole

if TYPE_CHECKING:
    from pydicom import Dataset

Window = Literal["none", "file"] | tuple[float, float]

_EXACT = 2**53


def meaning(stored: Pixels, header: Dataset, window: Window) -> Pixels:
    """Applies slope and intercept or the modality's table, then the window; MONOCHROME1 is inverted.

    Args:
        stored: [rows, columns] of a grey image.
        header: Of that image.
        window: `none` keeps all values; `file` applies the first window or table of the file; two numbers
            cut the values off at them.

    Returns:
        The values in the smallest type of `smallest` where slope and intercept are whole, else float32.
    """
    values, ends = (_shown(pixels, header, window) for pixels in (stored, _ends(stored, header)))
    if text(header, "PhotometricInterpretation") == "MONOCHROME1":
        values = ends.min() + ends.max() - values
    return smallest(values, eight_bit=stored.dtype.itemsize == 1)


def smallest(values: Pixels, *, eight_bit: bool) -> Pixels:
    """Gives whole numbers as the first of int16, uint16, int32, uint32 that holds them, others as float32.

    So the type does not depend on how the file was encoded. Where `eight_bit`, uint8 comes first.
    """
    if np.issubdtype(values.dtype, np.floating):
        return values.astype("<f4")
    low, high = int(values.min()), int(values.max())
    for kind in ("|u1", "<i2", "<u2", "<i4", "<u4")[not eight_bit :]:
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind, copy=False)
    return values.astype("<i8")


def _shown(stored: Pixels, header: Dataset, window: Window) -> Pixels:
    from pydicom.pixels import apply_modality_lut, apply_voi_lut

    values = apply_modality_lut(_wide(stored), header)
    factors = [reals(header, name, 1) or (0.5,) for name in ("RescaleSlope", "RescaleIntercept")]
    if all(factor[0].is_integer() for factor in factors) and np.abs(values).max(initial=0) < _EXACT:
        values = values.astype(np.int64)
    if window == "file":
        return np.asarray(apply_voi_lut(_wide(values), header))
    if window == "none":
        return _wide(values)
    low, high = (int(bound) if bound.is_integer() else bound for bound in window)
    return np.clip(_wide(values), low, high)


def _wide(values: Pixels) -> Pixels:
    """Gives whole numbers room for sums."""
    return values.astype(np.int64) if np.issubdtype(values.dtype, np.integer) else values


def _ends(stored: Pixels, header: Dataset) -> Pixels:
    """Gives the smallest and the greatest value that could be stored, by which all images invert alike."""
    if np.issubdtype(stored.dtype, np.floating):
        return np.array([stored.min(), stored.max()])
    bits = min(whole(header, "BitsStored") or 64, 8 * stored.dtype.itemsize, 32)
    signed = np.issubdtype(stored.dtype, np.signedinteger)
    lowest = -(1 << (bits - 1)) if signed else 0
    return np.array([lowest, lowest + (1 << bits) - 1])
