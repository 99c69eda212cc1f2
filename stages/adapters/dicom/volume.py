"""Puts the images of DICOM files together to a case: one image, or a volume of slices or frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stages.adapters.case import Decoded, Pixels, UnreadableError
from stages.adapters.dicom.pixels import Picture
from stages.adapters.dicom.plane import Plane
from stages.adapters.dicom.stack import stack
from stages.adapters.dicom.values import smallest
from stages.adapters.images.image_file import grey_where_equal

Spacing = tuple[float, ...] | None


def assemble(pictures: Sequence[Picture], names: Sequence[str]) -> Decoded:
    """Makes a case of the images of one or several files.

    Args:
        pictures: As `read_picture` gives them.
        names: Of the files, for messages.

    Returns:
        [rows, columns], or of several images [columns, rows, images], that is [x, y, z] with z along the
        normal of the images; a colour is a further axis.

    Raises:
        UnreadableError: If the images are no slices of one volume.
    """
    found = frozenset[str]().union(*(picture.identifiers for picture in pictures))
    frames = [frame for picture in pictures for frame in picture.frames]
    planes = [plane for picture in pictures for plane in picture.planes]
    if len(frames) == 1:
        pixels, spacing = frames[0], planes[0].spacing
    else:
        slices = names if len(pictures) > 1 else [f"frame {number + 1}" for number in range(len(frames))]
        pixels, spacing = _volume(frames, planes, slices)
    colour = pictures[0].colour
    if colour:
        inked = pixels
        pixels = grey_where_equal(inked)
        colour = pixels.ndim == inked.ndim
    return Decoded(np.ascontiguousarray(pixels), colour, spacing, identifiers=tuple(sorted(found)))


def _volume(
    frames: Sequence[Pixels], planes: Sequence[Plane], names: Sequence[str]
) -> tuple[Pixels, Spacing]:
    if not all(plane.is_parallel(planes[0]) for plane in planes):
        raise UnreadableError("its images are not parallel", "irregular-spacing")
    if len({frame.shape for frame in frames}) > 1:
        raise UnreadableError("some of its images are grey and some in colour")
    slices = stack(planes, names)
    pixels = np.stack([frames[index] for index in slices.order]).swapaxes(0, 2)
    if pixels.ndim == 3:
        pixels = smallest(pixels, eight_bit=all(frame.dtype.itemsize == 1 for frame in frames))
    if planes[0].spacing is None or slices.step is None:
        return pixels, None
    between_rows, between_columns = planes[0].spacing
    return pixels, (between_columns, between_rows, slices.step)
