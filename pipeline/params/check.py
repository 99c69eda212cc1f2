"""Has params.yaml checked by those who know it, before anything runs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.atomic import write_whole
from pipeline.processes.stage_program import run_program
from pipeline.workspace import Workspace
from stages.contracts.params import PARAMS_FILE


def has_stages(root: Path) -> bool:
    """Tells whether the workspace has the stages of medgraft, and not just any pipeline of DVC's."""
    return (root / "stages" / "__main__.py").exists()


def check_edited_params(workspace: Workspace) -> None:
    """Checks params.yaml where it, or the code that knows it, is not what was found valid last.

    Raises:
        MedgraftError: As `check_params`.
    """
    kept, now = workspace.state / "params.sha256", _fingerprint(workspace.root)
    if kept.exists() and kept.read_text(encoding="utf-8") == now:
        return
    check_params(workspace.root)
    write_whole(kept, now.encode())


def _fingerprint(root: Path) -> str:
    file = root / PARAMS_FILE
    digest = hashlib.sha256(file.read_bytes() if file.exists() else b"")
    for code in sorted((root / "stages").rglob("*.py")):
        facts = code.stat()
        digest.update(f"\0{code.relative_to(root)} {facts.st_mtime_ns} {facts.st_size}".encode())
    return digest.hexdigest()


def check_params(root: Path, folder: Path | None = None) -> None:
    """Asks the stages whether params.yaml is valid, before the first of them runs.

    Args:
        root: The workspace.
        folder: Where the params file lies; in the workspace by default.

    Raises:
        MedgraftError: If it is not, with the stages' own block on standard error.
    """
    from pipeline.lineage.criteria import load_criteria
    from pipeline.params.settings import load_settings

    load_settings(folder or root)
    load_criteria(folder or root)
    if not has_stages(root):
        return
    run_program(root, folder or root, "stages", (), "params.yaml cannot be checked")
