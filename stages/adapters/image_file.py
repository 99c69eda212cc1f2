"""Decodes PNG, JPEG, TIFF and BMP by content, whatever the file is called."""

from __future__ import annotations

import io
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from stages.adapters.case import Decoded, Pixels, UnreadableError

SUFFIXES: dict[str, frozenset[str]] = {
    "PNG": frozenset({".png"}),
    "JPEG": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "MPO": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "BMP": frozenset({".bmp", ".dib"}),
}
FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
IMAGE_SUFFIXES = frozenset().union(*SUFFIXES.values())


def decode_image(file: Path) -> Pixels:
    """Reads a loose image file.

    Args:
        file: A PNG, JPEG, TIFF or BMP file.

    Returns:
        The values, as `decode_bytes` gives them.

    Raises:
        UnreadableError: If the file is missing, truncated or no such image.
    """
    return decode_file(file).pixels


def decode_file(file: Path) -> Decoded:
    """Reads an image file and compares its extension with its content.

    Raises:
        UnreadableError: If the file is missing, truncated or no such image.
    """
    if file.exists() and not file.is_file():
        raise UnreadableError("it is no regular file")  # reading a pipe would wait for ever
    try:
        return decode_bytes(file.read_bytes(), file.name)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error


def decode_bytes(data: bytes, name: str) -> Decoded:
    """Decodes an image.

    Args:
        data: The bytes of the file.
        name: Its name; only the extension is looked at.

    Returns:
        Pixels [height, width] or [height, width, 3] in canonical form, so that a re-encoded copy
        is the same case: palettes are resolved, transparency is laid on black, 1-bit becomes 0 and
        255, three equal channels become one, the orientation tag is applied, bytes are
        little-endian. 16-bit and floating-point values keep their type.

    Raises:
        UnreadableError: If the bytes are truncated, no such image, or several images.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            found = image.format or ""
            frames = getattr(image, "n_frames", 1)
            pixels = _canonical(image)
    # A decoder may fail in any way on damaged or hostile bytes, and all of them mean the same here.
    except Exception as error:
        raise UnreadableError(_reason(error)) from error
    if found == "TIFF" and frames > 1:
        raise UnreadableError(f"it holds {frames} images; one is expected")
    suffix = PurePosixPath(name).suffix.lower()
    wrong = found if suffix and suffix not in SUFFIXES.get(found, ()) else None
    return Decoded(pixels, colour=pixels.ndim == 3, misnamed=wrong)


def grey_where_equal(pixels: Pixels) -> Pixels:
    """Drops the channels of [height, width, 3] where all three are equal: grey saved as RGB is grey."""
    if pixels.ndim == 2:
        return pixels
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return red if bool((red == green).all()) and bool((red == blue).all()) else pixels


def _canonical(image: Image.Image) -> Pixels:
    ImageOps.exif_transpose(image, in_place=True)
    upright = image
    if upright.mode in {"P", "PA", "LA", "La", "RGBA", "RGBa"} and upright.has_transparency_data:
        opaque = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", opaque.size, (0, 0, 0, 255)), opaque).convert("RGB")
    elif upright.mode == "1":
        upright = upright.convert("L")
    elif upright.mode not in {"L", "RGB", "F", "I"} and not upright.mode.startswith("I;16"):
        upright = upright.convert("RGB")
    pixels = grey_where_equal(np.asarray(upright))
    return np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is no PNG, JPEG, TIFF or BMP image"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
