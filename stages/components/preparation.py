"""Makes the image that a network takes out of a case's pixels, from that case alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.components.fingerprint import fingerprint_of
from stages.contracts.prepared import PrepareParams

Values = NDArray[Any]


def prepare_image(pixels: Values, params: PrepareParams) -> NDArray[np.uint8]:
    """Prepares one case; thread-safe, and the same bits on any number of threads.

    Args:
        pixels: [height, width] grey or [height, width, 3] RGB, of any number type.
        params: What to do.

    Returns:
        uint8 [channels, *params.size].

    Raises:
        ValueError: If the shape is another one, or `as_is` meets values that are not 8-bit.
    """
    from monai.transforms import CenterSpatialCrop

    if not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise ValueError(f"its shape is {pixels.shape}; grey or RGB images are prepared")
    image = _channels(pixels, params.channels)
    if params.crop == "square":
        image = np.asarray(CenterSpatialCrop(min(image.shape[1:]))(image))
    return _resize(_intensity(image, params), params.size)


def fingerprint(params: PrepareParams) -> str:
    """Identifies what `prepare_image` does: its params, its code and the libraries it calls.

    Rows prepared under another fingerprint are not reused.
    """
    facts = [params.model_dump_json(exclude={"shards"})]
    return fingerprint_of(facts, [Path(__file__)], ("monai", "numpy", "torch"))


def _channels(pixels: Values, channels: int) -> Values:
    if pixels.ndim == 2:
        return np.repeat(pixels[None], channels, axis=0)
    if channels == 3:
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))
    return _grey(pixels)[None]


def _grey(pixels: Values) -> Values:
    """Weights the channels by ITU-R 601-2; 8-bit values in fixed point, as PIL rounds them."""
    if pixels.dtype == np.uint8:
        red, green, blue = np.moveaxis(pixels.astype(np.uint32), 2, 0)
        return np.asarray((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16, dtype=np.uint8)
    weighted = pixels.astype(np.float64) * np.array([0.299, 0.587, 0.114])
    return np.asarray(weighted.sum(axis=2))


def _intensity(image: Values, params: PrepareParams) -> NDArray[np.float32]:
    from monai.transforms import ScaleIntensityRange

    if params.intensity == "as_is":
        if image.dtype != np.uint8:
            raise ValueError(f"its values are {image.dtype}; `intensity: as_is` keeps 8-bit values only")
        return image.astype(np.float32)
    low, high = float(image.min()), float(image.max())
    if params.intensity == "percentile":
        inner = [float(value) for value in np.percentile(image, (0.5, 99.5))]
        low, high = inner if inner[0] < inner[1] else (low, high)
    scaled = ScaleIntensityRange(low, max(high, low + 1e-12), 0.0, 255.0, clip=True)(image.astype(np.float32))
    return np.asarray(scaled, dtype=np.float32)


def _resize(image: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.uint8]:
    from monai.transforms import Resize

    if image.shape[1:] != size:
        shrinks = image.shape[1] >= size[0] and image.shape[2] >= size[1]
        # Means over areas keep what lies between the new pixels; they have no meaning when enlarging.
        image = np.asarray(Resize(size, mode="area" if shrinks else "bilinear")(image))
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
