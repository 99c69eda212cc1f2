"""Decodes PNG, JPEG, TIFF and BMP by content, whatever the file is called."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from stages.adapters.case import Decoded, Pixels, UnreadableError
from stages.adapters.raw.raw_bytes import reason_of
from stages.adapters.suffixes import misnamed

FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
MOST_PIXELS = 1 << 27
"""Pixels of an image, or of all pages of a stack; one that claims more is a decompression bomb."""

# Pillow only warns of what lies between its own limits; here MOST_PIXELS decides.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
Image.preinit()  # the formats that are read: an import, and no work of the first image


def decode_bytes(data: bytes, name: str) -> Decoded:
    """Decodes an image.

    Args:
        data: The bytes of the file.
        name: Its name; only the extension is looked at.

    Returns:
        Pixels [height, width] or [height, width, 3] in canonical form, so that a re-encoded copy
        is the same case: palettes are resolved, transparency is laid on black, 1-bit becomes 0 and
        255, three equal channels become one, the orientation tag is applied, bytes are
        little-endian. 16-bit and floating-point values keep their type. The pages of a TIFF, if they
        are grey and of one size, are the slices of a volume [x, y, z]: column, row, page.

    Raises:
        UnreadableError: If the bytes are truncated, no such image, too large, or images that are
            no volume.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            found = image.format or ""
            pages = getattr(image, "n_frames", 1) if found == "TIFF" else 1
            pixels = _canonical(image) if pages == 1 else _volume(image, pages)
    except UnidentifiedImageError as error:
        raise UnreadableError("it is no image of a known format") from error
    # A decoder may fail in any way on damaged or hostile bytes, and all of them mean the same here.
    except Exception as error:
        raise UnreadableError(reason_of(error)) from error
    return Decoded(pixels, colour=pages == 1 and pixels.ndim == 3, misnamed=misnamed(name, found))


def grey_where_equal(pixels: Pixels) -> Pixels:
    """Drops the channels of [height, width, 3] where all three are equal: grey saved as RGB is grey."""
    if pixels.ndim == 2:
        return pixels
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return red if bool((red == green).all()) and bool((red == blue).all()) else pixels


def _volume(image: Image.Image, pages: int) -> Pixels:
    slices: list[Pixels] = []
    size = image.size
    _refuse_bomb(image, pages)
    for page in range(pages):
        image.seek(page)
        same = image.size == size
        slices += [_canonical(image)] if same else []
        if not same or slices[-1].ndim != 2 or slices[-1].dtype != slices[0].dtype:
            raise UnreadableError(f"it holds {pages} images, in colour or unlike each other: no volume")
    return np.ascontiguousarray(np.stack([one.T for one in slices], axis=-1))


def _canonical(image: Image.Image) -> Pixels:
    _refuse_bomb(image)
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


def _refuse_bomb(image: Image.Image, pages: int = 1) -> None:
    if image.width * image.height * pages > MOST_PIXELS:
        size = f"{image.width}x{image.height}" + (f"x{pages}" if pages > 1 else "")
        raise UnreadableError(f"it claims {size} pixels, as a decompression bomb would; it is not unpacked")
