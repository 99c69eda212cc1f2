"""Prepared cases: shards of equal-sized images, and an index of who lies where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from safetensors import SafetensorError
from safetensors.numpy import load_file

from stages.contracts.artifact import Record, read_json
from stages.contracts.errors import DataError
from stages.contracts.manifest import read_table

INDEX: dict[str, str] = {
    "case_id": "string",
    "group_id": "string",
    "label": "int64",  # index into `Preparation.classes`; -1 where it is missing
    "split": "string",
    "shard": "int64",
    "row": "int64",  # position within the shard
    "content_sha256": "string",
    "mask_sha256": "string",  # null where there is no mask
}


Count = Annotated[int, Field(ge=1, le=10_000)]


class PrepareParams(Record):
    """How a case becomes an image of the size that a network takes; the same for every case."""

    size: tuple[Count, Count]
    """Height and width in pixels."""
    channels: Literal[1, 3] = 1
    """1 for grey (colours are weighted as by ITU-R 601-2), 3 for RGB (grey is repeated)."""
    intensity: Literal["as_is", "minmax", "percentile"] = "as_is"
    """`as_is` keeps 8-bit values; the others scale each case to its own range or 0.5-99.5 percentiles."""
    crop: Literal["none", "square"] = "none"
    """`square` cuts the central square before resizing; `none` resizes both sides."""
    shards: Count = 16
    """Number of shard files: changing one case rewrites one of them."""


class Preparation(Record):
    """What was done to every case, and what the cases are: enough to prepare a new one likewise."""

    domain: str
    adapter: str
    classes: tuple[str, ...]
    patients_known: bool
    params: PrepareParams


@dataclass(frozen=True)
class PreparedCases:
    """Cases in memory.

    Attributes:
        index: One row per case, as in `INDEX`, sorted by case.
        images: Shape (cases, channels, height, width), uint8, in the order of the index.
        preparation: What was done to them.
    """

    index: pd.DataFrame
    images: NDArray[np.uint8]
    preparation: Preparation

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class indices in the order of the index."""
        return self.index["label"].to_numpy(dtype=np.int64, copy=True)

    def only(self, split: str) -> PreparedCases:
        """Gives the cases of one split."""
        return self.take(np.flatnonzero((self.index["split"] == split).to_numpy(dtype=bool)))

    def take(self, rows: NDArray[np.integer]) -> PreparedCases:
        """Gives the cases at these positions."""
        return PreparedCases(
            self.index.iloc[rows].reset_index(drop=True), self.images[rows], self.preparation
        )


def shard_file(folder: Path, shard: int) -> Path:
    """Names the file of a shard."""
    return folder / f"shard-{shard:04d}.safetensors"


def load_prepared(folder: Path, splits: Collection[str]) -> PreparedCases:
    """Reads the cases of some splits into memory; shards without any of them are not opened.

    Raises:
        DataError: If a file is missing or damaged, or holds other rows than the index says.
    """
    preparation = read_json(Preparation, folder / "preparation.json")
    index = read_table(folder / "index.parquet", tuple(INDEX)).astype(INDEX)
    index = index[index["split"].isin(list(splits))].sort_values("case_id", ignore_index=True)
    height, width = preparation.params.size
    images = np.empty((len(index), preparation.params.channels, height, width), dtype=np.uint8)
    for shard, rows in index.groupby("shard"):
        file = shard_file(folder, int(str(shard)))
        try:
            images[rows.index.to_numpy()] = load_file(file)["images"][rows["row"].to_numpy()]
        except (OSError, SafetensorError, KeyError, IndexError, ValueError) as error:
            raise DataError(
                "a shard cannot be read",
                where=str(file),
                why=str(error).splitlines()[0],
                remedy="run `medgraft run --force prepare`",
            ) from error
    return PreparedCases(index, images, preparation)
