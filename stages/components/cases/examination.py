"""Looks at the values of one case: what they are, what they resemble, and whether they can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import imagehash
import numpy as np
import pandas as pd
import scipy.fftpack  # noqa: F401 - imagehash imports it at the first image, amid the work
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray
from PIL import Image

from stages.components.cases.content import content_sha256
from stages.contracts.manifest import texts

Pixels = NDArray[np.generic]

MANY_VALUES = 1 << 20
"""Percentiles of a case with more values are those of every n-th one: a volume is looked at, not sorted."""


@dataclass(frozen=True)
class Examination:
    """What is known of a case once it has been looked at.

    Attributes:
        content_sha256: Of the decoded values; None where they could not be read.
        mask_sha256: Of the mask's values; None where there is none.
        perceptual_hash: 16 hexadecimal digits, for a volume of its middle slice; None where there is no
            picture to hash.
        flaw: Kind of the finding that excludes the case, such as `unreadable` or `constant`.
        reason: Cause of the flaw.
        misnamed: The real format, where the extension tells another one.
        shape: Of the spatial axes, such as `64x64`; of a record, the number of its values.
        dtype: Type in which the values are stored.
        colour: Whether a pixel is red, green and blue.
        spacing: Millimetres per pixel, such as `1x1x2.5`; None where the data do not say it.
        low: Smallest value; NaN where there is none.
        high: Greatest value.
        mean: Mean of the values.
        deviation: Standard deviation of the values.
        low_percentile: 0.5th percentile.
        high_percentile: 99.5th percentile.
        mask_labels: Values of the mask, such as `0 1 2`.
        identifiers: Header fields that identify a patient, by name.
    """

    content_sha256: str | None = None
    mask_sha256: str | None = None
    perceptual_hash: str | None = None
    flaw: str | None = None
    reason: str | None = None
    misnamed: str | None = None
    shape: str | None = None
    dtype: str | None = None
    colour: bool = False
    spacing: str | None = None
    low: float = float("nan")
    high: float = float("nan")
    mean: float = float("nan")
    deviation: float = float("nan")
    low_percentile: float = float("nan")
    high_percentile: float = float("nan")
    mask_labels: str | None = None
    identifiers: str | None = None


COLUMNS: dict[str, str] = {
    name: {"bool": "bool", "float": "float64"}.get(str(kind), "string")
    for name, kind in Examination.__annotations__.items()
}


def examine(
    pixels: Pixels,
    *,
    colour: bool = False,
    spacing: tuple[float, ...] | None = None,
    mask: Pixels | None = None,
    misnamed: str | None = None,
    identifiers: tuple[str, ...] = (),
) -> Examination:
    """Examines the decoded values of a case; the arguments are those of `Decoded`."""
    flaw, reason = _flaw(pixels, mask)
    spatial = pixels.shape[:-1] if colour else pixels.shape
    low, high, mean, deviation, inner_low, inner_high = _statistics(pixels)
    return Examination(
        content_sha256=content_sha256(pixels),
        mask_sha256=None if mask is None else content_sha256(mask),
        perceptual_hash=None if flaw or pixels.ndim == 1 else perceptual_hash(_picture(pixels, colour)),
        flaw=flaw,
        reason=reason,
        misnamed=misnamed,
        shape="x".join(map(str, spatial)),
        dtype=pixels.dtype.name,
        colour=colour,
        spacing=None if spacing is None else "x".join(f"{step:g}" for step in spacing),
        low=low,
        high=high,
        mean=mean,
        deviation=deviation,
        low_percentile=inner_low,
        high_percentile=inner_high,
        mask_labels=None if mask is None else " ".join(f"{value:g}" for value in np.unique(mask)[:50]),
        identifiers=", ".join(sorted(identifiers)) or None,
    )


def perceptual_hash(pixels: Pixels) -> str:
    """Gives the 64-bit perceptual hash as 16 hexadecimal digits; near-duplicates differ in few bits.

    Args:
        pixels: [height, width] or [height, width, 3], of any number type.
    """
    grey = Image.fromarray(_eight_bit(pixels)).convert("L")
    # Lanczos over the full size costs more than decoding; reducing by whole factors first hardly differs.
    small = grey.resize((32, 32), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return str(imagehash.phash(small))


def tabulate(examinations: Sequence[Examination], cases: pd.Index[str]) -> pd.DataFrame:
    """Gives one row per examination, one typed column per attribute, indexed by case."""
    columns = {
        name: _column([getattr(one, name) for one in examinations], kind) for name, kind in COLUMNS.items()
    }
    return pd.DataFrame(columns, index=cases)


def _column(values: list[Any], kind: str) -> ExtensionArray | NDArray[np.generic]:
    return texts(values) if kind == "string" else np.array(values, dtype=kind)


def _flaw(pixels: Pixels, mask: Pixels | None) -> tuple[str, str] | tuple[None, None]:
    if pixels.size == 0:
        return "unreadable", "it has no pixels"
    if pixels.ndim == 1:  # a record: what is missing in it is NaN
        return ("constant", "every value is missing") if bool(np.isnan(pixels).all()) else (None, None)
    if np.issubdtype(pixels.dtype, np.floating) and not bool(np.isfinite(pixels).all()):
        bad = int(np.count_nonzero(~np.isfinite(pixels)))
        return "not-finite", f"{bad} of {pixels.size} values are NaN or infinite"
    if mask is not None and not bool((mask == np.rint(mask)).all()):
        return "mask-values", "its mask holds fractions, and a class has a whole number"
    low, high = pixels.min(), pixels.max()
    return ("constant", f"every value is {low}") if low == high else (None, None)


def _statistics(pixels: Pixels) -> tuple[float, ...]:
    """Gives lowest, highest, mean, deviation and the inner percentiles of the finite values."""
    values = pixels.reshape(-1)
    if np.issubdtype(values.dtype, np.floating):
        values = values[np.isfinite(values)]
    if not values.size:
        return (float("nan"),) * 6
    if values.dtype == np.uint8:
        return _of_counts(np.bincount(values, minlength=256))
    low, high = float(values.min()), float(values.max())
    mean, deviation = float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64))
    step = -(-values.size // MANY_VALUES)
    inner = np.percentile(values[::step].astype(np.float64), (0.5, 99.5))
    return low, high, mean, deviation, float(inner[0]), float(inner[1])


def _of_counts(counts: NDArray[np.int64]) -> tuple[float, ...]:
    """The same from the counts of the 256 values: a tenth of the time."""
    levels, total = np.arange(256), int(counts.sum())
    present = np.flatnonzero(counts)
    mean = float(counts @ levels) / total
    variance = float(counts @ (levels - mean) ** 2) / total
    share = np.cumsum(counts) / total
    inner = np.searchsorted(share, (0.005, 0.995))
    return float(present[0]), float(present[-1]), mean, variance**0.5, float(inner[0]), float(inner[1])


def _picture(pixels: Pixels, colour: bool) -> Pixels:
    """Gives the image itself, or the middle slice of a volume."""
    planes = pixels.ndim - colour
    return pixels[:, :, pixels.shape[2] // 2] if planes == 3 else pixels


def _eight_bit(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels.view(np.uint8)
    values = pixels.astype(np.float64)
    low, high = values.min(), values.max()
    scaled: NDArray[np.float64] = np.rint((values - low) / max(high - low, 1e-300) * 255)
    return scaled.astype(np.uint8)
