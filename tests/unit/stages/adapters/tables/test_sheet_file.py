from __future__ import annotations

import os
from pathlib import Path

import pytest

from stages.adapters.tables.sheet_file import find_sheet, is_lone_sheet
from stages.contracts.errors import DataError
from tests.unit.stages.raw_images import picture, save


def test_a_lone_table_is_known_whatever_describes_it(tmp_path: Path) -> None:
    assert not is_lone_sheet(tmp_path)
    (tmp_path / "a readme.md").write_text("x")
    assert not is_lone_sheet(tmp_path)
    (tmp_path / "heart.data").write_text("a\n1\n")
    assert is_lone_sheet(tmp_path)
    assert is_lone_sheet(tmp_path / "heart.data")
    assert not is_lone_sheet(tmp_path / "a readme.md")
    save(picture(1), tmp_path / "png" / "a.png")
    assert not is_lone_sheet(tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "known"),
    [
        ("a.csv", "größe,x\n".encode(), True),
        ("a.csv", b"a" * 65535 + "ö".encode(), True),
        ("a.csv", b"\xff\xfea,b\n", False),
        ("a.csv", "a,b\n".encode("utf-16-le"), False),
        ("a.parquet", b"PAR1", True),
        ("a.parquet", b"a,b\n", False),
    ],
)
def test_a_table_is_known_by_its_first_bytes(tmp_path: Path, name: str, data: bytes, known: bool) -> None:
    (tmp_path / name).write_bytes(data)
    assert is_lone_sheet(tmp_path) == is_lone_sheet(tmp_path / name) == known


@pytest.mark.timeout(10)
def test_a_pipe_is_no_table(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    assert not is_lone_sheet(tmp_path)
    assert not is_lone_sheet(tmp_path / "a.csv")


def test_the_only_table_is_found(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("x")
    with pytest.raises(DataError, match="no single table"):
        find_sheet(tmp_path, None)
    (tmp_path / "deep").mkdir()
    file = tmp_path / "deep" / "B.CSV"
    file.write_text("a\n1\n")
    assert find_sheet(tmp_path, None) == find_sheet(file, None) == file
    (tmp_path / "c.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="no single table") as caught:
        find_sheet(tmp_path, None)
    assert caught.value.why == "there are 2: c.parquet, deep/B.CSV"
    assert find_sheet(tmp_path, "deep/B.CSV") == file


def test_a_table_out_of_the_raw_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "raw" / "b.csv").symlink_to(tmp_path / "a.csv")
    for name in ("../a.csv", "b.csv", None):
        with pytest.raises(DataError, match="refused"):
            find_sheet(tmp_path / "raw", name)
