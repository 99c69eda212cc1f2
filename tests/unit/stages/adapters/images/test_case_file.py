import gzip
from pathlib import Path

import numpy as np
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.images.case_file import decode_case_file
from tests.unit.stages.raw_images import picture, save
from tests.unit.stages.volumes import save_volume, volume


@pytest.mark.parametrize("name", ["x.png", "x.nii.gz", "x.npy", "x.dat", "x"])
def test_the_content_decides_and_the_name_does_not(tmp_path: Path, name: str) -> None:
    for number, write in enumerate((save_png, save_npy, save_nifti, save_gzipped)):
        file = tmp_path / str(number) / name
        expected = write(file)
        np.testing.assert_array_equal(decode_case_file(file).pixels, expected)


def save_png(file: Path) -> np.ndarray:
    save(picture(1), file)
    return picture(1)


def save_npy(file: Path) -> np.ndarray:
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        np.save(opened, picture(2))
    return picture(2)


def save_nifti(file: Path) -> np.ndarray:
    save_volume(volume(3), file.parent / "made.nii").rename(file)
    return volume(3)


def save_gzipped(file: Path) -> np.ndarray:
    save_volume(volume(4), file.parent / "made.nii.gz").rename(file)
    return volume(4)


def test_the_same_values_in_any_container_are_the_same_case(tmp_path: Path) -> None:
    files = [save(picture(1), tmp_path / f"x.{kind}", kind) for kind in ("PNG", "TIFF", "BMP")]
    np.save(tmp_path / "x.npy", picture(1))
    decoded = [decode_case_file(file).pixels for file in [*files, tmp_path / "x.npy"]]
    assert len({(pixels.dtype.str, pixels.shape, pixels.tobytes()) for pixels in decoded}) == 1


@pytest.mark.parametrize(
    "data", [b"hello", b"GIF89a" + b"\0" * 40, b"\0" * 400, gzip.compress(b"text", mtime=0), b"DICM"]
)
def test_what_is_of_no_known_format_is_unreadable(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(UnreadableError):
        decode_case_file(tmp_path / "x.png")
