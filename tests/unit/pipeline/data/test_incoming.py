from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.data.held import Held
from pipeline.data.incoming import Incoming, bring
from pipeline.processes.halt import Halt, StoppedError
from stages.contracts.errors import DataError, UsageError
from stages.contracts.inspection import Inspection
from tests.unit.pipeline.data.places import seen, write


def taken(tmp_path: Path, inspection: Inspection, held: Held | None = None, link: bool = False) -> Incoming:
    held = held or Held(tmp_path / "raw", {})
    return bring(inspection, tmp_path / "incoming", held, link, Halt(), list)


def test_files_are_copied_with_their_folders(tmp_path: Path) -> None:
    files = write(tmp_path / "mine", yes__a="1", no__b="2")
    incoming = taken(tmp_path, seen(tmp_path / "mine", files))
    assert write(incoming.folder) == files == incoming.files
    assert (incoming.folder / "yes/a").stat().st_nlink == 1


def test_a_table_from_elsewhere_comes_with_them(tmp_path: Path) -> None:
    files = write(tmp_path / "mine", a="1") | {"labels.csv": "0" * 32}
    (tmp_path / "table.csv").write_text("x")
    incoming = taken(tmp_path, seen(tmp_path / "mine", files, **{"labels.csv": str(tmp_path / "table.csv")}))
    assert (incoming.folder / "labels.csv").read_text() == "x"


def test_what_the_raw_folder_holds_already_is_linked_from_there(tmp_path: Path) -> None:
    old = write(tmp_path / "raw", a="1", b="2")
    new = write(tmp_path / "mine", a="1", b="changed")
    incoming = taken(tmp_path, seen(tmp_path / "mine", new), Held(tmp_path / "raw", old))
    assert (incoming.folder / "a").samefile(tmp_path / "raw/a")
    assert not (incoming.folder / "b").samefile(tmp_path / "raw/b")
    assert write(incoming.folder) == new


def test_links_share_the_bytes_of_the_users_files_and_not_of_a_link_among_them(tmp_path: Path) -> None:
    files = write(tmp_path / "mine", a="1")
    (tmp_path / "mine/b").symlink_to("a")
    incoming = taken(tmp_path, seen(tmp_path / "mine", files | {"b": files["a"]}), link=True)
    assert incoming.shared
    assert (incoming.folder / "a").samefile(tmp_path / "mine/a")
    assert not (incoming.folder / "b").is_symlink()


def test_links_to_another_file_system_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    files = write(tmp_path / "mine", a="1")
    monkeypatch.setattr(os, "link", link)
    with pytest.raises(UsageError) as caught:
        taken(tmp_path, seen(tmp_path / "mine", files), link=True)
    assert (caught.value.why, caught.value.exit_code) == ("they lie on another file system", 2)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no regular file"):
        taken(tmp_path, seen(tmp_path, {"pipe": None}))


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        taken(tmp_path, seen(tmp_path, {"gone": "0" * 32}))
    assert caught.value.where == str(tmp_path / "gone")


def test_it_stops_between_two_files(tmp_path: Path) -> None:
    halt, files = Halt(), write(tmp_path / "mine", a="1", b="2")

    def watched(names: list[str]) -> Any:
        yield names[0]
        halt.request()
        yield names[1]

    with pytest.raises(StoppedError):
        bring(seen(tmp_path / "mine", files), tmp_path / "in", Held(tmp_path, {}), False, halt, watched)
    assert write(tmp_path / "in").keys() == {"a"}
