"""Sweeps away what a killed run left: half-written files among the outputs, states of trainings."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline.workspace import Workspace
from stages.contracts.resumption import RESUME

_DVC_PART = re.compile(r"\.[0-9A-Za-z]{22}\.tmp")
_OUR_PART = re.compile(r"\..+\.\d+\.part")


def sweep(workspace: Workspace, outputs: Iterable[str]) -> None:
    """Deletes DVC's temporary files beside outputs, where a stage may read the whole folder.

    Args:
        workspace: The workspace; nothing runs in it.
        outputs: The outputs of the stages that were interrupted.
    """
    for folder in {(workspace.root / output).parent for output in outputs}:
        _delete(folder, _DVC_PART)
    _delete(workspace.root, _OUR_PART)


def forget_trainings(workspace: Workspace) -> None:
    """Deletes the states of interrupted trainings, once every stage is up to date: none will go on."""
    shutil.rmtree(workspace.root / RESUME, ignore_errors=True)


def _delete(folder: Path, name: re.Pattern[str]) -> None:
    for file in folder.iterdir() if folder.is_dir() else ():
        if name.fullmatch(file.name) and file.is_file():
            file.unlink()
