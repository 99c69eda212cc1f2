"""Masks are compared as their definitions say, in millimetres, also where there is nothing to find."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion
from scipy.spatial.distance import cdist

from stages.components.scores.overlap_scores import Overlapping
from stages.components.tasks.overlap import mean_dice, overlap_table

CLASSES = ("rest", "head", "tail")
SPACING = (1.0, 1.0, 2.0)


def blob(seed: int, number: int = 1) -> NDArray[np.uint8]:
    place = np.random.default_rng(seed).integers(3, 6, 3)
    mask = np.zeros((10, 11, 12), np.uint8)
    mask[place[0] - 2 : place[0] + 2, place[1] - 2 : place[1] + 3, place[2] - 2 : place[2] + 2] = number
    return mask


def surface(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    places: NDArray[np.float64] = np.argwhere(mask & ~binary_erosion(mask)) * np.array(SPACING)
    return places


@pytest.mark.parametrize("seed", range(4))
def test_the_scores_are_those_of_the_definitions(seed: int) -> None:
    one, other = blob(seed), blob(seed + 10)
    row = overlap_table(one[None], other[None], ("rest", "head"), SPACING).iloc[0]
    a, b = one == 1, other == 1
    assert row["dice_head"] == pytest.approx(2 * (a & b).sum() / (a.sum() + b.sum()))
    apart = cdist(surface(a), surface(b))
    to, back = apart.min(axis=1), apart.min(axis=0)
    assert row["hd95_head"] == pytest.approx(max(np.percentile(to, 95), np.percentile(back, 95)), abs=1e-4)
    near = ((to <= 1).sum() + (back <= 1).sum()) / (len(to) + len(back))
    assert row["surface_dice_head"] == pytest.approx(near, abs=0.02)


def test_a_class_that_one_mask_lacks_is_as_wrong_as_can_be() -> None:
    row = overlap_table(np.zeros_like(blob(0))[None], blob(0)[None], CLASSES, SPACING).iloc[0]
    assert (row["dice_head"], row["surface_dice_head"]) == (0, 0)
    assert row["hd95_head"] == pytest.approx(math.hypot(10, 11, 24))
    assert row[["dice_tail", "hd95_tail"]].isna().all()


def test_without_a_spacing_distances_are_pixels() -> None:
    one, other = np.zeros((1, 9, 9), np.uint8), np.zeros((1, 9, 9), np.uint8)
    one[0, 2, 2] = other[0, 2, 6] = 1
    assert overlap_table(one, other, ("rest", "head"), None)["hd95_head"].tolist() == [4.0]


def test_the_mean_dice_is_over_what_there_is_to_find() -> None:
    masks = np.stack([blob(1), blob(2, number=2)])
    assert mean_dice(masks, masks, 3) == 1.0
    assert mean_dice(masks, masks[::-1].copy(), 3) == 0.0
    assert mean_dice(masks[:0], masks[:0], 3) == 0.0


def test_a_weighting_means_over_the_cases_that_have_the_class() -> None:
    scores = np.array([[[0.5, np.nan]] * 3, [[1.0, 0.25]] * 3])
    found = Overlapping(("head", "tail"), scores).score(np.array([[1.0, 1.0], [3.0, 1.0], [1.0, 0.0]]))
    assert found["dice_head"].tolist() == [0.75, 0.625, 0.5]
    assert found["dice"][:2].tolist() == [0.5, 0.4375]
    assert np.isnan(found["dice"][2])
