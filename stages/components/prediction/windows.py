"""Puts what is said of a large image together from what a network says of its parts."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from stages.contracts.patch import Patch

Compute = Callable[[Tensor], Tensor]
MOST_VALUES = 1 << 21
"""Of the volumes or windows that are computed at a time: 64 of 32 to a side. It decides last bits."""


def slides(images: Tensor, patch: Patch | None) -> bool:
    """Tells whether images, shape (cases, channels, *size), are larger than the patch of a network."""
    return patch is not None and tuple(images.shape[2:]) != patch.size


def windows_at_once(patch: Patch, channels: int) -> int:
    """Gives how many windows are computed at a time."""
    return max(1, MOST_VALUES // (math.prod(patch.size) * channels))


def slide(compute: Compute, images: Tensor, patch: Patch) -> Tensor:
    """Moves a window over images; what is said of a pixel weighs more, the nearer it is to the middle.

    Args:
        compute: Windows (windows, channels, *patch) to outputs (windows, outputs, *patch).
        images: Shape (cases, channels, *size), no side smaller than the patch's.
        patch: Size of the window, and by how much it overlaps its neighbours.

    Returns:
        Outputs of shape (cases, outputs, *size).
    """
    from monai.inferers.utils import sliding_window_inference  # a second that most stages do not need

    together = windows_at_once(patch, images.shape[1])
    outputs = sliding_window_inference(images, patch.size, together, compute, patch.overlap, mode="gaussian")
    if not isinstance(outputs, Tensor):
        raise TypeError("a network gave no tensor")
    return outputs


def mean_over_windows(compute: Compute, images: Tensor, patch: Patch) -> Tensor:
    """Gives the mean of features over windows side by side, shape (cases, width)."""
    from monai.data.utils import dense_patch_slices

    boxes = dense_patch_slices(images.shape[2:], patch.size, patch.size)
    return torch.stack([compute(images[(..., *box)]) for box in boxes]).mean(dim=0)
