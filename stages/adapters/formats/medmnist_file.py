"""The npz file of MedMNIST: finds it, and holds its arrays against the layout."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.adapters.raw.npz_file import NpzArray, NpzError
from stages.adapters.raw.raw_files import inside
from stages.contracts.errors import DataError
from stages.contracts.manifest import SPLITS, Split

LARGEST_CASE = 1 << 28
"""Bytes of one image or volume."""
MOST_LABELS = 1 << 26
"""Labels of one split: they are in memory, the images are not."""

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """One split.

    Attributes:
        images: [n, H, W], [n, H, W, 3] or [n, D, H, W].
        labels: [n, 1] digits, or [n, k] of 0 and 1.
    """

    images: NpzArray
    labels: Labels

    @property
    def volumes(self) -> bool:
        """Whether a case is a volume; a last axis of 3 is red, green and blue."""
        return len(self.images.shape) == 4 and self.images.shape[3] != 3


def find_npz(root: Path, name: str | None) -> Path:
    """Finds the file: the named one, or the only one.

    Raises:
        DataError: If there is none, or several.
    """
    names = [name] if name else sorted(file.name for file in root.glob("*.npz"))
    found = [root] if root.is_file() else [inside(root, one) for one in names]
    if len(found) != 1 or not found[0].is_file():
        raise DataError(
            "the raw data hold no single npz file",
            where=str(root / name if name else root),
            why=f"there are {len(found)}" if len(found) > 1 else "no such file",
            remedy="put one MedMNIST file there, or name it with `file`",
        )
    return found[0]


def read_parts(file: Path) -> dict[Split, Part]:
    """Reads the labels of all splits, and the headers of their images.

    Raises:
        DataError: If the arrays are not those of MedMNIST.
    """
    parts: dict[Split, Part] = {split: _read(file, split) for split in SPLITS}
    shapes = {part.images.shape[1:] for part in parts.values()}
    if len(shapes) > 1:
        raise not_medmnist(file, f"the images of its splits differ in shape: {sorted(shapes)}")
    if len({part.labels.shape[1] for part in parts.values()}) > 1:
        raise not_medmnist(file, "only some of its splits have one whole number per image")
    return parts


@contextmanager
def refusing(file: Path, name: str) -> Iterator[None]:
    """Says of an array that cannot be read in which file it lies.

    Raises:
        DataError: Where the body raises an `NpzError`.
    """
    try:
        yield
    except NpzError as error:
        raise not_medmnist(file, f"{name}: {error}") from error


def not_medmnist(file: Path, why: str) -> DataError:
    """Makes the error of a file in another layout."""
    return DataError(
        "the npz file is not in MedMNIST's layout",
        where=str(file),
        why=why,
        remedy="fetch the file again; arrays of Python objects are refused, since they could run code",
    )


def _read(file: Path, split: Split) -> Part:
    with refusing(file, f"{split}_images"):
        images = NpzArray(file, f"{split}_images")
    shape, kind = images.shape, images.dtype
    if len(shape) not in (3, 4) or min(shape[1:]) < 1 or kind.kind not in "uif":
        raise not_medmnist(
            file, f"{split}_images is of the shape {shape} and of {kind}: no images or volumes"
        )
    size = math.prod(shape[1:]) * kind.itemsize
    if size > LARGEST_CASE:
        raise not_medmnist(file, f"{split}_images has cases of {size} bytes; at most {LARGEST_CASE} are read")
    return Part(images, _labels(file, split, shape[0]))


def _labels(file: Path, split: Split, images: int) -> Labels:
    with refusing(file, f"{split}_labels"):
        labels = NpzArray(file, f"{split}_labels")
        columns = labels.shape[1:] or (1,)
        fits = labels.shape[:1] == (images,) and len(columns) == 1 and columns[0] >= 1
        if labels.dtype.kind not in "ui" or not fits or math.prod(labels.shape) > MOST_LABELS:
            raise NpzError(f"it is not one whole number per image, nor one row of them: {labels.shape}")
        values = labels.values.astype(np.int64).reshape(images, *columns)
        if values.shape[1] > 1 and not bool(np.isin(values, (0, 1)).all()):
            raise NpzError("it has several columns, and holds other numbers than 0 and 1")
    return values
