"""Prepared cases: shards of equal-sized arrays, and an index of who lies where."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.contracts.artifact import read_json
from stages.contracts.manifest import read_table
from stages.contracts.preparation import Preparation
from stages.contracts.streamed import Rows, StreamedRows

INDEX: dict[str, str] = {
    "case_id": "string",
    "group_id": "string",
    "label": "int64",  # index into `Preparation.classes`; -1 where a case is not of one class
    "target": "string",  # the label as the manifest has it: a class, a set of classes or a number
    "split": "string",
    "shard": "int64",
    "row": "int64",  # position within the shard
    "content_sha256": "string",
    "mask_sha256": "string",  # null where there is no mask
}
COVARIATE = "covariate:"
"""Before the names of further columns of the index: float32, as `Preparation.covariates` codes them."""
Images = NDArray[Any] | StreamedRows
"""An array in memory, or one whose rows are read when they are asked for."""


@dataclass(frozen=True)
class PreparedCases:
    """Cases, their images in memory or on the disk.

    Attributes:
        index: One row per case, as in `INDEX`, sorted by case.
        images: Shape (cases, channels, *size), or (cases, features) of records, in the order of the index.
        preparation: What was done to them.
        masks: Shape (cases, *size), uint8; None where there are none.
    """

    index: pd.DataFrame
    images: Images
    preparation: Preparation
    masks: Images | None = None

    @property
    def covariates(self) -> NDArray[np.float32] | None:
        """What a network takes in beside the images, shape (cases, covariates), NaN where it is missing.

        None where the preparation names no covariates.
        """
        names = [COVARIATE + feature.name for feature in self.preparation.covariates]
        return self.index[names].to_numpy(dtype=np.float32) if names else None

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class indices in the order of the index."""
        return self.index["label"].to_numpy(dtype=np.int64, copy=True)

    def only(self, split: str) -> PreparedCases:
        """Gives the cases of one split."""
        return self.take(np.flatnonzero((self.index["split"] == split).to_numpy(dtype=bool)))

    def take(self, rows: NDArray[np.integer]) -> PreparedCases:
        """Gives the cases at these positions; what is on the disk stays there."""
        index = self.index.iloc[rows].reset_index(drop=True)
        masks = None if self.masks is None else _at(self.masks, rows)
        return replace(self, index=index, images=_at(self.images, rows), masks=masks)

    def in_memory(self) -> PreparedCases:
        """Reads what is on the disk.

        Raises:
            DataError: If a shard is missing, damaged or of other rows.
        """
        return replace(self, images=self.images[:], masks=None if self.masks is None else self.masks[:])


def _at(images: Images, rows: Rows) -> Images:
    return images.only(rows) if isinstance(images, StreamedRows) else images[rows]


def shard_file(folder: Path, shard: int) -> Path:
    """Names the file of a shard."""
    return folder / f"shard-{shard:04d}.safetensors"


def load_prepared(folder: Path, splits: Collection[str]) -> PreparedCases:
    """Reads the cases of some splits into memory; shards without any of them are not opened.

    Raises:
        DataError: If a file is missing or damaged, or holds other rows than the index says.
    """
    return open_prepared(folder, splits).in_memory()


def open_prepared(folder: Path, splits: Collection[str]) -> PreparedCases:
    """Reads the index of the cases of some splits; their images are read when they are asked for.

    Raises:
        DataError: If the index or the record is missing or damaged.
    """
    preparation = read_json(Preparation, folder / "preparation.json")
    index = read_table(folder / "index.parquet", tuple(INDEX)).astype(INDEX)
    masked = bool(index["mask_sha256"].notna().any())
    index = index[index["split"].isin(list(splits))].sort_values("case_id", ignore_index=True)
    params = preparation.params
    grid = params.size or ()
    streamed = StreamedRows(
        name="images",
        files={int(shard): shard_file(folder, int(shard)) for shard in index["shard"].unique()},
        shards=index["shard"].to_numpy(),
        rows=index["row"].to_numpy(),
        row_shape=(params.channels, *grid) if grid else (len(preparation.features),),
        dtype=np.dtype(params.dtype if grid else np.float32),
    )
    masks = replace(streamed, name="masks", row_shape=grid, dtype=np.dtype(np.uint8)) if masked else None
    return PreparedCases(index, streamed, preparation, masks)


def hold(budget_mb: int, *parts: PreparedCases) -> Iterator[PreparedCases]:
    """Reads cases into memory, part after part, as long as they fit; the others stay on the disk.

    Args:
        budget_mb: Mebibytes for the images of all parts.
        parts: Cases, as `open_prepared` gives them.

    Yields:
        The same parts, with the same values.
    """
    left = budget_mb << 20
    for part in parts:
        fits = part.images.nbytes <= left
        left -= part.images.nbytes if fits else 0
        yield part.in_memory() if fits else part
