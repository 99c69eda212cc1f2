from __future__ import annotations

import numpy as np
import pytest

from stages.components.preparation.intensity import as_channels, as_stored, scaled
from stages.contracts.preparation import PrepareParams

BODY = np.array([[-1000, -160, 40, 240, 3000]], np.int16)


def test_a_window_means_the_same_in_every_case() -> None:
    params = PrepareParams(size=(1, 5), intensity="window", window=(-160, 240))
    np.testing.assert_allclose(scaled(BODY, params), [[0, 0, 127.5, 255, 255]])
    np.testing.assert_allclose(scaled(BODY[:, 2:3], params), [[127.5]])


def test_fractions_are_rounded_to_whole_numbers_or_kept() -> None:
    image = np.array([-3.0, 0.4, 127.5, 254.6, 300.0], np.float32)
    np.testing.assert_array_equal(as_stored(image, "uint8"), np.array([0, 0, 128, 255, 255], np.uint8))
    np.testing.assert_array_equal(as_stored(image, "float32"), image)
    assert as_stored(image, "float16").dtype == np.float16


def test_values_beyond_the_type_are_refused() -> None:
    with pytest.raises(ValueError, match="reach 70000, and `dtype: float16` does not"):
        as_stored(np.array([-7e4], np.float32), "float16")


def test_colours_of_a_volume_become_channels_or_one_grey() -> None:
    colour = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3), dtype=np.uint8)
    np.testing.assert_array_equal(as_channels(colour, True, 3)[1], colour[..., 1])
    grey = as_channels(colour, True, 1)[0]
    np.testing.assert_allclose(grey, colour @ [0.299, 0.587, 0.114], atol=0.51)
