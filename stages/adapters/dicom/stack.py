"""Orders the slices of a DICOM volume, and makes sure that it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stages.adapters.case import UnreadableError
from stages.adapters.dicom.plane import Plane, normal_of

SAME_PLACE = 1e-3
"""Millimetres within which two slices lie at the same place."""
UNEVEN = 0.01
"""Share of the spacing by which a gap between two slices may differ from it."""


@dataclass(frozen=True)
class Depths:
    """Each image's place along the stack, in millimetres or by number."""

    places: list[float]
    in_mm: bool


def depths(planes: Sequence[Plane]) -> Depths | None:
    """Finds each image's place along the stack; None where it is unknown, or the same for all.

    By position along the normal; else by instance number; else by slice location.
    """
    normal = normal_of(planes[0].orientation) if planes[0].orientation else None
    by_position = [
        None if normal is None or plane.position is None else float(normal @ plane.position)
        for plane in planes
    ]
    by_number = [plane.number for plane in planes]
    for places in (by_position, by_number, [plane.location for plane in planes]):
        known = [float(place) for place in places if place is not None]
        if len(known) == len(planes):
            if max(known) - min(known) > SAME_PLACE:
                return Depths(known, places is not by_number)
            if places is by_position:
                return None  # frames in time: their numbers are no places
    return None


@dataclass(frozen=True)
class Stack:
    """How images make a volume: their order, and the millimetres from one to the next if known."""

    order: tuple[int, ...]
    step: float | None


def stack(planes: Sequence[Plane], names: Sequence[str]) -> Stack:
    """Orders the slices of a volume, and makes sure that none is missing and none there twice.

    Args:
        planes: Two or more parallel images; without places they stay in the order in which they come.
        names: Of each, for messages.

    Raises:
        UnreadableError: If the slices do not lie evenly, or two lie at one place.
    """
    known = depths(planes)
    if known is None:
        return Stack(tuple(range(len(planes))), planes[0].between)
    order = sorted(range(len(planes)), key=known.places.__getitem__)
    gaps = np.diff([known.places[index] for index in order])
    closest, widest = int(gaps.argmin()), int(gaps.argmax())
    if gaps[closest] <= SAME_PLACE:
        pair = " and ".join(f"'{names[order[index]]}'" for index in (closest, closest + 1))
        raise UnreadableError(f"{pair} lie at the same place", "repeated-slice")
    step = float(np.median(gaps))
    if np.abs(gaps - step).max() > UNEVEN * step:
        apart = f"{gaps[closest]:g} to {gaps[widest]:g}{' mm' if known.in_mm else ' by number'}"
        gap = f"its slices are {apart} apart, the widest gap is after '{names[order[widest]]}'"
        raise UnreadableError(gap, "irregular-spacing")
    return Stack(tuple(order), step if known.in_mm else planes[0].between)
