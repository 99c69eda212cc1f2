"""Where the pixels of a prepared image lie in the image as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sides = tuple[int, ...]


@dataclass(frozen=True)
class Placement:
    """Along each axis, the edge at `e` of a grid lies at `scale * e + offset` of the original one.

    Attributes:
        scale: Original pixels per pixel.
        offset: In original pixels.
    """

    scale: tuple[float, ...]
    offset: tuple[float, ...]

    @classmethod
    def of(cls, axes: int) -> Placement:
        """Gives the placement of an image that nothing has been done to."""
        return cls((1.0,) * axes, (0.0,) * axes)

    def resampled(self, grid: Sides, size: Sides) -> Placement:
        """Gives the placement after the same extent got another grid."""
        steps = zip(self.scale, grid, size, strict=True)
        return Placement(tuple(scale * old / new for scale, old, new in steps), self.offset)

    def moved(self, starts: Sides) -> Placement:
        """Gives the placement after the grid begins elsewhere: further in, or at negative pixels."""
        steps = zip(self.offset, self.scale, starts, strict=True)
        return Placement(self.scale, tuple(offset + scale * start for offset, scale, start in steps))

    def taken_back(self, mask: NDArray[Any], grid: Sides) -> NDArray[Any]:
        """Gives a mask on the original grid; what the prepared image did not show is background.

        Args:
            mask: A class per pixel of the prepared image.
            grid: Pixels of the original image along each axis.
        """
        there, here = [], []
        for side, scale, offset, kept in zip(grid, self.scale, self.offset, mask.shape, strict=True):
            place = np.floor((np.arange(side) + 0.5 - offset) / scale).astype(np.int64)
            shown = np.flatnonzero((place >= 0) & (place < kept))
            there.append(shown)
            here.append(place[shown])
        back = np.zeros(grid, mask.dtype)
        back[np.ix_(*there)] = mask[np.ix_(*here)]
        return back
