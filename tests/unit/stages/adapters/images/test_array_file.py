import io
import struct

import numpy as np
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.images.array_file import decode_array, is_array
from tests.unit.stages.raw_images import picture

GREY = picture(1)
COLOUR = np.stack([picture(1), picture(2), picture(3)], axis=-1)


def saved(values: np.ndarray, allow_pickle: bool = True) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=allow_pickle)
    return buffer.getvalue()


def claiming(shape: str, kind: str = "<f8", data: bytes = b"\0" * 64) -> bytes:
    """Gives a file whose header says what it likes."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16", "int64", "float32", "float64"])
def test_images_keep_their_type(kind: str) -> None:
    data = saved(GREY.astype(kind))
    found = decode_array(data, "x.npy")
    np.testing.assert_array_equal(found.pixels, GREY)
    assert (found.pixels.dtype, found.colour, is_array(data)) == (np.dtype(kind), False, True)


def test_three_channels_of_eight_bits_are_a_colour_image() -> None:
    found = decode_array(saved(COLOUR), "x.npy")
    np.testing.assert_array_equal(found.pixels, COLOUR)
    assert found.colour


def test_grey_saved_as_colour_is_grey() -> None:
    found = decode_array(saved(np.stack([GREY] * 3, axis=-1)), "x.npy")
    np.testing.assert_array_equal(found.pixels, GREY)
    assert not found.colour


@pytest.mark.parametrize("values", [COLOUR.astype(np.int16), COLOUR[..., :2], np.stack([GREY] * 9)])
def test_other_three_dimensions_are_a_volume(values: np.ndarray) -> None:
    found = decode_array(saved(values), "x.npy")
    np.testing.assert_array_equal(found.pixels, values)
    assert (found.colour, found.spacing) == (False, None)


@pytest.mark.parametrize("values", [np.asfortranarray(GREY), GREY.astype(">u2").astype(np.dtype(">u2"))])
def test_order_and_endianness_do_not_matter(values: np.ndarray) -> None:
    found = decode_array(saved(values), "x.npy").pixels
    np.testing.assert_array_equal(found, GREY)
    assert found.flags.c_contiguous
    assert found.dtype.str in ("|u1", "<u2")


def test_false_and_true_are_black_and_white() -> None:
    found = decode_array(saved(GREY > 100), "x.npy").pixels
    np.testing.assert_array_equal(found, (GREY > 100) * np.uint8(255))
    assert found.dtype == np.uint8


def test_nan_stays() -> None:
    assert np.isnan(decode_array(saved(np.full((2, 2), np.nan)), "x.npy").pixels).all()


@pytest.mark.parametrize(("name", "misnamed"), [("x.npy", None), ("x.png", "NumPy"), ("x", None)])
def test_the_extension_is_compared_with_the_content(name: str, misnamed: str | None) -> None:
    assert decode_array(saved(GREY), name).misnamed == misnamed


class Alarm:
    """Would run when unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("a pickle was run",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (saved(np.array([[Alarm()]], dtype=object), allow_pickle=True), "Python objects"),
        (saved(np.array([["a", "b"]])), "one real number per pixel"),
        (saved(GREY.astype(np.complex64)), "one real number per pixel"),
        (saved(np.zeros((2, 2), dtype=[("a", "u1"), ("b", "f4")])), "one real number per pixel"),
        (saved(np.zeros(5)), r"its shape is \(5,\)"),
        (saved(np.zeros((2, 2, 2, 2))), "its shape is"),
        (saved(np.zeros((0, 5))), "its shape is"),
        (saved(GREY)[:-1], "claims 480 bytes, and 479 follow"),
        (saved(GREY)[:20], "."),
        (claiming("(100000, 100000)"), "claims 80000000000 bytes"),
        (claiming("(10**9, 10**9)"), "."),
        (claiming("(99999999999999999999, 9)"), "header claims"),
        (claiming("(-4, -2)"), "its shape is"),
        (claiming("(__import__('os').getpid(), 2)"), "."),
        (b"\x93NUMPY\x07\x00", "."),
        (b"\x93NUMPY", "."),
    ],
)  # fmt: skip
def test_anything_else_is_unreadable(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableError, match=message):
        decode_array(data, "x.npy")
