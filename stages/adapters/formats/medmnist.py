"""Adapter `medmnist`: one npz file in the layout of MedMNIST v2 (Yang et al. 2023), with its own splits.

Arrays `train_images` [n, H, W], [n, H, W, 3] or, of volumes, [n, D, H, W]; `train_labels` [n, 1] or, where a
case has several labels, [n, k] of 0 and 1; likewise `val_` and `test_`. Images are mapped, never loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile, ZipFile

import numpy as np

from stages.adapters.case import AdapterOptions, Decoded, RawCase, RawFacts, UnreadableError
from stages.adapters.formats.medmnist_file import Labels, find_npz, not_medmnist, read_parts, refusing
from stages.adapters.images.image_file import grey_where_equal
from stages.contracts.errors import DataError
from stages.contracts.manifest import SPLITS
from stages.contracts.task import LABEL_JOIN, Task

MOST_CLASSES = 10_000


class MedmnistOptions(AdapterOptions):
    """Options of the adapter `medmnist`; `classes` names the digits, or the columns of several labels."""

    format: Literal["medmnist"] = "medmnist"
    """Name of the adapter."""
    file: str | None = None
    """The npz file below the raw folder; by default the only one there."""
    task: Literal["classes", "ordinal"] = "classes"
    """`ordinal` where the digits are grades, as in RetinaMNIST; several columns are `multilabel` anyway."""


def recognise(root: Path) -> bool:
    """Tells whether the raw data are one npz file in this layout."""
    try:
        with ZipFile(find_npz(root, None)) as archive:
            return "train_images.npy" in archive.namelist()
    except (DataError, BadZipFile, OSError):
        return False


class MedmnistAdapter:
    """Reads the arrays of an npz file; none of them may hold Python objects."""

    def __init__(self, root: Path, options: MedmnistOptions) -> None:
        self._file = find_npz(root, options.file)
        self._parts = read_parts(self._file)
        labels = [self._parts[split].labels for split in SPLITS]
        self._task: Task = "multilabel" if labels[0].shape[1] > 1 else options.task
        self._classes = self._named(labels, options.classes)

    @property
    def facts(self) -> RawFacts:
        """Names from params, else the digits; MedMNIST always comes split."""
        return RawFacts(task=self._task, classes=self._classes, given_splits=True)

    def cases(self) -> Sequence[RawCase]:
        """Lists the cases of the three splits by their position.

        Where a case has several labels, its label joins the names of those that are 1. It is empty,
        and not missing, where none is: an image without a finding.
        """
        return [
            RawCase(f"{split}/{row:06d}", f"{split}/{row:06d}", self._label(digits), split=split)
            for split in sorted(SPLITS)
            for row, digits in enumerate(self._parts[split].labels.tolist())
        ]

    def files(self, path: str) -> tuple[str, ...]:  # noqa: ARG002 - all cases share one file
        """Names none: all cases share one file."""
        return ()

    def identity(self, path: str) -> None:
        """Gives nothing: an image has to be looked at."""

    def decode(self, path: str) -> Decoded:
        """Takes an image, or a volume turned to [x, y, z], out of its array.

        Raises:
            UnreadableError: If there is no such position.
            DataError: If the array is damaged.
        """
        split, _, row = path.partition("/")
        for known, part in self._parts.items():
            if split == known and row.isdecimal() and int(row) < len(part.labels):
                with refusing(self._file, f"{split}_images"):
                    values = part.images.values[int(row)]
                upright = values.T if part.volumes else values
                pixels = np.array(upright, dtype=values.dtype.newbyteorder("<"), order="C")
                if not part.volumes:
                    pixels = grey_where_equal(pixels)
                return Decoded(pixels, colour=pixels.ndim == 3 and not part.volumes)
        raise UnreadableError("the array holds no such position")

    def _label(self, digits: list[int]) -> str:
        if self._task == "multilabel":
            return LABEL_JOIN.join(sorted(self._classes[place] for place, one in enumerate(digits) if one))
        return self._classes[digits[0]] if 0 <= digits[0] < len(self._classes) else str(digits[0])

    def _named(self, labels: list[Labels], names: tuple[str, ...] | None) -> tuple[str, ...]:
        digits = 1 + max((int(part.max()) for part in labels if len(part)), default=-1)
        needed = labels[0].shape[1] if self._task == "multilabel" else digits
        if needed > MOST_CLASSES:
            raise not_medmnist(self._file, f"{needed} classes are counted; at most {MOST_CLASSES} are read")
        classes = names or tuple(str(digit) for digit in range(needed))
        joined = [name for name in classes if LABEL_JOIN in name]
        if self._task == "multilabel" and (len(set(classes)) != needed or joined):
            why = f"each image has {needed} labels, so `classes` needs as many names, without {LABEL_JOIN}"
            raise DataError(
                "the classes do not fit the labels",
                where=str(self._file),
                why=why,
                remedy="correct `classes`, or leave it out",
            )
        return classes
