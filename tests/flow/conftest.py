from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.projects import Project, make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Project]:
    """Makes a project and goes there; stages run in threads, without Prefect."""

    def make(dvc_yaml: str, params: str = "", name: str = "project") -> Project:
        made = make_project(tmp_path / name, dvc_yaml, params)
        monkeypatch.chdir(made.root)
        return made

    monkeypatch.setenv("MEDGRAFT_SCHEDULER", "threads")
    return make
