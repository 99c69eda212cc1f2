"""Lays a mask over its image: one class number per pixel, on the same grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from stages.adapters.case import Decoded, Pixels, UnreadableError
from stages.adapters.images.volume_file import Volume
from stages.adapters.raw.raw_bytes import AbsentError

TOLERANCE = 1e-3
"""By which the affines of an image and its mask may differ, in millimetres."""


def with_mask(image: Decoded, name: str | None, read: Callable[[str], Decoded]) -> Decoded:
    """Reads the mask of an image.

    Args:
        image: The image.
        name: What `read` takes; None where there is no mask.
        read: Decodes the file of this name.

    Returns:
        The image with its mask: uint8, 0 and 255 being a drawn 0 and 1; or as it is stored where it holds
        fractions, for whoever examines it to say so.

    Raises:
        UnreadableError: As `missing-mask`, as `mask-mismatch` where shape or affine differ, as
            `mask-values` where it holds what is no number from 0 to 255, or where it cannot be read.
    """
    if name is None:
        raise UnreadableError("none is named for it", "missing-mask")
    try:
        mask = read(name)
    except UnreadableError as error:
        kind = "missing-mask" if isinstance(error, AbsentError) else error.kind
        raise UnreadableError(f"its mask {name}: {error}", kind) from error
    spatial = image.pixels.shape[:-1] if image.colour else image.pixels.shape
    if mask.colour:
        raise UnreadableError("its mask is a colour image", "mask-values")
    if mask.pixels.shape != spatial:
        shapes = ["x".join(map(str, shape)) for shape in (mask.pixels.shape, spatial)]
        raise UnreadableError(f"the mask is {shapes[0]}, the image {shapes[1]}", "mask-mismatch")
    apart = _distance(image, mask)
    if apart > TOLERANCE:
        raise UnreadableError(f"their affines differ by {apart:g} mm", "mask-mismatch")
    return replace(image, mask=_class_numbers(mask.pixels))


def _distance(image: Decoded, mask: Decoded) -> float:
    if not (isinstance(image, Volume) and isinstance(mask, Volume)):
        return 0.0  # a picture says nothing of where it lies
    return float(np.abs(image.affine - mask.affine).max())


def _class_numbers(values: Pixels) -> Pixels:
    if not bool((values == np.rint(values)).all()):
        return values
    low, high = values.min(), values.max()
    if low < 0 or high > 255:
        odd = low if low < 0 else high
        raise UnreadableError(f"its mask holds {odd:g}, and classes are numbered 0 to 255", "mask-values")
    numbers = values.astype(np.uint8)
    drawn = high == 255 and bool(np.isin(numbers, (0, 255)).all())
    return np.asarray(numbers // 255 if drawn else numbers)
