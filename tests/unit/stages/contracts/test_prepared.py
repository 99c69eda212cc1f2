from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from stages.contracts.artifact import read_json, write_json
from stages.contracts.errors import DataError
from stages.contracts.preparation import Preparation, PrepareParams
from stages.contracts.prepared import INDEX, PreparedCases, hold, load_prepared, open_prepared, shard_file
from stages.contracts.streamed import StreamedRows

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
            "case_id": [f"c{n:02d}" for n in numbers], "group_id": "g", "label": numbers % 2,
            "target": "a", "split": splits,
            "shard": numbers % SHARDS, "row": numbers // SHARDS, "content_sha256": "0", "mask_sha256": None,
        }
    )  # fmt: skip
    index.astype(INDEX).to_parquet(tmp_path / "index.parquet")
    for shard in range(SHARDS):
        images = numbers[numbers % SHARDS == shard].astype(np.uint8).reshape(-1, 1, 1, 1)
        save_file({"images": images}, shard_file(tmp_path, shard))
    return tmp_path


def numbers_of(cases: PreparedCases) -> list[int]:
    """Gives the numbers that pixels in memory say."""
    assert isinstance(cases.images, np.ndarray)
    numbers: list[int] = cases.images[:, 0, 0, 0].tolist()
    return numbers


def test_cases_come_in_the_order_of_the_index(folder: Path) -> None:
    cases = load_prepared(folder, ("train", "val", "test"))
    assert numbers_of(cases) == list(range(CASES))
    assert cases.labels.tolist() == [0, 1] * 6


def test_only_the_splits_asked_for_are_read(folder: Path) -> None:
    cases = load_prepared(folder, ["val"])
    assert numbers_of(cases) == [4, 5, 6, 7]
    assert len(cases.only("test").index) == 0
    assert numbers_of(cases.take(np.array([2]))) == [6]


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


def test_opened_cases_stay_on_the_disk_until_they_are_asked_for(folder: Path) -> None:
    cases = open_prepared(folder, ("train", "val")).only("val").take(np.array([3, 1]))
    assert isinstance(cases.images, StreamedRows)
    assert cases.images.shape == (2, 1, 1, 1)
    assert cases.images[:].ravel().tolist() == [7, 5]
    assert numbers_of(cases.in_memory()) == [7, 5]


def write_rows(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    """Gives every shard the same rows."""
    for shard in range(SHARDS):
        save_file(arrays, shard_file(folder, shard))


def redescribe(folder: Path, **changes: object) -> None:
    """Writes another preparation beside the same index."""
    file = folder / "preparation.json"
    preparation = read_json(Preparation, file).model_dump() | changes
    write_json(Preparation.model_validate(preparation), file)


def test_parts_are_held_in_memory_as_long_as_they_fit(folder: Path) -> None:
    redescribe(folder, params={"size": (400, 400), "shards": SHARDS})
    write_rows(folder, {"images": np.ones((4, 1, 400, 400), np.uint8)})
    cases = open_prepared(folder, ("train", "val", "test"))
    all_of_them, few, other = cases, cases.only("train"), cases.only("val")  # 12, 4 and 4 of 160 kB each
    assert held(0, few) == [StreamedRows]
    assert held(1, few, other) == [np.ndarray, StreamedRows]
    assert held(1, all_of_them, few) == [StreamedRows, np.ndarray]
    assert held(2, few, other) == [np.ndarray, np.ndarray]


def held(budget_mb: int, *parts: PreparedCases) -> list[type]:
    return [type(part.images) for part in hold(budget_mb, *parts)]


def test_volumes_come_in_their_shape_and_type_and_with_their_masks(folder: Path) -> None:
    params = {"size": (2, 3, 4), "dtype": "float16", "intensity": "minmax", "shards": SHARDS}
    redescribe(folder, params=params, task="segmentation")
    index = pd.read_parquet(folder / "index.parquet")
    index.assign(mask_sha256="1").to_parquet(folder / "index.parquet")
    volumes = np.arange(96, dtype=np.float16).reshape(4, 1, 2, 3, 4)
    write_rows(folder, {"images": volumes, "masks": (volumes[:, 0] > 50).astype(np.uint8)})
    cases = load_prepared(folder, ("train", "val", "test"))
    assert isinstance(cases.images, np.ndarray)
    assert (cases.images.shape, cases.images.dtype) == ((CASES, 1, 2, 3, 4), np.dtype(np.float16))
    assert cases.masks is not None
    np.testing.assert_array_equal(cases.masks, cases.images[:, 0] > 50)
    assert cases.only("val").masks is not None
    np.testing.assert_array_equal(cases.only("val").masks, cases.masks[4:8])


def test_records_come_with_what_is_missing(folder: Path) -> None:
    redescribe(
        folder,
        params={"size": None, "shards": SHARDS},
        features=[{"name": name, "kind": "number"} for name in ("age", "pressure")],
    )
    values = np.array([[63, np.nan]] * 4, np.float32)
    write_rows(folder, {"images": values})
    cases = load_prepared(folder, ("train",))
    np.testing.assert_array_equal(cases.images, values)
    assert cases.masks is None


@pytest.mark.parametrize("params", [{"size": (2, 2)}, {"size": (1, 1), "dtype": "float32"}, {"size": None}])
def test_shards_of_another_shape_or_type_than_the_preparation_says_are_refused(
    folder: Path, params: dict[str, object]
) -> None:
    redescribe(folder, params=params)
    with pytest.raises(DataError, match="shard") as caught:
        load_prepared(folder, ["train"])
    assert "its rows are uint8 [1, 1, 1]" in caught.value.why


def test_a_split_without_cases_has_the_shape_of_none(folder: Path) -> None:
    cases = load_prepared(folder, ["elsewhere"])
    assert cases.images.shape == (0, 1, 1, 1)
