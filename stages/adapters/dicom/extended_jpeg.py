"""Decodes JPEG Extended of 12 bits, which neither GDCM nor Pillow does, as a plugin of pydicom.

ISO/IEC 10918-1, process 4; DICOM PS3.5, section A.4.1. The decoder is libjpeg-turbo's, in `imagecodecs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.pixels.decoders.base import JPEGExtended12BitDecoder
from pydicom.uid import JPEGExtended12Bit

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import DecodeRunner

NAME = "imagecodecs"
"""Of the plugin."""
DECODER_DEPENDENCIES = {JPEGExtended12Bit: (NAME,)}
"""Asked for by pydicom."""
END, PADDING = b"\xff\xd9", 16
"""The end marker of a JPEG, and how far from the end of a frame padding may have moved it."""


def is_available(syntax: str) -> bool:
    """Tells pydicom whether this module decodes a transfer syntax."""
    return syntax in DECODER_DEPENDENCIES


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """Decodes a frame of one sample per pixel.

    Args:
        source: A JPEG.
        runner: What the header says of it.

    Raises:
        ValueError: If it is cut off, or not of the size and of one unsigned sample in two bytes.
        imagecodecs.Jpeg8Error: If it is damaged.
    """
    from imagecodecs import jpeg8_decode

    if runner.samples_per_pixel != 1 or runner.bits_allocated != 16 or runner.pixel_representation:
        raise ValueError("of more than 8 bits, only one unsigned sample in two bytes is read")
    if END not in source[-PADDING:]:  # libjpeg would fill up what is missing
        raise ValueError("it is cut off")
    # In an array of the header's size: what the JPEG says of its own size cannot claim memory.
    pixels = np.empty((runner.rows, runner.columns), np.uint16)
    jpeg8_decode(source, out=pixels)
    return pixels.astype("<u2", copy=False).tobytes()


if NAME not in JPEGExtended12BitDecoder.available_plugins:
    JPEGExtended12BitDecoder.add_plugin(NAME, (__name__, "decode_frame"))
