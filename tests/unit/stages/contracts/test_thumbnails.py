from __future__ import annotations

from pathlib import Path

import pytest

from stages.contracts.errors import DataError
from stages.contracts.thumbnails import INDEX, LARGEST, read_thumbnails, write_thumbnails

CONTENT = "0123456789abcdef" * 4
FILE = "0123456789abcdef0123.png"


def test_images_are_read_back_by_case(tmp_path: Path) -> None:
    write_thumbnails(tmp_path / "t", "mark", {"b": (CONTENT, b"x"), "a": (CONTENT, b"x")})
    assert read_thumbnails(tmp_path / "t") == ("mark", {"a": (FILE, b"x"), "b": (FILE, b"x")})
    assert sorted(file.name for file in (tmp_path / "t").iterdir()) == [FILE, INDEX]


def test_no_image_makes_no_folder(tmp_path: Path) -> None:
    write_thumbnails(tmp_path / "t", "mark", {})
    assert not (tmp_path / "t").exists()
    assert read_thumbnails(tmp_path / "t") == ("", {})


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (FILE, None),
        (FILE, b"y"),
        (FILE, b"x" * (LARGEST + 1)),
        (INDEX, None),
        (INDEX, b"{"),
        (INDEX, b'{"fingerprint": "m", "images": [{"case": "a", "file": "../../secret", "sha256": ""}]}'),
    ],
)
def test_what_is_damaged_is_named(tmp_path: Path, file: str, content: bytes | None) -> None:
    write_thumbnails(tmp_path / "t", "mark", {"a": (CONTENT, b"x")})
    damaged = tmp_path / "t" / file
    damaged.unlink()
    if content is not None:
        damaged.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_thumbnails(tmp_path / "t")
    assert caught.value.where == str(damaged)
