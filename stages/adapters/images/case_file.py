"""Decodes a case's file, and decides by its content alone which format it is of."""

from __future__ import annotations

from pathlib import Path

from stages.adapters.case import Decoded
from stages.adapters.images.array_file import decode_array, is_array
from stages.adapters.images.image_file import decode_bytes
from stages.adapters.images.volume_file import decode_volume, is_volume
from stages.adapters.raw.raw_bytes import read_bytes


def decode_case_file(file: Path) -> Decoded:
    """Reads a PNG, JPEG, TIFF, BMP, NIfTI or .npy file, and compares its extension with its content.

    Raises:
        UnreadableError: If the file is missing, truncated, too large or of no such format.
    """
    return decode_case_bytes(read_bytes(file), file.name)


def decode_case_bytes(data: bytes, name: str) -> Decoded:
    """Decodes the bytes of such a file.

    Args:
        data: The bytes.
        name: Of the file; only the extension is looked at.

    Raises:
        UnreadableError: If they are truncated, too large or of no such format.
    """
    if is_array(data):
        return decode_array(data, name)
    return decode_volume(data, name) if is_volume(data) else decode_bytes(data, name)
