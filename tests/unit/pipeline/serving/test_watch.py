"""What is asked of raw data and params while people work on them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.serving.watch import Watch
from pipeline.workspace import Workspace
from tests.unit.pipeline.serving.waiting import within


class Server:
    """Takes what it is asked for, or is silent at first."""

    def __init__(self, silent_for: int = 0) -> None:
        self.silent_for, self.asked = silent_for, 0
        self.lines: list[str] = []

    def ask(self) -> None:
        self.silent_for -= 1
        if self.silent_for >= 0:
            raise ConnectionError("the server does not answer")
        self.asked += 1


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "data/raw/target").mkdir(parents=True)
    (tmp_path / "params.yaml").write_text("a: 1\n")
    return Workspace(tmp_path)


@contextmanager
def watched(workspace: Workspace, server: Server) -> Iterator[None]:
    watch = Watch(workspace, server.ask, lambda _, line: server.lines.append(line), quiet=0.05, again=0.02)
    time.sleep(0.5)  # the file system's own watch has begun then
    yield
    watch.end()


@pytest.mark.parametrize("place", ["data/raw/target/new.png", "params.yaml"])
def test_a_change_is_asked_for(workspace: Workspace, place: str) -> None:
    server = Server()
    with watched(workspace, server):
        (workspace.root / place).write_text("b: 2\n")
        assert within(20, lambda: server.asked == 1)
    assert server.lines == []


def test_what_is_no_data_and_no_params_asks_for_nothing(workspace: Workspace) -> None:
    server = Server()
    with watched(workspace, server):
        (workspace.root / "notes.txt").write_text("x")
        (workspace.root / "data/elsewhere").mkdir()
        time.sleep(0.5)
    assert server.asked == 0


def test_a_change_is_not_lost_on_a_server_that_does_not_answer_nor_is_the_next(workspace: Workspace) -> None:
    server = Server(silent_for=3)
    with watched(workspace, server):
        (workspace.root / "params.yaml").write_text("a: 2\n")
        assert within(20, lambda: server.asked == 1)
        assert server.lines == ["watch: the server did not take a retraining: ConnectionError"]
        (workspace.root / "params.yaml").write_text("a: 3\n")
        assert within(20, lambda: server.asked == 2)


def test_the_watch_ends_while_the_server_is_silent(workspace: Workspace) -> None:
    server = Server(silent_for=10**6)
    with watched(workspace, server):
        (workspace.root / "params.yaml").write_text("a: 2\n")
        assert within(20, lambda: bool(server.lines))
    calls = server.silent_for
    time.sleep(0.2)
    assert server.silent_for == calls
