"""Decodes NumPy's .npy files; none of them may hold Python objects."""

from __future__ import annotations

import io
import math

import numpy as np

from stages.adapters.case import Decoded, Pixels, UnreadableError
from stages.adapters.images.image_file import grey_where_equal
from stages.adapters.raw.npy_header import read_npy_header
from stages.adapters.raw.raw_bytes import reason_of
from stages.adapters.suffixes import misnamed

MAGIC = b"\x93NUMPY"


def is_array(data: bytes) -> bool:
    """Tells whether the bytes are those of a .npy file."""
    return data.startswith(MAGIC)


def decode_array(data: bytes, name: str) -> Decoded:
    """Decodes a .npy file.

    Args:
        data: The bytes of the file.
        name: Its name; only the extension is looked at.

    Returns:
        Pixels [height, width]; [height, width, 3] where they are 8-bit, which is a colour image; or a
        volume [x, y, z]. Values keep their type, little-endian; false and true become 0 and 255.

    Raises:
        UnreadableError: If the bytes are truncated or hold anything else, Python objects above all.
    """
    try:
        pixels = _values(data)
    # NumPy may fail in any way on damaged or hostile bytes, and all of them mean the same here.
    except Exception as error:
        raise UnreadableError(reason_of(error)) from error
    colour = pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8
    pixels = grey_where_equal(pixels) if colour else pixels
    little = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
    return Decoded(little, colour=colour and pixels.ndim == 3, misnamed=misnamed(name, "NumPy"))


def _values(data: bytes) -> Pixels:
    """Reads the array in place: nothing is allocated for what a header claims."""
    stream = io.BytesIO(data)
    shape, by_column, kind = read_npy_header(stream)
    if kind.hasobject:
        raise UnreadableError("it holds Python objects, which could run code")
    if kind.kind not in "buif":
        raise UnreadableError(f"its values are {kind}; one real number per pixel is read")
    if len(shape) not in (2, 3) or min(shape) < 1:
        raise UnreadableError(f"its shape is {shape}; images and volumes are read")
    count, start = math.prod(shape), stream.tell()
    if count * kind.itemsize > len(data) - start:
        claim = count * kind.itemsize
        raise UnreadableError(f"its header claims {claim} bytes, and {len(data) - start} follow")
    values = np.frombuffer(data, dtype=kind, count=count, offset=start)
    pixels = values.reshape(shape, order="F" if by_column else "C")
    return pixels.astype(np.uint8) * np.uint8(255) if kind.kind == "b" else pixels
