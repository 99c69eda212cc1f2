"""Runs a program of the stages that is no stage of the graph; its errors are the user's, as in a run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.processes.failure import error_of_block, last_block
from stages.contracts.previous import LISTINGS, PREVIOUS


def run_program(root: Path, folder: Path, module: str, arguments: Sequence[str], what: str) -> None:
    """Runs a module and waits.

    Args:
        root: The workspace, whose code it is.
        folder: Where it runs.
        module: As in `stages.compare`.
        arguments: Of its command line.
        what: What could not be done, if it fails without saying so itself.

    Raises:
        MedgraftError: As the program said, or of the class of its exit code.
    """
    given = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(root), *([given] if given else [])])
    environment = {key: value for key, value in os.environ.items() if key not in (PREVIOUS, LISTINGS)}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    lines = done.stderr.splitlines()
    block = last_block(lines) or {
        "error": what,
        "where": f"python -m {module}",
        "why": lines[-1] if lines else f"it ended with exit code {done.returncode}",
        "remedy": "run it by hand to see more",
    }
    raise error_of_block(done.returncode, block)
