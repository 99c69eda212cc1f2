"""Places cases in shards, and takes over rows of an earlier output that are still valid."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.numpy import load, save

from stages.contracts.artifact import Record, read_json
from stages.contracts.errors import DataError
from stages.contracts.manifest import read_table
from stages.contracts.prepared import INDEX, shard_file

Images = NDArray[np.uint8]


class ShardRecord(Record):
    """What `shards.json` holds: enough to trust a row of an earlier output, or not to."""

    fingerprint: str
    """Of what was done to every case."""
    index_sha256: str
    """Of `index.parquet`."""
    shard_sha256: dict[int, str]
    """Of the shard files, by number."""


@dataclass(frozen=True)
class Earlier:
    """An earlier output under the same fingerprint."""

    folder: Path
    index: pd.DataFrame
    record: ShardRecord

    def images(self, shard: int) -> dict[str, Images]:
        """Gives the images of a shard by content hash; none if the file is missing or damaged."""
        rows = self.index[self.index["shard"] == shard]
        try:
            data = shard_file(self.folder, shard).read_bytes()
        except OSError:
            return {}
        if _sha256(data) != self.record.shard_sha256.get(shard):
            return {}
        images = load(data)["images"]
        return {
            content: images[row] for content, row in zip(rows["content_sha256"], rows["row"], strict=True)
        }


def find_earlier(folder: Path | None, fingerprint: str) -> Earlier | None:
    """Opens an earlier output; None if there is none, it is damaged, or other things were done there."""
    if folder is None:
        return None
    try:
        record = read_json(ShardRecord, folder / "shards.json")
        intact = _sha256((folder / "index.parquet").read_bytes()) == record.index_sha256
        if record.fingerprint != fingerprint or not intact:
            return None
        return Earlier(folder, read_table(folder / "index.parquet", tuple(INDEX)).astype(INDEX), record)
    except (DataError, OSError):
        return None


def place(manifest: pd.DataFrame, classes: Sequence[str], shards: int) -> pd.DataFrame:
    """Makes the index of the cases in use.

    Args:
        manifest: All cases.
        classes: Names in the order of their indices.
        shards: Number of shards.

    Returns:
        The columns of `INDEX`, sorted by case; within a shard, rows are in that order too.
    """
    used = manifest[manifest["excluded_because"].isna()].sort_values("case_id", ignore_index=True)
    numbers = {name: number for number, name in enumerate(classes)}
    shard = used["case_id"].map(lambda name: int(_sha256(name.encode())[:15], 16) % shards)
    index = used.assign(label=used["label"].map(numbers).fillna(-1), shard=shard)
    index["row"] = index.groupby("shard").cumcount()
    return index[list(INDEX)].astype(INDEX)


def write_shard(folder: Path, shard: int, images: Images) -> str:
    """Writes the images [n, channels, height, width] of a shard and gives the file's SHA-256."""
    data = save({"images": np.ascontiguousarray(images)})
    shard_file(folder, shard).write_bytes(data)
    return _sha256(data)


def write_index(folder: Path, index: pd.DataFrame) -> str:
    """Writes the index and gives the file's SHA-256."""
    file = folder / "index.parquet"
    index.to_parquet(file, index=False, compression="zstd")
    return _sha256(file.read_bytes())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
