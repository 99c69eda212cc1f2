"""Where a training keeps what it goes on from after a kill, and what that says of itself."""

from __future__ import annotations

import os
from pathlib import Path

from stages.contracts.artifact import Record
from stages.contracts.errors import UsageError
from stages.contracts.history import Epoch

RESUME = Path(".medgraft/resume")
"""Below the workspace; neither git nor DVC looks into it, and no output is there."""
SECONDS = "MEDGRAFT_RESUME_SECONDS"
"""Names how long a training waits before it keeps its state, and from one time to the next."""
DEFAULT_SECONDS = 30.0


class Progress(Record):
    """What is kept beside the tensors."""

    key: str
    """Digest of everything that decides the training's result; another one makes the state useless."""
    tensors_sha256: str
    """Of all tensors, their names and types."""
    history: tuple[Epoch, ...]
    """The epochs that are done."""
    seconds: float
    """That they took, waits of earlier starts included."""


def state_file(out: Path) -> Path | None:
    """Names the file for the state of the training whose output this is.

    Args:
        out: Where the stage writes its checkpoint.

    Returns:
        The file; None for an output outside the workspace, whose training is not kept.
    """
    workspace = Path.cwd()
    if not out.absolute().is_relative_to(workspace):
        return None
    place = out.absolute().relative_to(workspace)
    return workspace / RESUME / place.with_name(place.name + ".safetensors")


def interval() -> float:
    """Gives the seconds from one keeping to the next.

    Raises:
        UsageError: If the environment does not name a number.
    """
    named = os.environ.get(SECONDS, "")
    try:
        return float(named) if named else DEFAULT_SECONDS
    except ValueError as error:
        raise UsageError(
            "the time between two states of a training is not a number",
            where=f"the environment's {SECONDS}",
            why=f"it is {named!r}",
            remedy="give seconds, such as 30",
        ) from error
