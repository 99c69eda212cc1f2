"""NIfTI volumes and .npy arrays that cannot be used."""

from __future__ import annotations

import gzip
import io
from functools import partial
from pathlib import Path

import numpy as np

from tests.unit.stages.bad_input.healthy import arrays, volumes
from tests.unit.stages.bad_input.images import put
from tests.unit.stages.bad_input.kind import Kind
from tests.unit.stages.raw_images import picture
from tests.unit.stages.volumes import header_of, save_volume, volume

VOLUME, ARRAY = "a/00.nii.gz", "a/00.npy"


def truncated(file: Path) -> None:
    save_volume(volume(77, (30, 30, 30)), file)
    file.write_bytes(file.read_bytes()[:2000])


def gzip_bomb(file: Path) -> None:
    """Packs 64 megabytes behind the voxels that the header claims, and 3 gigabytes that it claims."""
    file.write_bytes(gzip.compress(header_of((1500, 1000, 1000)) + bytes(1 << 26)))


def several(file: Path) -> None:
    save_volume(volume(77, (5, 5, 5, 4)), file)


def damaged_sum(file: Path) -> None:
    save_volume(volume(77), file)
    data = bytearray(file.read_bytes())
    data[-6] ^= 255
    file.write_bytes(data)


def not_finite(file: Path) -> None:
    values = volume(77).astype(np.float32)
    values[0, 0, 0] = np.nan
    save_volume(values, file)


def array(values: object, pickled: bool = False) -> bytes:
    """Gives the bytes of a .npy file."""
    stream = io.BytesIO()
    np.save(stream, np.asarray(values, dtype=object if pickled else None), allow_pickle=pickled)
    return stream.getvalue()


def huge_claim(file: Path) -> None:
    """Claims 8 exabytes in a header of its right length."""
    data = array(np.zeros((10, 10), np.uint8))
    claimed = data.replace(b"(10, 10), }", b"(3000000000, 3000000000), }")
    file.write_bytes(claimed[: len(claimed)].replace(b" " * 20 + b"\n", b" \n", 1))


def edge(file: Path) -> None:
    values = picture(77).astype(np.float64)
    values[0, 0], values[0, 1] = 1.7e308, -1.7e308
    np.save(file, values)


packed = partial(Kind, finding="unreadable", cases=(VOLUME,), healthy=volumes)
plain = partial(Kind, finding="unreadable", cases=(ARRAY,), healthy=arrays)
KINDS = (
    packed("truncated .nii.gz", put(truncated, VOLUME)),
    packed("gzip bomb called .nii.gz", put(gzip_bomb, VOLUME)),
    packed(
        "NIfTI header that claims 2 GB", put(lambda f: f.write_bytes(header_of((1000, 1000, 1000))), VOLUME)
    ),
    packed("NIfTI of four dimensions", put(several, VOLUME)),
    packed("NIfTI with a wrong checksum", put(damaged_sum, VOLUME)),
    packed("NIfTI header alone", put(lambda f: f.write_bytes(header_of((4, 4, 4))[:200]), VOLUME)),
    packed("text called .nii.gz", put(lambda f: f.write_text("hello"), VOLUME)),
    packed("NaN voxels", put(not_finite, VOLUME), finding="not-finite"),
    plain("pickle called .npy", put(lambda f: f.write_bytes(array([{}, {}], pickled=True)), ARRAY)),
    plain(".npy header that claims exabytes", put(huge_claim, ARRAY)),
    plain("truncated .npy", put(lambda f: f.write_bytes(array(picture(1))[:150]), ARRAY)),
    plain(".npy of one dimension", put(lambda f: f.write_bytes(array(np.arange(9))), ARRAY)),
    plain(".npy of complex numbers", put(lambda f: f.write_bytes(array(np.ones((4, 4)) * 1j)), ARRAY)),
    plain(".npy of text", put(lambda f: f.write_bytes(array([["a", "b"]])), ARRAY)),
)
