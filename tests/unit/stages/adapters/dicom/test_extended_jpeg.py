from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames

from stages.adapters.case import UnreadableError
from stages.adapters.dicom.pixels import read_picture

FILES = ["JPGExtended.dcm", "JPEG-lossy.dcm"]


def frame_of(dataset: pydicom.Dataset) -> bytes:
    return bytes(next(generate_frames(dataset.PixelData, number_of_frames=1)))


def saved(folder: Path, frame: bytes, **header: int | str) -> Path:
    """pydicom's example with another frame, or another header."""
    dataset = pydicom.dcmread(str(get_testdata_file(FILES[0])))
    dataset.PixelData = encapsulate([frame])
    for name, value in header.items():
        setattr(dataset, name, value)
    dataset.save_as(folder / "case")
    return folder / "case"


@pytest.fixture
def frame() -> bytes:
    return frame_of(pydicom.dcmread(str(get_testdata_file(FILES[0]))))


@pytest.mark.parametrize("name", FILES)
def test_twelve_bits_are_decoded_to_the_values_of_pydicoms_own_reference(name: str) -> None:
    picture = read_picture(Path(str(get_testdata_file(name))), "none")
    (pixels,) = picture.frames
    assert pixels.shape == (1024, 256) and not picture.colour
    assert (pixels[420, 140], pixels[230, 120]) == (244, 95)


def test_a_frame_that_is_cut_off_is_unreadable_though_the_decoder_would_fill_it_up(
    tmp_path: Path, frame: bytes
) -> None:
    with pytest.raises(UnreadableError, match="it is cut off"):
        read_picture(saved(tmp_path, frame[:5000]), "none")


def test_a_frame_that_claims_another_size_than_the_header_takes_no_memory(
    tmp_path: Path, frame: bytes
) -> None:
    place = frame.find(b"\xff\xc1") + 5
    bomb = frame[:place] + b"\xff\xdc\xff\xdc" + frame[place + 4 :]
    with pytest.raises(UnreadableError, match=r"\(65500, 65500\)"):
        read_picture(saved(tmp_path, bomb), "none")
    with pytest.raises(UnreadableError, match=r"\(1024, 256\)"):
        read_picture(saved(tmp_path, frame, Rows=512), "none")


def test_garbage_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"JPEG Extended \(Process 2 and 4\) cannot be decoded"):
        read_picture(saved(tmp_path, b"\xff\xd8" + bytes(100) + b"\xff\xd9"), "none")


@pytest.mark.parametrize(
    "header",
    [
        {"SamplesPerPixel": 3, "PlanarConfiguration": 0, "PhotometricInterpretation": "RGB"},
        {"PixelRepresentation": 1},  # twelve bits are not the sixteen of a negative number
    ],
)
def test_colours_and_signed_values_of_more_than_eight_bits_are_refused(
    tmp_path: Path, frame: bytes, header: dict[str, int | str]
) -> None:
    with pytest.raises(UnreadableError, match="only one unsigned sample in two bytes is read"):
        read_picture(saved(tmp_path, frame, **header), "none")
