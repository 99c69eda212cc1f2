"""Has params.yaml checked by those who know it, before anything runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pipeline.failure import error_of_block, last_block


def has_stages(root: Path) -> bool:
    """Tells whether the workspace has the stages of medgraft, and not just any pipeline of DVC's."""
    return (root / "stages" / "__main__.py").exists()


def check_params(root: Path) -> None:
    """Asks the stages whether params.yaml is valid, before the first of them runs.

    Raises:
        MedgraftError: If it is not, with the stages' own block on standard error.
    """
    if not has_stages(root):
        return
    asked = subprocess.run(
        [sys.executable, "-m", "stages"], cwd=root, capture_output=True, text=True, check=False
    )
    if asked.returncode == 0:
        return
    lines = asked.stderr.splitlines()
    block = last_block(lines) or {
        "error": "params.yaml cannot be checked",
        "where": "python -m stages",
        "why": lines[-1] if lines else f"it ended with exit code {asked.returncode}",
        "remedy": "run it by hand to see more",
    }
    raise error_of_block(asked.returncode, block)
