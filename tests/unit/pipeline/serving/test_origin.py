"""What is asked of the branch that a workspace follows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.serving.origin import Origin
from tests.unit.pipeline.lineage.repositories import commit_all, git, make_repository
from tests.unit.pipeline.serving.waiting import within


@pytest.fixture
def followed(tmp_path: Path) -> Path:
    root = make_repository(tmp_path / "origin")
    (root / "note").write_text("one")
    commit_all(root)
    git(tmp_path, "clone", "-q", str(root), "workspace")
    return root


@pytest.fixture
def asked(followed: Path) -> Iterator[list[int]]:
    asked: list[int] = []
    origin = Origin(followed.with_name("workspace"), lambda: asked.append(1), silent, seconds=0.05)
    yield asked
    origin.end()


def silent(_: str, line: str) -> None:
    raise AssertionError(line)


def test_a_commit_of_others_is_asked_for_once_and_not_fetched(followed: Path, asked: list[int]) -> None:
    time.sleep(0.3)
    assert asked == []
    (followed / "note").write_text("two")
    tip = commit_all(followed)
    assert within(30, lambda: bool(asked))
    time.sleep(0.3)
    assert asked == [1]
    assert tip not in git(followed.with_name("workspace"), "rev-list", "--all")
    (followed / "note").write_text("three")
    commit_all(followed)
    assert within(30, lambda: len(asked) == 2)


def test_own_commits_ask_for_nothing_pushed_or_not(followed: Path, asked: list[int]) -> None:
    workspace = followed.with_name("workspace")
    git(workspace, "config", "user.name", "A Tester")
    git(workspace, "config", "user.email", "tester@example.org")
    (workspace / "note").write_text("own")
    commit_all(workspace)
    git(followed, "checkout", "-q", "--detach")
    git(workspace, "push", "-q")
    time.sleep(0.3)
    assert asked == []


def test_a_branch_that_follows_none_asks_for_nothing(followed: Path, asked: list[int]) -> None:
    git(followed.with_name("workspace"), "branch", "--unset-upstream")
    (followed / "note").write_text("two")
    commit_all(followed)
    time.sleep(0.3)
    assert asked == []


def test_a_commit_is_not_lost_on_a_server_that_does_not_answer(followed: Path) -> None:
    asked: list[int] = []
    lines: list[str] = []

    def ask() -> None:
        asked.append(1)
        if len(asked) < 3:
            raise ConnectionError

    origin = Origin(
        followed.with_name("workspace"), ask, lambda _, line: lines.append(line), seconds=0.05, again=0.02
    )
    (followed / "note").write_text("two")
    commit_all(followed)
    assert within(30, lambda: len(asked) == 3)
    time.sleep(0.3)
    origin.end()
    assert len(asked) == 3
    assert lines == ["origin: the server did not take a retraining: ConnectionError"]
