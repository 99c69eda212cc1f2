"""Places cases in shards, and takes over what is still valid of an earlier output: rows, or whole shards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from blake3 import blake3
from numpy.typing import NDArray
from safetensors.numpy import load, save

from stages.contracts.artifact import Record, read_json
from stages.contracts.errors import DataError
from stages.contracts.manifest import Domain, read_table, typed, write_table
from stages.contracts.prepared import INDEX, shard_file

Values = NDArray[Any]
_CHUNK = 1 << 18

CONTENT = {name: INDEX[name] for name in ("shard", "content_sha256", "mask_sha256")}
"""Columns that tell what each row of each shard is made of."""


class ShardRecord(Record):
    """What `shards.json` holds: enough to trust a row of an earlier output, or not to.

    By BLAKE3: a small change has every old shard hashed, and SHA-256 takes three times as long for it.
    """

    fingerprint: str
    """Of what was done to every case."""
    index_blake3: str
    """Of `index.parquet`."""
    shard_blake3: dict[int, str]
    """Of the shard files, by number."""


@dataclass(frozen=True)
class Earlier:
    """An earlier output under the same fingerprint.

    Attributes:
        folder: Where it lies.
        index: Its columns of `CONTENT`; within a shard, in the order of its rows.
        record: What it says of itself.
    """

    folder: Path
    index: pd.DataFrame
    record: ShardRecord

    def holds(self, shard: int, contents: list[str]) -> bool:
        """Tells whether the shard is intact and has just these rows."""
        return self._contents(shard) == contents and self._intact(shard)

    def link(self, folder: Path, shard: int) -> str:
        """Puts the shard's file into a folder and gives its hash.

        A hard link, where the file system has them: its bytes are neither written nor hashed again.
        """
        source, target = shard_file(self.folder, shard), shard_file(folder, shard)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        return self.record.shard_blake3[shard]

    def rows(self, shard: int) -> tuple[dict[str, int], dict[str, Values]]:
        """Gives the row of each content in a shard, and its arrays; none if it is missing or damaged."""
        data = self._read(shard)
        if data is None:
            return {}, {}
        return {content: row for row, content in enumerate(self._contents(shard))}, load(data)

    def _intact(self, shard: int) -> bool:
        digest = blake3()
        try:
            with shard_file(self.folder, shard).open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        except OSError:
            return False
        return digest.hexdigest() == self.record.shard_blake3.get(shard)

    def _read(self, shard: int) -> bytes | None:
        try:
            data = shard_file(self.folder, shard).read_bytes()
        except OSError:
            return None
        return data if _hash(data) == self.record.shard_blake3.get(shard) else None

    def _contents(self, shard: int) -> list[str]:
        return self._by_shard.get(shard, [])

    @cached_property
    def _by_shard(self) -> dict[int, list[str]]:
        contents = content_of(self.index).to_numpy(dtype=object)
        return {
            shard: contents[rows].tolist() for shard, rows in rows_by_shard(self.index["shard"].to_numpy())
        }


def rows_by_shard(shards: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Gives the number of each shard with the rows that are in it, both in their order."""
    order = np.argsort(shards, kind="stable")
    numbers, starts = np.unique(shards[order], return_index=True)
    # Of no row at all there is one empty part, and no number.
    yield from zip(numbers.tolist(), np.split(order, starts[1:]), strict=False)


def content_of(index: pd.DataFrame) -> pd.Series[str]:
    """Gives what a prepared case is made of: its values and, where it has one, its mask."""
    return index["content_sha256"] + index["mask_sha256"].fillna("")


def find_earlier(folder: Path | None, fingerprint: str) -> Earlier | None:
    """Opens an earlier output; None if there is none, it is damaged, or other things were done there."""
    if folder is None:
        return None
    try:
        record = read_json(ShardRecord, folder / "shards.json")
        intact = _hash((folder / "index.parquet").read_bytes()) == record.index_blake3
        if record.fingerprint != fingerprint or not intact:
            return None
        index = read_table(folder / "index.parquet", tuple(CONTENT), alone=True)
        return Earlier(folder, typed(index, CONTENT), record)
    except (DataError, OSError):
        return None


def place(used: pd.DataFrame, domain: Domain, shards: int) -> pd.DataFrame:
    """Makes the index of the cases in use.

    Args:
        used: Their rows of the manifest, sorted by case.
        domain: Of the cases: the label is a class's index where each case has one class, else -1.
        shards: Number of shards.

    Returns:
        The columns of `INDEX`, in the order of `used`; within a shard, rows are in that order too.
    """
    single = domain.task in ("classes", "ordinal")
    numbers = {name: number for number, name in enumerate(domain.classes if single else ())}
    shard = np.array([crc32(name.encode()) % shards for name in used["case_id"].tolist()], dtype=np.int64)
    row = np.empty_like(shard)
    for _, rows in rows_by_shard(shard):
        row[rows] = np.arange(len(rows))
    label = [numbers.get(name, -1) for name in used["label"].tolist()]
    own = {"label": label, "target": used["label"], "shard": shard, "row": row}
    return typed(pd.DataFrame({name: own[name] if name in own else used[name] for name in INDEX}), INDEX)


def pack_shard(arrays: dict[str, Values]) -> bytes:
    """Gives the bytes of a shard's file, of its arrays, each [n, ...]."""
    data: bytes = save({name: np.ascontiguousarray(values) for name, values in arrays.items()})
    return data


def write_shard(folder: Path, shard: int, data: bytes) -> str:
    """Writes the file of a shard and gives its hash."""
    shard_file(folder, shard).write_bytes(data)
    return _hash(data)


def write_index(folder: Path, index: pd.DataFrame) -> str:
    """Writes the index and gives the file's hash."""
    file = folder / "index.parquet"
    write_table(index, file)
    return _hash(file.read_bytes())


def _hash(data: bytes) -> str:
    return blake3(data).hexdigest()
