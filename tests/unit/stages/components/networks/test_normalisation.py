from __future__ import annotations

import numpy as np
import pytest

from stages.components.networks.normalisation import fit_normalisation


def test_mean_and_deviation_are_those_of_each_channel() -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 3, 9, 7), dtype=np.uint8)
    found = fit_normalisation(images)
    np.testing.assert_allclose(found.mean, images.mean(axis=(0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(found.deviation, images.std(axis=(0, 2, 3)), rtol=1e-12)


def test_volumes_are_summed_over_all_three_sides() -> None:
    volumes = np.random.default_rng(3).integers(0, 256, (5, 2, 4, 6, 7), dtype=np.uint8)
    found = fit_normalisation(volumes)
    np.testing.assert_allclose(found.mean, volumes.mean(axis=(0, 2, 3, 4)), rtol=1e-12)
    np.testing.assert_allclose(found.deviation, volumes.std(axis=(0, 2, 3, 4)), rtol=1e-12)


def test_the_order_of_the_cases_changes_no_bit() -> None:
    images = np.random.default_rng(1).integers(0, 256, (50, 1, 5, 5), dtype=np.uint8)
    assert fit_normalisation(images) == fit_normalisation(images[::-1])


def test_fractions_count_as_well() -> None:
    images = np.random.default_rng(2).uniform(0, 255, (150, 2, 5, 5)).astype(np.float16)
    found = fit_normalisation(images)
    np.testing.assert_allclose(found.mean, images.mean(axis=(0, 2, 3), dtype=np.float64), rtol=1e-9)
    np.testing.assert_allclose(found.deviation, images.std(axis=(0, 2, 3), dtype=np.float64), rtol=1e-9)


@pytest.mark.parametrize("value", [0, 7, 255])
def test_a_constant_channel_does_not_divide_by_zero(value: int) -> None:
    found = fit_normalisation(np.full((4, 1, 3, 3), value, dtype=np.uint8))
    assert (found.mean, found.deviation) == ((value,), (1.0,))
