from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.stages.runs import Workspace

if TYPE_CHECKING:
    from tests.unit.stages.chain import Chain


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """An empty workspace of one domain."""
    return Workspace(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A workspace in which every stage has run; not to be changed."""
    from tests.unit.stages.chain import build  # imports torch

    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture
def chain(built: Chain, tmp_path: Path) -> Chain:
    """A copy of that workspace, to be changed."""
    return built.copy(tmp_path)
