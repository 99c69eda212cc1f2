from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pipeline.audit.digests import Digests


def test_files_of_any_size_have_the_digests_of_hashlib(tmp_path: Path) -> None:
    files = {tmp_path / str(size): os.urandom(size) for size in (0, 1, (1 << 20) + 1, 3 << 20)}
    for file, data in files.items():
        file.write_bytes(data)
    digests = Digests(2)
    digests.read(files)
    digests.read(files, "sha256")
    for file, data in files.items():
        assert digests.md5(file) == hashlib.md5(data).hexdigest()
        assert digests.sha256(file) == hashlib.sha256(data).hexdigest()


def test_what_is_no_file_has_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    digests = Digests()
    digests.read([tmp_path, tmp_path / "pipe", tmp_path / "gone"])
    assert (
        digests.md5(tmp_path) is digests.md5(tmp_path / "pipe") is digests.sha256(tmp_path / "gone") is None
    )


def test_a_file_of_two_names_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x")
    os.link(tmp_path / "one", tmp_path / "other")
    digests = Digests()
    first = digests.md5(tmp_path / "one")
    (tmp_path / "one").write_bytes(b"y")
    assert digests.md5(tmp_path / "other") == first
