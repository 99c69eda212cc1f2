import numpy as np
import pytest
from PIL import Image

from stages.components.preparation import fingerprint, prepare_image
from stages.contracts.prepared import PrepareParams
from tests.unit.stages.raw_images import picture

COLOUR = np.stack([picture(1), picture(2), picture(3)], axis=-1)
SAME = (24, 20)


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
    assert (image.shape, image.dtype) == ((1, *size), np.uint8)


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


@pytest.mark.parametrize("shape", [(4,), (4, 4, 4), (4, 4, 1), (2, 4, 4, 3)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        prepare_image(np.zeros(shape, dtype=np.uint8), PrepareParams(size=SAME))


def test_the_fingerprint_knows_what_matters_to_an_image() -> None:
    params = PrepareParams(size=SAME)
    assert fingerprint(params) == fingerprint(params.model_copy(update={"shards": 3}))
    assert fingerprint(params) != fingerprint(params.model_copy(update={"crop": "square"}))
