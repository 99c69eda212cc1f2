from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.shelf import Output, Shelf
from pipeline.workspace import Workspace

OUTPUTS = (Output(path="out/model"), Output(path="out/metrics.json"), Output(path="grown.txt", stays=True))


@pytest.fixture(params=["/tmp", "/dev/shm"])
def workspace(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """A workspace with outputs on the same disk or, through a link, on another one."""
    other = Path(request.param) / f"medgraft-test-{os.getpid()}"
    (other / "model").mkdir(parents=True)
    (tmp_path / "out").symlink_to(other)
    (tmp_path / "out/model/weights").write_text("old")
    (tmp_path / "out/metrics.json").write_text("old")
    (tmp_path / "grown.txt").write_text("old")
    yield Workspace(tmp_path)
    shutil.rmtree(other)


def texts(workspace: Workspace) -> list[str | None]:
    files = [workspace.root / name for name in ("out/model/weights", "out/metrics.json", "grown.txt")]
    return [file.read_text() if file.exists() else None for file in files]


def write_new(workspace: Workspace) -> None:
    (workspace.root / "out/model").mkdir()
    (workspace.root / "out/model/weights").write_text("new")
    (workspace.root / "grown.txt").write_text("old and new")


def test_outputs_are_moved_aside_except_those_that_stay(workspace: Workspace) -> None:
    shelf = Shelf(workspace, "fit@a")
    shelf.take(OUTPUTS)
    assert texts(workspace) == [None, None, "old"]
    assert (shelf.previous / "out/model/weights").read_text() == "old"


def test_old_outputs_replace_what_a_command_left(workspace: Workspace) -> None:
    shelf = Shelf(workspace, "fit@a")
    shelf.take(OUTPUTS)
    write_new(workspace)
    shelf.put_back()
    assert texts(workspace) == ["old", "old", "old"]
    assert not shelf.folder.exists()


def test_dropped_outputs_are_gone(workspace: Workspace) -> None:
    shelf = Shelf(workspace, "fit@a")
    shelf.take(OUTPUTS)
    write_new(workspace)
    shelf.drop()
    shelf.put_back()
    assert texts(workspace) == ["new", None, "old and new"]


def test_a_new_output_of_a_stage_that_had_none_is_deleted(workspace: Workspace) -> None:
    shelf = Shelf(workspace, "fit@a")
    shelf.take([Output(path="fresh.txt")])
    (workspace.root / "fresh.txt").write_text("partial")
    shelf.put_back()
    assert not (workspace.root / "fresh.txt").exists()


@pytest.mark.parametrize("dies_at", range(12))
def test_a_kill_while_outputs_are_moved_or_put_back_loses_none(
    workspace: Workspace, dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies before the n-th change of the disk, and a second time while it recovers."""
    steps = iter(range(1000))

    def dying(original: object) -> object:
        def call(*arguments: object, **options: object) -> object:
            if next(steps) in (dies_at, dies_at + 3):
                raise SystemExit
            return original(*arguments, **options)  # type: ignore[operator]

        return call

    works: tuple[Callable[[], None], ...] = (
        lambda: Shelf(workspace, "s").take(OUTPUTS),
        lambda: Shelf(workspace, "s").put_back(),
    )
    with monkeypatch.context() as patch:
        for name in ("rename", "replace"):
            patch.setattr(Path, name, dying(getattr(Path, name)))
        patch.setattr(shutil, "rmtree", dying(shutil.rmtree))
        for work in works:
            try:
                work()
            except SystemExit:
                continue
    Shelf(workspace, "s").put_back()
    assert texts(workspace) == ["old", "old", "old"]
