import numpy as np
import pytest

from stages.components.cases.content import content_sha256
from stages.components.cases.examination import examine
from tests.unit.stages.raw_images import picture


def test_the_same_pixels_have_the_same_hash() -> None:
    pixels = picture(1)
    assert content_sha256(pixels) == content_sha256(np.asfortranarray(pixels))


@pytest.mark.parametrize("other", [picture(1).astype(np.uint16), picture(1).reshape(20, 24), picture(2)])
def test_type_shape_and_values_belong_to_the_content(other: np.ndarray) -> None:
    assert content_sha256(picture(1)) != content_sha256(other)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_a_flaw(bad: float) -> None:
    pixels = picture(1).astype(np.float32)
    pixels[3, 4] = bad
    seen = examine(pixels)
    assert (seen.flaw, seen.perceptual_hash) == ("not-finite", None)
    assert seen.reason == "1 of 480 values are NaN or infinite"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_a_constant_image_is_a_flaw(kind: type) -> None:
    assert examine(np.full((9, 9), 7, dtype=kind)).flaw == "constant"


def test_an_image_without_pixels_is_unreadable() -> None:
    assert examine(np.zeros((0, 9), dtype=np.uint8)).flaw == "unreadable"


def test_depth_does_not_change_the_perceptual_hash() -> None:
    pixels = picture(1)
    wide = (pixels.astype(np.float64) - pixels.min()) / np.ptp(pixels) * 255
    plain = examine(np.rint(wide).astype(np.uint8)).perceptual_hash
    assert plain == examine(wide.astype(np.float32)).perceptual_hash
