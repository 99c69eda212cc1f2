"""Rows of shards that stay on the disk: what is asked for is read, and nothing is kept."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from stages.contracts.errors import DataError

Rows = slice | NDArray[np.integer]


@dataclass(frozen=True)
class StreamedRows:
    """One row per case, each of the same shape and type; indexed like an array, it reads from the shards.

    Attributes:
        name: Of the tensor in every shard.
        files: The shards' files, by number.
        shards: Shard of each case.
        rows: Row of each case in its shard.
        row_shape: Shape of a row.
        dtype: Type of its values.
    """

    name: str
    files: Mapping[int, Path]
    shards: NDArray[np.int64]
    rows: NDArray[np.int64]
    row_shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return len(self.shards)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array that all rows make."""
        return (len(self), *self.row_shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the array that all rows make."""
        return math.prod(self.shape) * self.dtype.itemsize

    def only(self, cases: Rows) -> StreamedRows:
        """Gives the rows at these positions, without reading them."""
        return replace(self, shards=self.shards[cases], rows=self.rows[cases])

    def __getitem__(self, cases: Rows) -> NDArray[Any]:
        """Reads the rows at these positions.

        Raises:
            DataError: If a shard is missing, damaged or of other rows.
        """
        shards, rows = self.shards[cases], self.rows[cases]
        values = np.empty((len(rows), *self.row_shape), self.dtype)
        order = np.argsort(shards, kind="stable")
        starts = np.flatnonzero(np.diff(shards[order])) + 1
        for places in np.split(order, starts) if len(order) else []:
            with self._opened(self.files[int(shards[places[0]])]) as tensor:
                for place in places:
                    values[place] = tensor[int(rows[place])]
        return values

    @contextmanager
    def _opened(self, file: Path) -> Iterator[Any]:
        # Opened for each batch: that takes microseconds, and no page of the file stays mapped.
        try:
            with safe_open(file, framework="numpy") as tensors:
                tensor = tensors.get_slice(self.name)
                none = tensor[:0]
                if (none.shape[1:], none.dtype) != (self.row_shape, self.dtype):
                    found = f"{none.dtype} {list(none.shape[1:])}"
                    raise ValueError(f"its rows are {found}, not {self.dtype} {list(self.row_shape)}")
                yield tensor
        except (OSError, SafetensorError, ValueError) as error:
            raise DataError(
                "a shard cannot be read",
                where=str(file),
                why=str(error).splitlines()[0],
                remedy="run `medgraft run --force prepare`",
            ) from error
