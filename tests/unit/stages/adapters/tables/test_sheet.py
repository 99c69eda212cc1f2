from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from stages.adapters.tables import sheet
from stages.adapters.tables.sheet import read_sheet
from stages.contracts.errors import DataError


def read(root: Path, data: str | bytes, name: str = "a.csv", **options: object) -> list[list[str | None]]:
    file = root / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    table = read_sheet(file, options.get("names"), options.get("separator"))  # type: ignore[arg-type]
    return [list(table), *table.astype(object).where(table.notna(), None).to_numpy().tolist()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n 007 ,\n", [["a", "b"], ["007", None]]),
        ("a,b\r\n1, \r\n", [["a", "b"], ["1", None]]),
        ("\ufeffa, b \n1,2\n\n3,4", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ('a,b\n5" scar,"x"\n', [["a", "b"], ['5" scar', "x"]]),
        ('a,b\n"x, y","two\nlines"\n', [["a", "b"], ["x, y", "two\nlines"]]),
        ("a,b\n=cmd|' /C calc'!A0,NA\n", [["a", "b"], ["=cmd|' /C calc'!A0", "NA"]]),
        ("a\ntrue\n1.0\n", [["a"], ["true"], ["1.0"]]),
    ],
)
def test_cells_are_read_as_they_are_written(tmp_path: Path, data: str, expected: object) -> None:
    assert read(tmp_path, data) == expected


def test_a_tab_or_any_other_separator_will_do(tmp_path: Path) -> None:
    assert read(tmp_path, "a\tb\n1,5\t2\n", "a.tsv") == [["a", "b"], ["1,5", "2"]]
    assert read(tmp_path, "a;b\n1,5;2\n", separator=";") == [["a", "b"], ["1,5", "2"]]


def test_a_file_without_a_header_gets_names(tmp_path: Path) -> None:
    assert read(tmp_path, "1,2\n3,4\n", "a.data", names=("x", "y"))[:2] == [["x", "y"], ["1", "2"]]


def test_parquet_gives_the_same_text(tmp_path: Path) -> None:
    columns = {"a": [1, 2], "b": [0.1, None], "c": ["x", None], "d": [True, False]}
    pd.DataFrame(columns, index=[5, 7]).to_parquet(tmp_path / "a.parquet")
    table = read_sheet(tmp_path / "a.parquet", None, None)
    assert list(table) == ["a", "b", "c", "d"]
    assert table.iloc[0].tolist() == ["1", "0.1", "x", "true"]
    assert table.iloc[1].isna().tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "Empty"),
        ("a,b\n", "no row"),
        ("a,b\n\n", "no row"),
        ("a,b\n1,2\n3\n", "row 2 has 1 cells, and 2 columns are expected"),
        ("a,b\n1,2,secret\n", "row 1 has 3 cells, and 2 columns are expected"),
        ('a,b\n1,"secret\n', "a quote is not closed"),
        ('a,b\n1,"secret\n2,3\n4,5', "a quote is not closed"),
        ('a,b\n"secret,3\n4,5', "row 1 has 1 cells"),
        ("a,b,a\n1,2,3\n", "two columns are called 'a'"),
        ("a, a\n1,2\n", "two columns are called 'a'"),
        (b"a,b\n\xff\xfe,2\n", "UTF8"),
        (b"\xff\xfe,b\n1,2\n", "utf-8"),
        ("a,b\n1,2\n".encode("utf-16"), ""),
        ("a,b\nsecret" + "x" * (9 << 20) + ",1\n", "longer than 4 MiB"),
        ("x" * (5 << 20) + ",b\n1,2\n", "number of columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(tmp_path: Path, data: str | bytes, why: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, data)
    assert why in caught.value.why
    assert "secret" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 4


def test_names_that_are_too_few_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "1,2\n", names=("x",))
    assert "row 1 has 2 cells, and 1 columns are expected" in caught.value.why


def parquet(root: Path, data: bytes | None = None, **columns: object) -> Path:
    file = root / "a.parquet"
    file.write_bytes(data) if data is not None else pd.DataFrame(columns).to_parquet(file)
    return file


def test_what_is_no_parquet_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError):
        read_sheet(parquet(tmp_path, b"PAR1 no"), None, None)
    with pytest.raises(DataError, match="cannot be read") as caught:
        read_sheet(parquet(tmp_path, a=[1, 2]), ("b",), None)
    assert "names its own columns" in caught.value.why
    monkeypatch.setattr(sheet, "MOST_CELLS", 3)
    with pytest.raises(DataError) as caught:
        read_sheet(parquet(tmp_path, a=[1, 2], b=[1, 2]), None, None)
    assert "claims 4 cells" in caught.value.why


def test_cells_that_hold_lists_are_text(tmp_path: Path) -> None:
    assert read_sheet(parquet(tmp_path, a=[[1, 2], None]), None, None)["a"][0] == "[1, 2]"


def test_values_within_lists_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_CELLS", 100)
    with pytest.raises(DataError) as caught:
        read_sheet(parquet(tmp_path, a=[[0] * 1000]), None, None)
    assert "claims 1000 cells" in caught.value.why


def test_a_file_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(sheet.LARGEST_FILE + 1)
    with pytest.raises(DataError) as caught:
        read_sheet(tmp_path / "a.csv", None, None)
    assert "at most" in caught.value.why


@pytest.mark.timeout(10)
def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for name, why in (("pipe.csv", "no file"), ("absent.csv", "no such file"), (".", "no file")):
        with pytest.raises(DataError) as caught:
            read_sheet(tmp_path / name, None, None)
        assert why in caught.value.why
