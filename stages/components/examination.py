"""Looks at the pixels of one case: what they are, what they resemble, and whether they can be used."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.components.content import content_sha256

Pixels = NDArray[np.generic]


@dataclass(frozen=True)
class Examination:
    """What is known of a case once it has been looked at.

    Attributes:
        content_sha256: Of the decoded values; None where they could not be read.
        perceptual_hash: 16 hexadecimal digits; None where there is no picture to hash.
        flaw: Kind of the finding that excludes the case: `unreadable`, `not-finite` or `constant`.
        reason: Cause of the flaw.
        misnamed: The real format, where the extension tells another one.
    """

    content_sha256: str | None = None
    perceptual_hash: str | None = None
    flaw: str | None = None
    reason: str | None = None
    misnamed: str | None = None


def examine(pixels: Pixels, misnamed: str | None = None) -> Examination:
    """Examines decoded pixels.

    Args:
        pixels: [height, width] or [height, width, 3], of any number type.
        misnamed: Passed through.
    """
    flaw, reason = _flaw(pixels)
    perceptual = None if flaw else perceptual_hash(pixels)
    return Examination(content_sha256(pixels), perceptual, flaw, reason, misnamed)


def perceptual_hash(pixels: Pixels) -> str:
    """Gives the 64-bit perceptual hash as 16 hexadecimal digits; near-duplicates differ in few bits."""
    import imagehash
    from PIL import Image

    grey = Image.fromarray(_eight_bit(pixels)).convert("L")
    # Lanczos over the full size costs more than decoding; reducing by whole factors first hardly differs.
    small = grey.resize((32, 32), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return str(imagehash.phash(small))


def tabulate(examinations: list[Examination], cases: pd.Index[str]) -> pd.DataFrame:
    """Gives one row per examination, one column per attribute, indexed by case."""
    return pd.DataFrame([asdict(e) for e in examinations], index=cases, dtype="string")


def _flaw(pixels: Pixels) -> tuple[str, str] | tuple[None, None]:
    if pixels.size == 0:
        return "unreadable", "it has no pixels"
    if np.issubdtype(pixels.dtype, np.floating) and not bool(np.isfinite(pixels).all()):
        bad = int(np.count_nonzero(~np.isfinite(pixels)))
        return "not-finite", f"{bad} of {pixels.size} values are NaN or infinite"
    low, high = pixels.min(), pixels.max()
    return ("constant", f"every value is {low}") if low == high else (None, None)


def _eight_bit(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels.view(np.uint8)
    values = pixels.astype(np.float64)
    low, high = values.min(), values.max()
    scaled: NDArray[np.float64] = np.rint((values - low) / (high - low) * 255)
    return scaled.astype(np.uint8)
