from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.components.preparation.extent import Scan, size_at

SIDES = st.lists(st.integers(1, 60), min_size=2, max_size=3)
STEPS = st.floats(0.2, 8)


@settings(max_examples=100, deadline=None)
@given(SIDES, st.lists(STEPS, min_size=3, max_size=3), st.lists(STEPS, min_size=3, max_size=3))
def test_another_spacing_keeps_the_extent_to_half_a_new_pixel(
    grid: list[int], old: list[float], new: list[float]
) -> None:
    axes = len(grid)
    size = size_at(tuple(grid), old[:axes], new[:axes])
    for count, before, made, after in zip(grid, old, size, new, strict=False):
        assert abs(count * before - made * after) <= after / 2 * 1.001 or made == 1


def scan_of(image: np.ndarray, mask: np.ndarray | None = None) -> Scan:
    return Scan.of(image[None], mask)


def test_a_slope_is_a_slope_on_any_grid() -> None:
    """Means where a side shrinks, lines where one grows: the value at a place in the body stays."""
    slope = np.linspace(5, 95, 10, dtype=np.float32)[:, None, None].repeat(6, 1).repeat(4, 2)
    found = scan_of(slope).resampled((5, 3, 9)).image[0]
    np.testing.assert_allclose(found[:, 0, 0], [10, 30, 50, 70, 90], rtol=1e-5)
    np.testing.assert_allclose(found, found[:, :1, :1].repeat(3, 1).repeat(9, 2), rtol=1e-5)


def test_a_volume_that_shrinks_along_one_side_loses_nothing_between_its_voxels() -> None:
    """A single bright slice of eight would fall between the lines of a plain interpolation."""
    volume = np.zeros((8, 2, 2), np.float32)
    volume[2] = 80
    found = scan_of(volume).resampled((2, 4, 4)).image[0]
    np.testing.assert_allclose(found[:, 0, 0], [20, 0], atol=1e-5)


def test_a_pixel_of_a_mask_gets_the_class_at_its_centre() -> None:
    mask = np.array([[0, 7, 0, 0, 9, 0]], np.uint8)
    found = scan_of(mask.astype(np.float32), mask).resampled((1, 2)).mask
    assert found is not None
    assert found.tolist() == [[7, 9]]


def test_the_foreground_is_boxed_and_its_mask_with_it() -> None:
    image = np.zeros((20, 30, 10), np.float32)
    image[4:9, 3, 2:5] = 7
    image[4, 3:12, 2] = 7
    found = scan_of(image, (image > 0).astype(np.uint8)).cropped("foreground")
    assert found.grid == (5, 9, 3)
    assert found.mask is not None
    np.testing.assert_array_equal(found.mask, found.image[0] > 0)


def test_an_image_without_a_foreground_stays_whole() -> None:
    assert scan_of(np.full((5, 6), 3)).cropped("foreground").grid == (5, 6)


def test_margins_are_black_or_the_lowest_value() -> None:
    image = np.array([[3, 5]], np.float32)
    np.testing.assert_array_equal(scan_of(image).padded((3, 2)).image[0], [[0, 0], [3, 5], [0, 0]])
    np.testing.assert_array_equal(scan_of(image - 9).padded((3, 2)).image[0], [[-6, -6], [-6, -4], [-6, -6]])


def test_what_is_larger_is_cut_about_its_centre() -> None:
    image = np.arange(5, dtype=np.float32)[None].repeat(3, axis=0)
    found = scan_of(image, np.ones((3, 5), np.uint8)).padded((5, 3))
    np.testing.assert_array_equal(found.image[0, 2], [1, 2, 3])
    assert found.mask is not None
    assert found.mask.sum() == 9


@pytest.mark.parametrize("spacing", [None, (1.0, -1.0), (1.0, float("inf")), (1.0, 1.0, 1.0)])
def test_a_spacing_that_is_none_is_refused(spacing: tuple[float, ...] | None) -> None:
    with pytest.raises(ValueError, match="spacing"):
        size_at((4, 4), spacing, (1.0, 1.0))
