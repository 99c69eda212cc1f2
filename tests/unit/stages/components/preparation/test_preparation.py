import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stages.components.preparation import preparation
from stages.components.preparation.preparation import fingerprint, prepare_case
from stages.contracts.preparation import PrepareParams
from tests.unit.stages.raw_images import picture

COLOUR = np.stack([picture(1), picture(2), picture(3)], axis=-1)
SAME = (24, 20)


def prepare_image(pixels: np.ndarray, params: PrepareParams) -> np.ndarray:
    """Prepares an image; three values in its last axis are a colour."""
    return prepare_case(pixels, params, colour=pixels.ndim == 3)["images"]


def test_eight_bit_grey_of_the_right_size_is_left_alone() -> None:
    np.testing.assert_array_equal(prepare_image(picture(1), PrepareParams(size=SAME))[0], picture(1))


def test_grey_is_weighted_as_pil_does() -> None:
    expected = np.asarray(Image.fromarray(COLOUR).convert("L"))
    np.testing.assert_array_equal(prepare_image(COLOUR, PrepareParams(size=SAME))[0], expected)


def test_three_channels_are_kept_or_repeated() -> None:
    params = PrepareParams(size=SAME, channels=3)
    np.testing.assert_array_equal(prepare_image(COLOUR, params), COLOUR.transpose(2, 0, 1))
    np.testing.assert_array_equal(prepare_image(picture(1), params), np.stack([picture(1)] * 3))


@pytest.mark.parametrize("size", [(12, 10), (48, 40), (12, 40), (7, 5)])
@pytest.mark.parametrize("crop", ["none", "square"])
def test_every_image_gets_the_size(size: tuple[int, int], crop: str) -> None:
    params = PrepareParams.model_validate({"size": size, "crop": crop})
    image = prepare_image(picture(1), params)
    assert (image.shape, image.dtype) == ((1, *size), np.dtype(np.uint8))


def test_shrinking_takes_means() -> None:
    pixels = np.array([[0, 10, 100, 200], [20, 10, 100, 0]], dtype=np.uint8)
    np.testing.assert_array_equal(prepare_image(pixels, PrepareParams(size=(1, 2))), [[[10, 100]]])


def test_the_square_is_the_central_one() -> None:
    pixels = np.zeros((10, 30), dtype=np.uint8)
    pixels[:, 10:20] = 200
    assert (prepare_image(pixels, PrepareParams(size=(10, 10), crop="square")) == 200).all()


def test_minmax_uses_the_whole_range_of_the_case() -> None:
    deep = picture(1).astype(np.uint16) * 100 + 5
    image = prepare_image(deep, PrepareParams(size=SAME, intensity="minmax"))
    assert (image.min(), image.max()) == (0, 255)


def test_percentiles_are_not_led_by_a_single_bright_pixel() -> None:
    pixels = picture(1, 100, 100).astype(np.float32)
    pixels[0, 0] = 1e6
    params = {"size": (100, 100)}
    assert np.ptp(prepare_image(pixels, PrepareParams(**params, intensity="minmax"))[:, 1:]) == 0
    assert np.ptp(prepare_image(pixels, PrepareParams(**params, intensity="percentile"))[:, 1:]) == 255


def test_percentiles_of_an_almost_empty_image_fall_back_to_its_range() -> None:
    pixels = np.zeros((100, 100), dtype=np.uint16)
    pixels[0, 0] = 9
    image = prepare_image(pixels, PrepareParams(size=(100, 100), intensity="percentile"))
    assert (image[0, 0, 0], image.sum()) == (255, 255)


def test_deep_values_are_not_kept_as_they_are() -> None:
    with pytest.raises(ValueError, match="uint16"):
        prepare_image(picture(1).astype(np.uint16), PrepareParams(size=SAME))


NUMBERS = np.random.default_rng(0)
VOLUME = NUMBERS.normal(100, 40, (9, 12, 7)).astype(np.float32)


def params_of(**values: object) -> PrepareParams:
    return PrepareParams.model_validate({"size": (8, 8, 8), "intensity": "minmax"} | values)


def test_a_volume_gets_its_size_and_type() -> None:
    image = prepare_case(VOLUME, params_of(dtype="float16"))["images"]
    assert (image.shape, image.dtype) == ((1, 8, 8, 8), np.dtype(np.float16))
    assert prepare_case(VOLUME, params_of())["images"].dtype == np.uint8


def test_a_volume_in_colour_keeps_its_channels_or_turns_grey() -> None:
    colour = np.stack([VOLUME, VOLUME / 2, VOLUME], axis=-1)
    whole = {"size": VOLUME.shape, "dtype": "float32"}
    kept = prepare_case(colour, params_of(channels=3, **whole), colour=True)["images"]
    assert kept.shape == (3, *VOLUME.shape)
    np.testing.assert_array_equal(kept[0], kept[2])
    grey = prepare_case(colour, params_of(**whole), colour=True)["images"]
    assert grey.shape == (1, *VOLUME.shape)


def test_a_float_image_kept_as_it_is_keeps_its_values() -> None:
    params = params_of(size=VOLUME.shape, intensity="as_is", dtype="float32")
    np.testing.assert_array_equal(prepare_case(VOLUME, params)["images"][0], VOLUME)


def test_a_volume_of_given_spacing_is_resampled_before_it_is_cut() -> None:
    ball = np.zeros((10, 10, 5), np.uint8)
    ball[3:7, 3:7, 1:4] = 200
    params = params_of(size=(10, 10, 10), spacing=(1, 1, 1), fit="pad", intensity="as_is")
    image = prepare_case(ball, params, spacing=(1.0, 1.0, 2.0))["images"][0]
    assert (image > 100).any(axis=(1, 2)).sum() == 4
    assert (image > 100).any(axis=(0, 1)).sum() == 6


def test_the_case_is_scaled_by_what_is_left_after_cropping() -> None:
    pixels = np.zeros((10, 30), np.uint16)
    pixels[:, 0], pixels[:, 10:20] = 60_000, 500
    pixels[5, 15] = 400
    image = prepare_case(pixels, PrepareParams(size=(10, 10), crop="square", intensity="minmax"))["images"]
    assert sorted(set(image.ravel())) == [0, 255]


CASES = st.tuples(
    st.sampled_from([(13, 11), (24, 9), (9, 12, 7), (6, 15, 10)]),
    st.sampled_from(["resize", "pad"]),
    st.sampled_from(["none", "square", "foreground"]),
    st.sampled_from([None, 0.6, 1.0, 1.7]),
    st.integers(4, 14),
    st.integers(0, 1000),
)


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_a_mask_stays_on_its_image(case: tuple[tuple[int, ...], str, str, float | None, int, int]) -> None:
    """Where the prepared image is wholly inside, so is the mask; where it is wholly outside, likewise."""
    shape, fit, crop, step, side, seed = case
    coarse = np.random.default_rng(seed).random((3,) * len(shape)) > 0.5
    inside = coarse[np.ix_(*(np.arange(count) * 3 // count for count in shape))]
    inside[(0,) * len(shape)] = True
    params = params_of(
        size=(side,) * len(shape), fit=fit, crop=crop, intensity="as_is", dtype="float32",
        spacing=None if step is None else (step,) * len(shape),
    )  # fmt: skip
    found = prepare_case(
        np.where(inside, 200, 0).astype(np.uint8), params, spacing=(1.0, 1.2, 0.8)[: len(shape)], mask=inside
    )
    image, mask = found["images"][0], found["masks"]
    assert (mask.shape, mask.dtype) == (image.shape, np.dtype(np.uint8))
    assert mask[image > 199.9].all()
    assert not mask[image < 0.1].any()


def test_a_mask_gets_no_class_between_two_others() -> None:
    mask = np.repeat([0, 2, 5, 0], 4).astype(np.float32)[:, None].repeat(6, axis=1)
    found = prepare_case(mask.astype(np.uint8), params_of(size=(9, 40)), mask=mask)
    assert set(found["masks"].ravel()) == {0, 2, 5}


def test_a_record_keeps_its_values_and_what_is_missing() -> None:
    values = np.array([63.0, np.nan, 1 / 3])
    found = prepare_case(values, PrepareParams(size=None))["images"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, values.astype(np.float32))


GREY = np.arange(16, dtype=np.uint8).reshape(4, 4)


@pytest.mark.parametrize(
    ("pixels", "params", "facts", "reason"),
    [
        (GREY, {"size": (8, 8, 8)}, {}, "2 axes, and `size` has 3"),
        (VOLUME, {"size": (8, 8)}, {}, "3 axes, and `size` has 2"),
        (COLOUR, {"size": (8, 8)}, {}, "3 axes, and `size` has 2"),
        (np.zeros((2, 2, 2, 2, 3)), {"size": (8, 8)}, {"colour": True}, "4 axes, and `size` has 2"),
        (GREY, {"size": None}, {}, "`size: null` is for records"),
        (GREY[0], {"size": (8, 8)}, {}, "`size` is for images: set it to null"),
        (np.array([1.0, np.inf]), {"size": None}, {}, "infinite, or too great for float32"),
        (np.array([1.0, 1e40]), {"size": None}, {}, "infinite, or too great for float32"),
        (GREY, {"size": (8, 8), "spacing": (1, 1)}, {}, "the case does not say its own"),
        (GREY, {"size": (8, 8), "spacing": (1, 1)}, {"spacing": (0.0, 1.0)}, "0x1 mm is impossible"),
        (GREY, {"size": (8, 8), "spacing": (1, 1)}, {"spacing": (1.0, np.nan)}, "1xnan mm is impossible"),
        (GREY, {"size": (8, 8), "spacing": (1, 1)}, {"spacing": (1.0,)}, "1 mm is impossible"),
        (GREY, {"size": (8, 8), "spacing": (1, 1)}, {"spacing": (1e9, 1.0)}, "4000000000x4 values"),
        (VOLUME[0], {"size": (8, 8), "intensity": "as_is"}, {}, "float32; `intensity: as_is` keeps 8-bit"),
        (VOLUME[0] * np.nan, {"size": (8, 8)}, {}, "no number, or too great for float32"),
        (np.full((4, 4), 1e200), {"size": (8, 8)}, {}, "no number, or too great for float32"),
        (np.full((4, 4), 7e4), {"size": (8, 8), "intensity": "as_is", "dtype": "float16"}, {}, "reach 70000"),
        (GREY, {"size": (8, 8)}, {"mask": GREY[:3]}, "mask is of shape (3, 4), and the image of (4, 4)"),
        (GREY, {"size": (8, 8)}, {"mask": GREY / 2}, "no class from 0 to 255"),
        (GREY, {"size": (8, 8)}, {"mask": GREY - 1.0}, "no class from 0 to 255"),
        (GREY, {"size": (8, 8)}, {"mask": GREY * 20.0}, "no class from 0 to 255"),
        (GREY, {"size": (8, 8)}, {"mask": GREY * np.nan}, "no class from 0 to 255"),
    ],
)
def test_a_case_that_the_params_do_not_fit_is_refused_with_the_reason(
    pixels: np.ndarray, params: dict[str, Any], facts: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        prepare_case(pixels, params_of(**params), **facts)


def test_threads_change_no_bit() -> None:
    volumes = [VOLUME * factor for factor in range(1, 9)]
    make = partial(prepare_case, params=params_of(size=(16, 16, 16), dtype="float32", intensity="percentile"))
    alone = [make(volume)["images"] for volume in volumes]
    with ThreadPoolExecutor(4) as pool:
        together = [found["images"] for found in pool.map(make, volumes)]
    np.testing.assert_array_equal(np.stack(alone), np.stack(together))


def test_the_code_behind_the_fingerprint_is_all_that_prepares() -> None:
    """A module that `preparation` uses, and the fingerprint does not know, would leave old rows standing."""
    source = Path(preparation.__file__).read_text()
    used = set(re.findall(r"from stages\.components\.(\w+) import", source)) - {"fingerprint"}
    assert {f"{name}.py" for name in used} <= set(re.findall(r'"(\w+\.py)"', source))


def test_the_fingerprint_knows_what_matters_to_an_image() -> None:
    params = PrepareParams(size=SAME)
    assert fingerprint(params) == fingerprint(params.model_copy(update={"shards": 3}))
    assert fingerprint(params) != fingerprint(params.model_copy(update={"crop": "square"}))
