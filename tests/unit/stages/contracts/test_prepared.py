from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from stages.contracts.artifact import write_json
from stages.contracts.errors import DataError
from stages.contracts.prepared import INDEX, Preparation, PrepareParams, load_prepared, shard_file

CASES, SHARDS = 12, 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve cases of one pixel whose value is their number, in three shards."""
    params = PrepareParams(size=(1, 1), shards=SHARDS)
    write_json(
        Preparation(domain="d", adapter="folder", classes=("a", "b"), patients_known=False, params=params),
        tmp_path / "preparation.json",
    )
    numbers = np.arange(CASES)
    splits = np.array(["train", "val", "test"])[numbers // 4]
    index = pd.DataFrame(
        {
            "case_id": [f"c{n:02d}" for n in numbers], "group_id": "g", "label": numbers % 2, "split": splits,
            "shard": numbers % SHARDS, "row": numbers // SHARDS, "content_sha256": "0", "mask_sha256": None,
        }
    )  # fmt: skip
    index.astype(INDEX).to_parquet(tmp_path / "index.parquet")
    for shard in range(SHARDS):
        images = numbers[numbers % SHARDS == shard].astype(np.uint8).reshape(-1, 1, 1, 1)
        save_file({"images": images}, shard_file(tmp_path, shard))
    return tmp_path


def test_cases_come_in_the_order_of_the_index(folder: Path) -> None:
    cases = load_prepared(folder, ("train", "val", "test"))
    assert cases.images[:, 0, 0, 0].tolist() == list(range(CASES))
    assert cases.labels.tolist() == [0, 1] * 6


def test_only_the_splits_asked_for_are_read(folder: Path) -> None:
    cases = load_prepared(folder, ["val"])
    assert cases.images[:, 0, 0, 0].tolist() == [4, 5, 6, 7]
    assert len(cases.only("test").index) == 0
    assert cases.take(np.array([2])).images[:, 0, 0, 0].tolist() == [6]


def test_a_damaged_shard_is_named(folder: Path) -> None:
    shard_file(folder, 1).write_bytes(b"damaged")
    with pytest.raises(DataError, match="shard") as caught:
        load_prepared(folder, ["train"])
    assert "shard-0001" in caught.value.where


def test_a_missing_shard_is_named(folder: Path) -> None:
    shard_file(folder, 2).unlink()
    with pytest.raises(DataError, match="shard"):
        load_prepared(folder, ["train"])


def test_a_shard_with_fewer_rows_than_the_index_is_refused(folder: Path) -> None:
    save_file({"images": np.zeros((1, 1, 1, 1), dtype=np.uint8)}, shard_file(folder, 0))
    with pytest.raises(DataError, match="shard"):
        load_prepared(folder, ["train", "test"])
