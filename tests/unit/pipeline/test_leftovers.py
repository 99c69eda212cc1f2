from __future__ import annotations

from pathlib import Path

from pipeline.leftovers import forget_trainings
from pipeline.workspace import Workspace
from stages.contracts.resumption import RESUME


def test_states_of_trainings_are_deleted_and_nothing_else_is(tmp_path: Path) -> None:
    state = tmp_path / RESUME / "artifacts" / "one.safetensors"
    state.parent.mkdir(parents=True)
    state.touch()
    other = tmp_path / ".medgraft" / "running"
    other.mkdir()
    forget_trainings(Workspace(tmp_path))
    forget_trainings(Workspace(tmp_path))
    assert not (tmp_path / RESUME).exists()
    assert other.exists()
