import os
from pathlib import Path

import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.raw import raw_bytes
from stages.adapters.raw.raw_bytes import AbsentError, read_bytes, reason_of


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert read_bytes(tmp_path / "x") == b"abc"


def test_a_missing_file_is_absent(tmp_path: Path) -> None:
    with pytest.raises(AbsentError, match="No such file"):
        read_bytes(tmp_path / "x.png")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(UnreadableError, match="regular"):
        read_bytes(tmp_path / "x.png")


def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "x.png").mkdir()
    with pytest.raises(UnreadableError, match="regular"):
        read_bytes(tmp_path / "x.png")


def test_an_empty_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "x.png").touch()
    with pytest.raises(UnreadableError, match="it is empty"):
        read_bytes(tmp_path / "x.png")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as file:
        file.truncate(raw_bytes.LARGEST + 1)
    with pytest.raises(UnreadableError, match="2000000001 bytes"):
        read_bytes(tmp_path / "x")


@pytest.mark.parametrize("name", ["x" * 300, "file/x"])
def test_what_cannot_be_a_file_is_unreadable(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnreadableError):
        read_bytes(tmp_path / name)


def test_a_reason_is_one_line() -> None:
    assert reason_of(ValueError("a\nb")) == "a"
    assert reason_of(ValueError()) == "ValueError"
