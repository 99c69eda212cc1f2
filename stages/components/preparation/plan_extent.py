"""Proposes size, spacing, fit and crop from the shapes and spacings of the training cases."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stages.components.preparation.training_facts import TrainingFacts

Choices = dict[str, tuple[Any, str]]
"""A value and its reason, by the name of the value."""

SMALL, LARGE = 32, 224
"""Below the first a side stays as it is; ImageNet's networks were trained at the second."""
MOST_VOXELS = 128**3
"""Of a volume: what a 3D network trains on in the memory of one GPU."""
LONGEST = 10_000


def plane_extent(facts: TrainingFacts) -> Choices:
    """Proposes for images."""
    height, width = (float(side) for side in np.median(facts.shapes, axis=0))
    short, aspect = int(min(height, width)), max(height, width) / min(height, width)
    step = SMALL if short >= SMALL else 1
    side = min(short // step * step, LARGE)
    # Not above twice the short side: a strip would cost more than its short side shows.
    other = max(side, min(int(round(side * aspect, 3)) // step, 2 * side // step) * step)
    size = (side, other) if height <= width else (other, side)
    return {
        "size": (size, f"of the median training image, {by((height, width))}, no pixel is invented"),
        "spacing": (None, "images are scaled to one size, whatever their pixels measure"),
        "fit": ("resize", "scaling loses no part of an image"),
        "crop": ("none", "what lies at the border may matter"),
    }


def volume_extent(facts: TrainingFacts) -> Choices:
    """Proposes for volumes: at the median spacing where every case says its own, else by shape alone."""
    unknown = int(np.isnan(facts.spacings).any(axis=1).sum())
    extent = _by_shape(facts, unknown) if unknown else _by_spacing(facts)
    flat = f"{facts.flat:.0%} of the training cases have a background of one value"
    return extent | {"crop": ("foreground" if facts.flat >= 0.5 else "none", flat)}


def by(sides: Any) -> str:
    """Writes sides or steps as people do, such as `35x51x35`."""
    return "x".join(f"{side:.4g}" for side in sides)


def _by_spacing(facts: TrainingFacts) -> Choices:
    median = np.median(facts.spacings, axis=0)
    shapes = facts.shapes * facts.spacings / median
    size, factor = _that_fits(np.median(shapes, axis=0))
    spacing = tuple(float(f"{step * factor:.4g}") for step in median)
    coarser = f", made {factor:.3g} times coarser to have at most {MOST_VOXELS} voxels" if factor > 1 else ""
    middle = by(np.median(shapes / factor, axis=0))
    larger = int((shapes / factor > np.array(size) + 0.5).any(axis=1).sum())
    whole = by(_rounded_up(side) for side in (shapes / factor).max(axis=0))
    cut = f"; {larger} of {len(shapes)} training cases are larger and lose a margin" if larger else ""
    cut += f", {whole} with `transfer.patch` keeps it" if larger else ""
    return {
        "size": (size, f"the median training case has {middle} voxels at this spacing, rounded up{cut}"),
        "spacing": (spacing, f"the median of the training cases is {by(median)} mm{coarser}"),
        "fit": ("pad", "a voxel keeps its size in millimetres"),
    }


def _by_shape(facts: TrainingFacts, unknown: int) -> Choices:
    median = np.median(facts.shapes, axis=0)
    size, factor = _that_fits(median)
    fewer = f", divided by {factor:.3g} to have at most {MOST_VOXELS}" if factor > 1 else ""
    return {
        "size": (size, f"the median training case has {by(median)} voxels{fewer}, rounded up"),
        "spacing": (None, f"{unknown} of {len(facts.shapes)} training cases do not say theirs"),
        "fit": ("resize", "without spacings, shapes are all that is known"),
    }


def _that_fits(sides: NDArray[np.float64]) -> tuple[tuple[int, ...], float]:
    """Gives the size of a volume, and the factor by which its spacing must grow."""
    factor = 1.0
    while math.prod(size := tuple(_rounded_up(side / factor) for side in sides)) > MOST_VOXELS:
        factor *= 1.05
    return size, factor


def _rounded_up(side: float) -> int:
    """Rounds up to what a network can halve three or four times."""
    step = 8 if side <= 64 else 16
    return min(math.ceil(round(side, 3) / step) * step, LONGEST)
