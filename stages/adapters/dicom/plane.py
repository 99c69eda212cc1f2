"""Where a DICOM image lies in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stages.adapters.dicom.fields import reals, whole

if TYPE_CHECKING:
    from pydicom import Dataset

GEOMETRY = (
    "Rows", "Columns", "PixelSpacing", "ImagerPixelSpacing", "ImagePositionPatient",
    "ImageOrientationPatient", "InstanceNumber", "SliceLocation", "SpacingBetweenSlices",
)  # fmt: skip
SAME_DIRECTION = 1e-3
"""Difference of direction cosines within which two slices are parallel."""
SAME_SPACING = 0.01
"""Share by which the spacings of pixels of two slices of a volume may differ."""


@dataclass(frozen=True)
class Plane:
    """An image in space.

    Attributes:
        size: Rows and columns.
        spacing: Millimetres from row to row and from column to column.
        position: Millimetres, of the first pixel.
        orientation: Direction of a row and of a column.
        number: Of the image in its series.
        location: Millimetres along the stack, as the scanner counts them.
        between: Millimetres from slice to slice, as the header has it.
    """

    size: tuple[int, int]
    spacing: tuple[float, ...] | None = None
    position: tuple[float, ...] | None = None
    orientation: tuple[float, ...] | None = None
    number: int | None = None
    location: float | None = None
    between: float | None = None

    def is_parallel(self, other: Plane) -> bool:
        """Tells whether two images could be slices of one volume: of one size, spacing and direction."""
        return (
            self.size == other.size
            and _near(self.spacing, other.spacing, relative=SAME_SPACING)
            and _near(self.orientation, other.orientation, absolute=SAME_DIRECTION)
        )


def plane_of(dataset: Dataset) -> Plane | None:
    """Reads where an image lies; None if the header describes none."""
    rows, columns = whole(dataset, "Rows"), whole(dataset, "Columns")
    if not rows or not columns or min(rows, columns) < 0:
        return None
    spacings = (reals(dataset, name, 2) for name in ("PixelSpacing", "ImagerPixelSpacing"))
    orientation = reals(dataset, "ImageOrientationPatient", 6)
    if orientation and abs(np.linalg.norm(normal_of(orientation)) - 1) > 0.01:
        orientation = None  # zeros, as some anonymisers leave them
    location, between = (reals(dataset, name, 1) for name in ("SliceLocation", "SpacingBetweenSlices"))
    return Plane(
        (rows, columns),
        next((spacing for spacing in spacings if spacing and min(spacing) > 0), None),
        reals(dataset, "ImagePositionPatient", 3),
        orientation,
        whole(dataset, "InstanceNumber"),
        location[0] if location else None,
        between[0] if between and between[0] > 0 else None,
    )


def normal_of(orientation: tuple[float, ...]) -> NDArray[np.float64]:
    """Gives the direction across an image, along which its neighbours lie."""
    return np.cross(orientation[:3], orientation[3:])


def _near(
    one: tuple[float, ...] | None, other: tuple[float, ...] | None, relative: float = 0, absolute: float = 0
) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.allclose(one, other, rtol=relative, atol=absolute))
