"""Draws training patches from whole batches: anywhere, or about the classes to be found."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stages.components.compute.processes import Part
from stages.contracts.patch import Patch

MOST = 1000
"""Places that are kept of a class in a case: enough to choose from (nnU-Net keeps ten times as many)."""


class PatchSampler:
    """Cuts one patch out of each case of a batch, the same out of image and mask.

    As MONAI's `RandCropByPosNegLabel`, but on a batch of tensors, and each class of a case as often as
    another, however few pixels it has (Isensee et al. 2021).

    Args:
        masks: A class per pixel, shape (cases, *size).
        patch: Size and share of foreground.
        draws: Decides every patch; on the CPU, so that a device changes nothing.
    """

    def __init__(self, masks: NDArray[np.uint8], patch: Patch, draws: torch.Generator) -> None:
        self._patch, self._draws = patch, draws
        self._places = [_places(mask, draws) for mask in masks]

    def cut(
        self, images: Tensor, masks: Tensor, rows: Tensor, part: Part | None = None
    ) -> tuple[Tensor, Tensor]:
        """Cuts patches.

        Args:
            images: Shape (cases, channels, *size).
            masks: Shape (cases, *size).
            rows: Numbers of the batch's cases among those that the sampler was made with.
            part: Of the batch, where images and masks are no more than that.

        Returns:
            Images and masks of the patch's size.
        """
        corners = self._corners(rows.tolist(), tuple(masks.shape[1:]))[part.rows if part else slice(None)]
        boxes = [
            tuple(slice(at, at + side) for at, side in zip(corner, self._patch.size, strict=True))
            for corner in corners
        ]
        pairs = zip(images, masks, boxes, strict=True)
        parts = [(image[(slice(None), *box)], mask[box]) for image, mask, box in pairs]
        return torch.stack([image for image, _ in parts]), torch.stack([mask for _, mask in parts])

    def _corners(self, rows: list[int], grid: tuple[int, ...]) -> list[list[int]]:
        """Draws as many numbers for every patch, so that one case does not move the draws of the next."""
        room = np.array(grid) - np.array(self._patch.size)
        drawn = torch.rand(len(rows), 3 + len(grid), dtype=torch.float64, generator=self._draws).numpy()
        corners = []
        for row, (kind, which, place, *free) in zip(rows, drawn, strict=True):
            corner = np.floor(np.array(free) * (room + 1))
            classes = self._places[row]
            if classes and kind < self._patch.foreground:
                places = classes[int(which * len(classes))]
                centre = places[int(place * len(places))]
                corner = np.clip(centre - np.array(self._patch.size) // 2, 0, room)
            corners.append([int(at) for at in corner])
        return corners


def _places(mask: NDArray[np.uint8], draws: torch.Generator) -> list[NDArray[Any]]:
    """Gives some places of each class that a case has, shape (places, axes); none of the background."""
    places = []
    for number in np.flatnonzero(np.bincount(mask.ravel(), minlength=2)[1:]) + 1:
        flat = np.flatnonzero(mask == number)
        if len(flat) > MOST:
            flat = flat[torch.randint(len(flat), (MOST,), generator=draws).numpy()]
        places.append(np.stack(np.unravel_index(flat, mask.shape), axis=1))
    return places
