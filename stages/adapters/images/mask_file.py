"""Writes a predicted mask in a format that the programs for its image read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.adapters.case import Decoded
from stages.adapters.images.volume_file import Volume


def write_mask(mask: NDArray[np.uint8], decoded: Decoded, folder: Path, name: str) -> Path:
    """Writes a mask beside others.

    Args:
        mask: A class per pixel, on the grid of the image as it was decoded.
        decoded: The image; a volume's affine goes over to the mask.
        folder: Where to write.
        name: Of the image's file, below the folder of images.

    Returns:
        The file: NIfTI for a volume, PNG for an image, with the class numbers as grey values.
    """
    stem = name.removesuffix(".gz").rpartition(".")[0] or name
    if mask.ndim == 3:
        import nibabel

        affine = decoded.affine if isinstance(decoded, Volume) else _affine(decoded.spacing)
        file = folder / f"{stem}.nii.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        image = nibabel.Nifti1Image(mask, affine)
        file.write_bytes(_packed(image.to_bytes()))
        return file
    from PIL import Image

    file = folder / f"{stem}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).save(file)
    return file


def _affine(spacing: tuple[float, ...] | None) -> NDArray[np.float64]:
    return np.diag([*(spacing or (1.0, 1.0, 1.0)), 1.0])


def _packed(data: bytes) -> bytes:
    import gzip

    return gzip.compress(data, mtime=0)  # the same mask gives the same bytes
