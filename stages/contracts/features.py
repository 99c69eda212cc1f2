"""Frozen features: what a backbone makes of each case, computed once and read by all that need it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from stages.contracts.artifact import Record, read_json, write_json
from stages.contracts.errors import DataError


class FeaturesRecord(Record):
    """Whose features they are, and of which cases."""

    weights_sha256: str
    """Hash of the checkpoint whose backbone computed them."""
    case_ids: tuple[str, ...]
    """In the order of the rows."""


def write_features(record: FeaturesRecord, features: NDArray[np.float32], folder: Path) -> None:
    """Writes features of shape (cases, width) with their record."""
    data = save({"features": np.ascontiguousarray(features)})
    (folder / "features.safetensors").write_bytes(data)
    write_json(record, folder / "features.json")


def read_features(folder: Path, case_ids: pd.Series[str], weights_sha256: str) -> NDArray[np.float32]:
    """Gives the features of these cases, in this order.

    Raises:
        DataError: If a file is damaged, a case is missing, or another backbone computed them.
    """
    record = read_json(FeaturesRecord, folder / "features.json")
    if record.weights_sha256 != weights_sha256:
        raise _stale(folder, "they were computed by another checkpoint")
    rows = pd.Index(record.case_ids).get_indexer(pd.Index(case_ids))
    if (rows < 0).any():
        raise _stale(folder, f"they lack {int((rows < 0).sum())} of {len(rows)} cases")
    try:
        features: NDArray[np.float32] = load_file(folder / "features.safetensors")["features"]
    except (OSError, SafetensorError, KeyError) as error:
        raise _stale(folder, str(error).splitlines()[0]) from error
    return features[rows]


def _stale(folder: Path, why: str) -> DataError:
    return DataError(
        "frozen features cannot be used",
        where=str(folder),
        why=why,
        remedy="run `medgraft run --force extract`",
    )
