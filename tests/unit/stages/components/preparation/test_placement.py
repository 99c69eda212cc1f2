"""What was predicted on a prepared image lies where the original shows it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from stages.components.preparation.placement import Placement
from stages.components.preparation.preparation import prepare_scan
from stages.contracts.preparation import PrepareParams


def box(grid: tuple[int, ...]) -> NDArray[np.uint8]:
    """Marks an uneven box well within a grid."""
    mask = np.zeros(grid, np.uint8)
    mask[tuple(slice(side // 4, side // 4 + side // 3 + axis) for axis, side in enumerate(grid))] = 2
    return mask


def overlap(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(2 * ((one > 0) & (other > 0)).sum() / ((one > 0).sum() + (other > 0).sum()))


@pytest.mark.parametrize(
    ("grid", "params"),
    [
        ((40, 60), {"size": (40, 60)}),
        ((41, 67), {"size": (64, 64)}),
        ((80, 50), {"size": (40, 40), "crop": "square"}),
        ((50, 41), {"size": (64, 64), "fit": "pad"}),
        ((60, 50), {"size": (48, 49), "fit": "pad"}),
        ((30, 25, 20), {"size": (32, 32, 32), "fit": "pad"}),
        ((30, 25, 20), {"size": (20, 20, 24)}),
        ((30, 24, 20), {"size": (40, 40, 40), "fit": "pad", "spacing": (1, 1, 1)}),
        ((30, 24, 20), {"size": (32, 32, 32), "crop": "foreground"}),
    ],
)
def test_a_mask_comes_back_to_where_it_was(grid: tuple[int, ...], params: dict[str, object]) -> None:
    mask = box(grid)
    noise = np.random.default_rng(0).integers(1, 60, grid)
    pixels = (noise + 80 * (mask > 0)).astype(np.uint8)
    pixels[:2] = pixels[-1:] = 0
    spacing = (1.0, 1.5, 2.0) if "spacing" in params else None
    scan = prepare_scan(pixels, PrepareParams.model_validate(params), spacing=spacing, mask=mask)
    assert scan.mask is not None
    back = scan.placement.taken_back(scan.mask, grid)
    assert back.shape == grid
    assert set(np.unique(back)) <= {0, 2}
    assert overlap(back, mask) > (0.99 if scan.placement.scale == (1.0,) * len(grid) else 0.9)


def test_what_was_not_shown_is_background() -> None:
    back = Placement.of(2).moved((2, 0)).taken_back(np.ones((3, 4), np.uint8), (8, 4))
    assert back[:, 0].tolist() == [0, 0, 1, 1, 1, 0, 0, 0]


def test_a_margin_does_not_come_back() -> None:
    mask = np.arange(6, dtype=np.uint8).reshape(6, 1)
    assert Placement.of(2).moved((-1, 0)).taken_back(mask, (4, 1)).ravel().tolist() == [1, 2, 3, 4]
