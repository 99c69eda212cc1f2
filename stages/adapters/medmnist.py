"""Adapter `medmnist`: one npz file in the layout of MedMNIST (Yang et al. 2023), with its own splits.

Arrays `train_images` [n, H, W] or [n, H, W, 3] and `train_labels` [n, 1], likewise `val_` and `test_`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stages.adapters.case import AdapterOptions, Decoded, Pixels, RawCase, RawFacts, UnreadableError
from stages.adapters.image_file import grey_where_equal
from stages.adapters.raw_files import inside
from stages.contracts.errors import DataError
from stages.contracts.manifest import SPLITS, Split


class MedmnistOptions(AdapterOptions):
    """Options of the adapter `medmnist`; `classes` names the digits in their order."""

    format: Literal["medmnist"] = "medmnist"
    """Name of the adapter."""
    file: str | None = None
    """The npz file below the raw folder; by default the only one there."""


class MedmnistAdapter:
    """Reads the arrays of an npz file; none of them may hold Python objects."""

    def __init__(self, root: Path, options: MedmnistOptions) -> None:
        self._file = _find(root, options.file)
        self._images: dict[Split, Pixels] = {}
        self._labels: dict[Split, NDArray[np.int64]] = {}
        for split in SPLITS:
            self._images[split], self._labels[split] = _load(self._file, split)
        seen = 1 + max((int(labels.max()) for labels in self._labels.values() if len(labels)), default=-1)
        self._classes = options.classes or tuple(str(digit) for digit in range(seen))

    @property
    def facts(self) -> RawFacts:
        """Names from params, else the digits; MedMNIST always comes split."""
        return RawFacts(classes=self._classes, given_splits=True)

    def cases(self) -> Sequence[RawCase]:
        """Lists the cases of the three splits by their position."""
        return [
            RawCase(f"{split}/{row:06d}", f"{split}/{row:06d}", self._name(int(digit)), split=split)
            for split in sorted(SPLITS)
            for row, digit in enumerate(self._labels[split])
        ]

    def files(self, path: str) -> tuple[str, ...]:  # noqa: ARG002 - all cases share one file
        """Names none: all cases share one file."""
        return ()

    def identity(self, path: str) -> None:
        """Gives nothing: an image has to be looked at."""

    def decode(self, path: str) -> Decoded:
        """Takes an image out of its array.

        Raises:
            UnreadableError: If there is no such position.
        """
        split, _, row = path.partition("/")
        for known in SPLITS:
            if split == known and row.isdecimal() and int(row) < len(self._images[known]):
                pixels = grey_where_equal(self._images[known][int(row)])
                return Decoded(pixels, colour=pixels.ndim == 3)
        raise UnreadableError("the array holds no such position")

    def _name(self, digit: int) -> str:
        return self._classes[digit] if 0 <= digit < len(self._classes) else str(digit)


def _find(root: Path, name: str | None) -> Path:
    found = [inside(root, name)] if name else sorted(root.glob("*.npz")) if root.is_dir() else [root]
    if len(found) != 1 or not found[0].is_file():
        raise DataError(
            "the raw data hold no single npz file",
            where=str(root / name if name else root),
            why="no such file" if not found or name else f"there are {len(found)}",
            remedy="put one MedMNIST file there, or name it with `file`",
        )
    return found[0]


def _load(file: Path, split: Split) -> tuple[Pixels, NDArray[np.int64]]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    # A zip of arrays may be damaged in any layer, and all of them mean the same here.
    except Exception as error:
        raise _not_medmnist(
            file, f"{split}: {str(error).splitlines()[0] if str(error) else error!r}"
        ) from error
    if not (images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)):
        raise _not_medmnist(file, f"{split}_images has the shape {images.shape}; only 2D images are read")
    if labels.size != len(images) or not np.issubdtype(labels.dtype, np.integer):
        raise _not_medmnist(file, f"{split}_labels is not one whole number per image")
    return images, labels.reshape(-1).astype(np.int64)


def _not_medmnist(file: Path, why: str) -> DataError:
    return DataError(
        "the npz file is not in MedMNIST's layout",
        where=str(file),
        why=why,
        remedy="fetch the file again; arrays of Python objects are refused, since they could run code",
    )
