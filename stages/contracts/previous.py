"""Finds the output that a stage wrote before: it may save work, and must never change a byte."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "MEDGRAFT_PREVIOUS"


def previous_output(out: Path) -> Path | None:
    """Gives the earlier output of a stage.

    Args:
        out: Where the stage writes now, in the workspace.

    Returns:
        The folder at the same place below the one that `MEDGRAFT_PREVIOUS` names, if there is one.
    """
    kept = os.environ.get(VARIABLE)
    workspace = Path.cwd()
    if not kept or not out.absolute().is_relative_to(workspace):
        return None
    folder = Path(kept) / out.absolute().relative_to(workspace)
    return folder if folder.is_dir() else None
