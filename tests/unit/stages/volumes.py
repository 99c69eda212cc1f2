"""Makes small volumes, and NIfTI files of them."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray


def volume(seed: int, shape: tuple[int, ...] = (9, 8, 7)) -> NDArray[np.int16]:
    """Gives noise that is the same for the same seed."""
    return np.random.default_rng(seed).integers(0, 1000, shape).astype(np.int16)


def save_volume(
    values: NDArray[np.generic],
    file: Path,
    affine: NDArray[np.float64] | None = None,
    zooms: tuple[float, ...] | None = None,
) -> Path:
    """Writes a NIfTI file, gzipped if its name says so, making its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    steps = np.ones(3) if zooms is None else np.asarray(zooms)
    image = nibabel.Nifti1Image(values, np.diag([*steps, 1.0]) if affine is None else affine)
    nibabel.save(image, file)
    return file


def header_of(shape: tuple[int, ...], kind: str = "int16", /, **fields: object) -> bytes:
    """Gives the bytes of a header that claims this shape, whatever follows it."""
    header = nibabel.Nifti1Header()
    header.set_data_dtype(kind)
    header.set_data_shape(shape)
    header["vox_offset"] = 352
    for name, value in fields.items():
        header[name] = value
    return bytes(header.binaryblock) + b"\0" * 4
