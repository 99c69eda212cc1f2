import os
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.raw import archive
from stages.adapters.raw.archive import Archive
from stages.adapters.raw.raw_bytes import AbsentError
from stages.contracts.errors import DataError


def zipped(file: Path, data: bytes = b"abc" * 1000) -> Path:
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        made.writestr("deep/a.png", data)
    return file


def test_members_are_unpacked(tmp_path: Path) -> None:
    assert Archive(zipped(tmp_path / "x.zip")).read("deep/a.png") == b"abc" * 1000


@pytest.mark.parametrize("name", ["deep/b.png", "../a.png", "/etc/passwd"])
def test_what_is_no_member_is_absent(tmp_path: Path, name: str) -> None:
    with pytest.raises(AbsentError, match="no such member"):
        Archive(zipped(tmp_path / "x.zip")).read(name)


def test_a_member_that_would_unpack_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGEST", 2999)
    with pytest.raises(UnreadableError, match="would unpack to 3000 bytes"):
        Archive(zipped(tmp_path / "x.zip")).read("deep/a.png")


def test_a_damaged_member_is_unreadable(tmp_path: Path) -> None:
    file = zipped(tmp_path / "x.zip", os.urandom(4000))
    data = bytearray(file.read_bytes())
    data[45:60] = b"\xff" * 15
    file.write_bytes(data)
    with pytest.raises(UnreadableError):
        Archive(file).read("deep/a.png")


@pytest.mark.parametrize("make", [lambda file: file.write_bytes(b"PK"), os.mkfifo, lambda file: None])
def test_what_is_no_zip_is_a_data_error(tmp_path: Path, make: object) -> None:
    make(tmp_path / "x.zip")  # type: ignore[operator]
    with pytest.raises(DataError, match="archive"):
        Archive(tmp_path / "x.zip")
