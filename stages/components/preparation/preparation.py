"""Makes the arrays that a network takes out of the values of one case, from that case alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.components.fingerprint import fingerprint_of
from stages.components.preparation.extent import Scan, size_at
from stages.components.preparation.intensity import as_channels, as_stored, scaled
from stages.contracts.preparation import PrepareParams

Values = NDArray[Any]


def prepare_case(
    pixels: Values,
    params: PrepareParams,
    *,
    colour: bool = False,
    spacing: tuple[float, ...] | None = None,
    mask: Values | None = None,
) -> dict[str, Values]:
    """Prepares one case; thread-safe, and the same bits on any number of threads.

    Args:
        pixels: An image [*grid] or, where `colour`, [*grid, 3], of two or three axes and any number
            type; or a record [features], with NaN for what is missing.
        params: What to do.
        colour: Whether the last axis is red, green and blue.
        spacing: Millimetres per pixel along each axis; None where it is not known.
        mask: Classes from 0 to 255, of the shape of the grid; None where there is none.

    Returns:
        `images`, [channels, *params.size] in `params.dtype`, or float32 [features] of a record; and
        `masks`, uint8 [*params.size], where there is a mask.

    Raises:
        ValueError: If the params do not fit the case, for the reason it gives.
    """
    if pixels.ndim == 1:
        return {"images": _record(pixels, params)}
    scan = prepare_scan(pixels, params, colour=colour, spacing=spacing, mask=mask)
    arrays = {"images": as_stored(scan.image, params.dtype)}
    return arrays if scan.mask is None else {**arrays, "masks": scan.mask}


def prepare_scan(
    pixels: Values,
    params: PrepareParams,
    *,
    colour: bool = False,
    spacing: tuple[float, ...] | None = None,
    mask: Values | None = None,
    uncut: bool = False,
) -> Scan:
    """Prepares an image and its mask as `prepare_case` does, and knows where they lie.

    Args:
        pixels: As for `prepare_case`.
        params: As for `prepare_case`.
        colour: As for `prepare_case`.
        spacing: As for `prepare_case`.
        mask: As for `prepare_case`.
        uncut: Whether an image that is larger than `size` keeps its margins, for a network that sees patches.

    Raises:
        ValueError: If the params do not fit the case, for the reason it gives.
    """
    grid = pixels.shape[: pixels.ndim - colour]
    _require_image(pixels, params, len(grid))
    scan = Scan.of(as_channels(pixels, colour, params.channels), _classes(mask, grid))
    if params.spacing is not None:
        scan = scan.resampled(size_at(scan.grid, spacing, params.spacing))
    scan = scan.cropped(params.crop)
    scan = replace(scan, image=scaled(scan.image, params))
    size = params.size or scan.grid
    if params.fit == "resize":
        return scan.resampled(size)
    return scan.padded(tuple(map(max, size, scan.grid)) if uncut else size)


def fingerprint(params: PrepareParams) -> str:
    """Identifies what `prepare_case` does: its params, its code and the libraries it calls.

    Rows prepared under another fingerprint are not reused.
    """
    facts = [params.model_dump_json(exclude={"shards", "covariates"})]
    names = ("preparation.py", "extent.py", "placement.py", "intensity.py")
    code = [Path(__file__).with_name(name) for name in names]
    return fingerprint_of(facts, code, ("monai", "numpy", "torch"))


def _record(values: Values, params: PrepareParams) -> NDArray[np.float32]:
    if params.size is not None:
        raise ValueError("it is a record of values, and `size` is for images: set it to null")
    with np.errstate(over="ignore"):
        stored = values.astype(np.float32)
    if np.isinf(stored).any():
        raise ValueError("one of its values is infinite, or too great for float32")
    return stored


def _require_image(pixels: Values, params: PrepareParams, axes: int) -> None:
    if params.size is None:
        raise ValueError("it is an image, and `size: null` is for records")
    if axes != len(params.size):
        raise ValueError(f"its shape is {pixels.shape}: {axes} axes, and `size` has {len(params.size)}")
    if params.intensity == "as_is" and params.dtype == "uint8" and pixels.dtype != np.uint8:
        raise ValueError(f"its values are {pixels.dtype}; `intensity: as_is` keeps 8-bit values only")
    with np.errstate(over="ignore"):
        if np.issubdtype(pixels.dtype, np.floating) and not np.isfinite(pixels.astype(np.float32)).all():
            raise ValueError("one of its values is no number, or too great for float32")


def _classes(mask: Values | None, grid: tuple[int, ...]) -> NDArray[np.uint8] | None:
    if mask is None:
        return None
    if mask.shape != grid:
        raise ValueError(f"its mask is of shape {mask.shape}, and the image of {grid}")
    if not ((mask >= 0) & (mask <= 255) & (mask == np.rint(mask))).all():
        raise ValueError("its mask holds values that are no class from 0 to 255")
    return mask.astype(np.uint8)
