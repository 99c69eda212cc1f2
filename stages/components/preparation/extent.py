"""Where the values of a case lie: the grid of an image and its mask is resampled, cut and padded as one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stages.components.preparation.placement import Placement
from stages.contracts.preparation import MOST_VALUES

Values = NDArray[Any]
Sides = tuple[int, ...]


@dataclass(frozen=True)
class Scan:
    """An image and its mask on one grid.

    Attributes:
        image: Shape [channels, *grid].
        mask: Classes, uint8 [*grid]; None where there is none.
        placement: Where the grid lies in that of the image as it was.
    """

    image: Values
    mask: NDArray[np.uint8] | None
    placement: Placement

    @classmethod
    def of(cls, image: Values, mask: NDArray[np.uint8] | None) -> Scan:
        """Gives the scan of an image that nothing has been done to."""
        return cls(image, mask, Placement.of(image.ndim - 1))

    @property
    def grid(self) -> Sides:
        """Pixels along each axis."""
        return self.image.shape[1:]

    def resampled(self, size: Sides) -> Scan:
        """Gives the same extent on another grid; a pixel of the mask gets the class at its centre."""
        if self.grid == size:
            return self
        mask = None
        if self.mask is not None:
            mask = _resize(self.mask[None], size, "nearest-exact")[0].astype(np.uint8)
        return Scan(_resample(self.image, size), mask, self.placement.resampled(self.grid, size))

    def cropped(self, crop: Literal["none", "square", "foreground"]) -> Scan:
        """Cuts the central square or cube out, or the box around the foreground."""
        if crop == "none":
            return self
        box = _centre(self.grid) if crop == "square" else _foreground(self.image)
        placement = self.placement.moved(tuple(part.start for part in box))
        mask = None if self.mask is None else self.mask[box]
        return Scan(self.image[(slice(None), *box)], mask, placement)

    def padded(self, size: Sides) -> Scan:
        """Adds or cuts margins about the centre.

        A margin is 0, the low end of the scale and the background of a mask; where there are
        values below, it is the lowest of them.
        """
        from monai.transforms import ResizeWithPadOrCrop

        value = min(0.0, float(self.image.min()))
        image = np.asarray(ResizeWithPadOrCrop(size, value=value)(self.image))
        mask = None if self.mask is None else np.asarray(ResizeWithPadOrCrop(size)(self.mask[None]))[0]
        starts = tuple(_start(side, wanted) for side, wanted in zip(self.grid, size, strict=True))
        return Scan(image, mask, self.placement.moved(starts))


def _start(side: int, wanted: int) -> int:
    """Tells where an axis begins after MONAI has cut or padded it: negative where margins were added."""
    from monai.transforms import ResizeWithPadOrCrop

    numbered = np.asarray(ResizeWithPadOrCrop((wanted,))(np.arange(1.0, side + 1)[None]))[0]
    first = int(np.flatnonzero(numbered)[0])
    return int(numbered[first]) - 1 - first


def size_at(grid: Sides, spacing: Sequence[float] | None, target: Sequence[float]) -> Sides:
    """Gives the grid of another spacing over the same extent, to half a new pixel (Isensee et al. 2021).

    Args:
        grid: Pixels along each axis.
        spacing: Millimetres per pixel now; None where it is not known.
        target: Millimetres per pixel to come.

    Raises:
        ValueError: If the spacing is not known or impossible, or the new grid would be monstrous.
    """
    if spacing is None:
        raise ValueError("`spacing` is asked for, and the case does not say its own")
    if len(spacing) != len(grid) or not all(0 < step < math.inf for step in spacing):
        raise ValueError(f"its spacing of {'x'.join(f'{step:g}' for step in spacing)} mm is impossible")
    sides = [count * old / new for count, old, new in zip(grid, spacing, target, strict=True)]
    if math.prod(max(1.0, side) for side in sides) > MOST_VALUES:
        raise ValueError(f"`spacing` would cut it into {'x'.join(f'{side:.0f}' for side in sides)} values")
    return tuple(max(1, round(side)) for side in sides)


def _resample(image: Values, size: Sides) -> Values:
    # Means over areas keep what lies between the new pixels; they have no meaning when enlarging.
    smaller = tuple(map(min, image.shape[1:], size))
    if len(size) == 2 and smaller != size:
        smaller = image.shape[1:]  # a flat image with a side that grows is interpolated along both
    if smaller != image.shape[1:]:
        image = _resize(image, smaller, "area")
    return image if smaller == size else _resize(image, size, "bilinear" if len(size) == 2 else "trilinear")


def _resize(image: Values, size: Sides, mode: str) -> Values:
    from monai.transforms import Resize

    return np.asarray(Resize(size, mode=mode)(image))


def _centre(grid: Sides) -> tuple[slice, ...]:
    from monai.transforms import CenterSpatialCrop

    return tuple(CenterSpatialCrop(min(grid)).compute_slices(grid))


def _foreground(image: Values) -> tuple[slice, ...]:
    """Gives the box of all values above the 0.5th percentile; the whole grid where there are none."""
    from monai.transforms import CropForeground

    threshold = np.percentile(image, 0.5)
    starts, ends = CropForeground(select_fn=lambda values: values > threshold).compute_bounding_box(image)
    if min(ends - starts) < 1:
        return tuple(slice(0, side) for side in image.shape[1:])
    return tuple(slice(int(start), int(end)) for start, end in zip(starts, ends, strict=True))
