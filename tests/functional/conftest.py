from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.functional.workspaces import Workspace


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict[str, Any]]:
    """A workspace after its first run beside Prefect, and what the run printed; not to be changed."""
    from tests.functional.workspaces import make_workspace

    workspace = make_workspace(tmp_path_factory.mktemp("first") / "workspace")
    done = workspace.medgraft("run", "--json", MEDGRAFT_SCHEDULER="prefect")
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return workspace, report


@pytest.fixture
def workspace(first_run: tuple[Workspace, dict[str, Any]], tmp_path: Path) -> Workspace:
    """A copy of that workspace, to be changed."""
    return first_run[0].copy(tmp_path / "workspace")
