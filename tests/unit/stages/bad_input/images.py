"""Images that cannot be used as they are."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from tests.unit.stages.bad_input.kind import Kind
from tests.unit.stages.raw_images import picture, save
from tests.unit.stages.runs import Workspace

VICTIM = "no/003.png"


def put(make: Callable[[Path], object], name: str = VICTIM) -> Callable[[Workspace], None]:
    """Puts something in the place of one image."""

    def spoil(workspace: Workspace) -> None:
        file = workspace.raw / name
        file.unlink(missing_ok=True)
        make(file)

    return spoil


def cut(file_format: str, share: float = 0.5) -> Callable[[Path], None]:
    """Writes the first part of an image's file."""

    def make(file: Path) -> None:
        save(picture(77, 60, 60), file, file_format)
        data = file.read_bytes()
        file.write_bytes(data[: int(len(data) * share)])

    return make


def floats(value: float) -> Callable[[Path], None]:
    """Writes a TIFF of floating-point values, one of which is this."""

    def make(file: Path) -> None:
        pixels = picture(77).astype(np.float32)
        pixels[0, 0] = value
        save(pixels, file, "TIFF")

    return make


def png_bomb(file: Path) -> None:
    """Writes a PNG of a few bytes that claims 100,000 x 100,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    size = (100_000).to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + pixels + chunk(b"IEND", b""))


def tiff_bomb(file: Path) -> None:
    """Writes a TIFF whose header claims 100,000 x 100,000 pixels."""
    Image.new("L", (8, 8)).save(file, "TIFF", tiffinfo={})
    data = bytearray(file.read_bytes())
    start = int.from_bytes(data[4:8], "little")
    for entry in range(int.from_bytes(data[start : start + 2], "little")):
        place = start + 2 + 12 * entry
        if int.from_bytes(data[place : place + 2], "little") in (256, 257):
            data[place + 2 : place + 12] = b"\x04\x00\x01\x00\x00\x00" + (100_000).to_bytes(4, "little")
    file.write_bytes(data)


def pages(file: Path) -> None:
    """Writes a TIFF of two pages of different size."""
    first, second = (Image.fromarray(picture(seed, 20, 10 + seed)) for seed in (1, 2))
    first.save(file, "TIFF", save_all=True, append_images=[second])


def deep(file: Path) -> None:
    """Writes a 16-bit PNG."""
    save(picture(77).astype(np.uint16) * 257, file)


def copied(name: str) -> Callable[[Workspace], object]:
    """Copies the pixels of the first image of the class `no`, encoded anew."""
    return lambda workspace: save(picture(0), workspace.raw / name, "BMP")


def renamed(workspace: Workspace) -> None:
    (workspace.raw / VICTIM).rename(workspace.raw / "no/003.jpg")


def ingested_deep(workspace: Workspace) -> None:
    put(deep)(workspace)
    assert workspace.ingest() == 0


left_out = partial(Kind, finding="unreadable", cases=(VICTIM,))
KINDS = (
    left_out("truncated PNG", put(cut("PNG"))),
    left_out("truncated JPEG", put(cut("JPEG"))),
    left_out("truncated TIFF", put(cut("TIFF"))),
    left_out("truncated BMP", put(cut("BMP"))),
    left_out("empty file", put(lambda file: file.write_bytes(b""))),
    left_out("text called .png", put(lambda file: file.write_text("hello"))),
    left_out("pipe called .png", put(os.mkfifo)),
    left_out("decompression bomb, PNG", put(png_bomb)),
    left_out("decompression bomb, TIFF", put(tiff_bomb)),
    left_out("TIFF of two pages unlike each other", put(pages)),
    left_out("NaN pixels", put(floats(float("nan"))), finding="not-finite"),
    left_out("infinite pixels", put(floats(float("inf"))), finding="not-finite"),
    left_out(
        "constant image", put(lambda file: save(np.full((9, 9), 3, np.uint8), file)), finding="constant"
    ),
    Kind(
        "extension of another format",
        renamed,
        finding="wrong-extension",
        severity="note",
        cases=("no/003.jpg",),
    ),
    Kind(
        "the same pixels twice",
        copied("no/zzz.bmp"),
        finding="exact-duplicate",
        severity="note",
        cases=("no/zzz.bmp",),
    ),
    Kind(
        "the same pixels under two labels",
        copied("yes/zzz.bmp"),
        finding="label-conflict",
        cases=("no/000.png", "yes/zzz.bmp"),
    ),
    Kind("16-bit image with `intensity: as_is`", ingested_deep, code=11, stage="prepare", cases=(VICTIM,)),
)
