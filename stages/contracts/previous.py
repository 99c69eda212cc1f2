"""What the broker tells a stage: it may save work, and must never change a byte."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

PREVIOUS = "MEDGRAFT_PREVIOUS"
"""Names the folder below which a stage's old outputs lie at their places in the workspace."""
LISTINGS = "MEDGRAFT_LISTINGS"
"""Names a JSON file: for each folder that the stage reads, a JSON file of its files and their MD5s."""


def previous_output(out: Path) -> Path | None:
    """Gives the earlier output of a stage.

    Args:
        out: Where the stage writes now, in the workspace.

    Returns:
        The folder at the same place below the one that `MEDGRAFT_PREVIOUS` names, if there is one.
    """
    kept = os.environ.get(PREVIOUS)
    workspace = Path.cwd()
    if not kept or not out.absolute().is_relative_to(workspace):
        return None
    folder = Path(kept) / out.absolute().relative_to(workspace)
    return folder if folder.is_dir() else None


def known_md5s(folder: Path) -> Mapping[str, str]:
    """Gives the MD5 of every file of an input folder, as DVC knows them; empty where nobody told them."""
    named = os.environ.get(LISTINGS)
    try:
        listings = json.loads(Path(named).read_bytes()) if named else {}
        listing = listings.get(os.path.relpath(folder))
        return json.loads(Path(listing).read_bytes()) if listing else {}
    except (OSError, ValueError):
        return {}
