from pathlib import Path

import pandas as pd
import pytest

from stages.contracts.errors import DataError
from stages.contracts.manifest import COLUMNS, read_manifest, write_manifest

ROWS = pd.DataFrame(
    {name: ["b", "a"] for name in COLUMNS} | {"fold": [1, None], "sex": ["f", "m"], "age": [3.0, None]}
)


def test_the_order_of_rows_and_columns_leaves_the_bytes_alone(tmp_path: Path) -> None:
    write_manifest(ROWS, tmp_path / "one.parquet")
    write_manifest(ROWS[ROWS.columns[::-1]].iloc[::-1], tmp_path / "other.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()


def test_rows_come_back_sorted_and_typed(tmp_path: Path) -> None:
    write_manifest(ROWS.assign(patient_id=pd.Series([None, "p"])), tmp_path / "m.parquet")
    back = read_manifest(tmp_path / "m.parquet")
    assert list(back["case_id"]) == ["a", "b"]
    assert list(back.columns) == [*COLUMNS, "age", "sex"]
    assert back["patient_id"].isna().tolist() == [False, True]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    ROWS.drop(columns="label").to_parquet(tmp_path / "m.parquet")
    with pytest.raises(DataError) as caught:
        read_manifest(tmp_path / "m.parquet")
    assert caught.value.why == "no column label"


def test_what_is_no_table_is_a_data_error(tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_bytes(b"no")
    for name in ("m.parquet", "nowhere.parquet"):
        with pytest.raises(DataError, match="cannot be read"):
            read_manifest(tmp_path / name)
