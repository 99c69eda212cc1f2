"""A predicted mask is written as its image is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stages.adapters.case import Decoded
from stages.adapters.images.case_file import decode_case_file
from stages.adapters.images.mask_file import write_mask
from stages.adapters.images.volume_file import Volume
from tests.unit.stages.volumes import save_volume, volume


def test_a_volumes_mask_lies_where_the_volume_does(tmp_path: Path) -> None:
    turned = np.array([[0, -2.0, 0, 10], [1.5, 0, 0, -5], [0, 0, 3.0, 7], [0, 0, 0, 1]])
    save_volume(volume(1, (6, 7, 8)), tmp_path / "a.nii.gz", turned)
    decoded = decode_case_file(tmp_path / "a.nii.gz")
    assert isinstance(decoded, Volume)
    mask = (decoded.pixels > decoded.pixels.mean()).astype(np.uint8)
    file = write_mask(mask, decoded, tmp_path / "masks", "ward/a.nii.gz")
    assert file == tmp_path / "masks/ward/a.nii.gz"
    again = decode_case_file(file)
    assert isinstance(again, Volume)
    np.testing.assert_array_equal(again.pixels, mask)
    np.testing.assert_allclose(again.affine, decoded.affine)
    assert again.spacing == decoded.spacing


def test_the_same_mask_gives_the_same_bytes(tmp_path: Path) -> None:
    decoded = Decoded(np.zeros((3, 4, 5)), spacing=(1.0, 2.0, 3.0))
    one, other = (write_mask(np.ones((3, 4, 5), np.uint8), decoded, tmp_path / n, "x.npy") for n in "ab")
    assert one.read_bytes() == other.read_bytes()
    assert decode_case_file(one).spacing == (1.0, 2.0, 3.0)


def test_an_images_mask_holds_the_class_numbers(tmp_path: Path) -> None:
    mask = np.arange(12, dtype=np.uint8).reshape(3, 4)
    file = write_mask(mask, Decoded(np.zeros((3, 4))), tmp_path, "a.b.jpeg")
    assert file.name == "a.b.png"
    np.testing.assert_array_equal(decode_case_file(file).pixels, mask)
