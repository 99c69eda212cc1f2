from pathlib import Path

import pytest

from tests.unit.stages.runs import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace of one domain."""
    return Workspace(tmp_path, monkeypatch)
