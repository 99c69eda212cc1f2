from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from tests.functional.workspaces import Workspace


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Workspace, dict[str, Any]]:
    """A workspace after its first run beside Prefect, and what the run printed; not to be changed.

    Processes that test side by side share it: the first one makes it, the others wait.
    """
    from tests.functional.workspaces import Workspace, make_workspace

    shared = tmp_path_factory.getbasetemp()
    folder = (shared if worker_id == "master" else shared.parent) / "first"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        report = folder / "report.json"
        if not report.exists():
            done = make_workspace(folder / "workspace").medgraft(
                "run", "--json", MEDGRAFT_SCHEDULER="prefect"
            )
            assert done.returncode == 0, done.stderr
            report.write_text(done.stdout)
    return Workspace(folder / "workspace"), json.loads(report.read_text())


@pytest.fixture
def workspace(first_run: tuple[Workspace, dict[str, Any]], tmp_path: Path) -> Workspace:
    """A copy of that workspace, to be changed."""
    return first_run[0].copy(tmp_path / "workspace")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One Chromium for all tests of pages."""
    from tests.functional.browsing import start_browser

    started = start_browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.quit()
