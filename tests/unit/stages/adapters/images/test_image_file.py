import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stages.adapters.case import UnreadableError
from stages.adapters.images import image_file
from stages.adapters.images.case_file import decode_case_file
from stages.adapters.images.image_file import decode_bytes
from tests.unit.stages.raw_images import picture, save

GREY = picture(1)
COLOUR = np.stack([picture(1), picture(2), picture(3)], axis=-1)


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "BMP"])
@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_lossless_formats_give_the_same_pixels(file_format: str, pixels: np.ndarray) -> None:
    decoded = decode_bytes(encoded(Image.fromarray(pixels), file_format), "x")
    np.testing.assert_array_equal(decoded.pixels, pixels)


def test_grey_saved_as_colour_is_grey() -> None:
    data = encoded(Image.fromarray(GREY).convert("RGB"), "PNG")
    np.testing.assert_array_equal(decode_bytes(data, "x.png").pixels, GREY)


def test_an_opaque_alpha_channel_changes_nothing() -> None:
    data = encoded(Image.fromarray(COLOUR).convert("RGBA"), "PNG")
    np.testing.assert_array_equal(decode_bytes(data, "x.png").pixels, COLOUR)


def test_transparent_pixels_are_black() -> None:
    image = Image.fromarray(COLOUR).convert("RGBA")
    image.putalpha(0)
    assert not decode_bytes(encoded(image, "PNG"), "x.png").pixels.any()


def test_a_palette_is_resolved() -> None:
    image = Image.fromarray(COLOUR).quantize(256)
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(decode_bytes(encoded(image, "PNG"), "x.png").pixels, expected)


def test_one_bit_becomes_black_and_white() -> None:
    pixels = decode_bytes(encoded(Image.fromarray(GREY > 100), "PNG"), "x.png").pixels
    assert pixels.dtype == np.uint8
    assert set(np.unique(pixels)) == {0, 255}


def test_sixteen_bit_values_are_kept() -> None:
    deep = GREY.astype(np.uint16) * 257 + 1
    for file_format in ("PNG", "TIFF"):
        pixels = decode_bytes(encoded(Image.fromarray(deep), file_format), "x").pixels
        assert pixels.dtype == np.dtype("<u2")
        np.testing.assert_array_equal(pixels, deep)


def test_floating_point_values_are_kept() -> None:
    real = GREY.astype(np.float32) / 7
    np.testing.assert_array_equal(decode_bytes(encoded(Image.fromarray(real), "TIFF"), "x.tif").pixels, real)


def test_the_orientation_tag_is_applied() -> None:
    image = Image.fromarray(GREY)
    exif = image.getexif()
    exif[0x0112] = 6
    pixels = decode_bytes(encoded(image, "PNG", exif=exif), "x.png").pixels
    np.testing.assert_array_equal(pixels, np.rot90(GREY, -1))


def test_cmyk_becomes_rgb() -> None:
    assert decode_bytes(encoded(Image.fromarray(COLOUR).convert("CMYK"), "JPEG"), "x.jpg").pixels.shape == (
        24,
        20,
        3,
    )


@pytest.mark.parametrize(
    ("name", "misnamed"), [("x.png", None), ("x.jpg", "PNG"), ("x", None), ("x.PNG", None)]
)
def test_the_extension_is_compared_with_the_content(name: str, misnamed: str | None) -> None:
    assert decode_bytes(encoded(Image.fromarray(GREY), "PNG"), name).misnamed == misnamed


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "TIFF", "BMP"])
def test_a_truncated_file_is_unreadable(tmp_path: Path, file_format: str) -> None:
    file = save(COLOUR, tmp_path / "x", file_format)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(UnreadableError):
        decode_case_file(file)


@pytest.mark.parametrize(
    "data", [b"", b"not an image", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"GIF89a" + b"\0" * 40]
)
def test_what_is_no_image_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode_bytes(data, "x.png")


def stack(*pages: np.ndarray) -> bytes:
    first, *others = (Image.fromarray(page) for page in pages)
    return encoded(first, "TIFF", save_all=True, append_images=others)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_grey_pages_are_the_slices_of_a_volume(kind: type) -> None:
    pages: list[np.ndarray] = [picture(seed).astype(kind) for seed in (1, 2, 3)]
    decoded = decode_bytes(stack(*pages), "x.tif")
    assert (decoded.pixels.shape, decoded.pixels.dtype) == ((20, 24, 3), np.dtype(kind))
    assert not decoded.colour
    for number, page in enumerate(pages):
        np.testing.assert_array_equal(decoded.pixels[:, :, number], page.T)


@pytest.mark.parametrize(
    "other", [picture(2, 24, 21), COLOUR, GREY.astype(np.uint16)], ids=["size", "colour", "depth"]
)
def test_pages_unlike_each_other_are_unreadable(other: np.ndarray) -> None:
    with pytest.raises(UnreadableError, match="2 images"):
        decode_bytes(stack(GREY, other), "x.tif")


def test_pages_in_colour_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match="2 images"):
        decode_bytes(stack(COLOUR, COLOUR), "x.tif")


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_a_decompression_bomb_is_unreadable(monkeypatch: pytest.MonkeyPatch, file_format: str) -> None:
    data = encoded(Image.fromarray(COLOUR), file_format)
    monkeypatch.setattr(image_file, "MOST_PIXELS", 479)
    with pytest.raises(UnreadableError, match="claims 20x24 pixels, as a decompression bomb"):
        decode_bytes(data, "x")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UnreadableError, match="decompression bomb"):
        decode_bytes(data, "x")


def test_a_stack_that_would_unpack_to_too_much_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "MOST_PIXELS", 3 * 480 - 1)
    with pytest.raises(UnreadableError, match="claims 20x24x3 pixels"):
        decode_bytes(stack(GREY, GREY, GREY), "x.tif")


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        decode_case_file(tmp_path / "x.png")
