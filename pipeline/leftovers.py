"""Sweeps away half-written files that a killed run left among the outputs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pipeline.workspace import Workspace

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


def _delete(folder: Path, name: re.Pattern[str]) -> None:
    for file in folder.iterdir() if folder.is_dir() else ():
        if name.fullmatch(file.name) and file.is_file():
            file.unlink()
