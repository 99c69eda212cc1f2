from pathlib import Path

import numpy as np
import pytest

from stages.adapters.case import Decoded, UnreadableError
from stages.adapters.images.case_file import decode_case_file
from stages.adapters.images.mask import with_mask
from tests.unit.stages.raw_images import picture
from tests.unit.stages.volumes import save_volume, volume

GREY = Decoded(picture(1))
MASK = (picture(1) > 100).astype(np.uint8)


def masked(values: np.ndarray, image: Decoded = GREY, *, colour: bool = False) -> np.ndarray:
    found = with_mask(image, "m", lambda name: Decoded(values, colour=colour)).mask
    assert found is not None
    return found


def kind_of(image: Decoded, mask: Decoded) -> tuple[str, str]:
    with pytest.raises(UnreadableError) as caught:
        with_mask(image, "m", lambda name: mask)
    return caught.value.kind, str(caught.value)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_whole_numbers_of_any_type_are_class_numbers(kind: type) -> None:
    found = masked(MASK.astype(kind) * 2)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, MASK * 2)


def test_a_mask_drawn_in_white_means_one() -> None:
    np.testing.assert_array_equal(masked(MASK * 255), MASK)


def test_a_mask_with_255_among_others_is_taken_as_it_is() -> None:
    values = MASK * 255
    values[0, 0] = 7
    assert set(np.unique(masked(values))) == {0, 7, 255}


def test_fractions_are_left_for_the_examination_to_find() -> None:
    assert masked(MASK / 2).dtype == np.float64


def test_a_colour_image_has_a_mask_of_its_pixels() -> None:
    colour = Decoded(np.zeros((24, 20, 3), dtype=np.uint8), colour=True)
    assert masked(MASK, colour).shape == (24, 20)


@pytest.mark.parametrize("value", [-1, 256, np.inf])
def test_numbers_that_no_class_has_are_refused(value: float) -> None:
    values = MASK.astype(np.float64)
    values[0, 0] = value
    assert kind_of(GREY, Decoded(values))[0] == "mask-values"


def test_a_colour_mask_is_refused() -> None:
    mask = Decoded(np.zeros((24, 20, 3), dtype=np.uint8), colour=True)
    assert kind_of(GREY, mask) == ("mask-values", "its mask is a colour image")


def test_another_shape_is_refused() -> None:
    assert kind_of(GREY, Decoded(MASK[:-1])) == ("mask-mismatch", "the mask is 23x20, the image 24x20")


@pytest.mark.parametrize(("shift", "fits"), [(0.0005, True), (0.01, False)])
def test_volumes_have_to_lie_on_the_same_grid(tmp_path: Path, shift: float, fits: bool) -> None:
    moved = np.eye(4)
    moved[0, 3] = shift
    image = decode_case_file(save_volume(volume(1), tmp_path / "i.nii"))
    mask = decode_case_file(save_volume(volume(2) % 3, tmp_path / "m.nii", moved))
    if fits:
        assert with_mask(image, "m", lambda name: mask).mask is not None
    else:
        assert kind_of(image, mask) == ("mask-mismatch", "their affines differ by 0.01 mm")


def test_a_mask_stored_in_another_orientation_fits(tmp_path: Path) -> None:
    mirrored = np.diag([-1.0, 1.0, 1.0, 1.0])
    mirrored[0, 3] = 8
    image = decode_case_file(save_volume(volume(1), tmp_path / "i.nii"))
    values = (volume(1) > 500).astype(np.uint8)
    mask = decode_case_file(save_volume(values[::-1], tmp_path / "m.nii", mirrored))
    np.testing.assert_array_equal(with_mask(image, "m", lambda name: mask).mask, values)


def test_no_mask_and_no_file_are_a_missing_mask(tmp_path: Path) -> None:
    for name in (None, "gone.png"):
        with pytest.raises(UnreadableError) as caught:
            with_mask(GREY, name, lambda name: decode_case_file(tmp_path / name))
        assert caught.value.kind == "missing-mask"


def test_a_damaged_mask_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "m.png").write_bytes(b"no image")
    with pytest.raises(UnreadableError, match=r"its mask m\.png: ") as caught:
        with_mask(GREY, "m.png", lambda name: decode_case_file(tmp_path / name))
    assert caught.value.kind == "unreadable"
