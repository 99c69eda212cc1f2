"""Turns the way a stage's command ended into the error that the user sees."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.processes.command import Exit
from stages.contracts.errors import (
    CacheError,
    ClusterError,
    DataError,
    MedgraftError,
    ParamsError,
    StageError,
)

_KINDS: dict[int, type[MedgraftError]] = {
    kind.exit_code: kind for kind in (ParamsError, DataError, CacheError, ClusterError)
}
_KILLED = (-9, -7, 137, 135)
_TEMPORARY = 75
_FIELDS = ("where", "why", "remedy")


class MachineError(StageError):
    """A stage failed by no fault of its own: trying again may help."""


def explain_exit(stage: str, end: Exit) -> MedgraftError:
    """Says why a stage's command failed; its own block of four lines comes first."""
    if end.timed_out:
        return StageError(
            f"stage '{stage}' ran out of time",
            where=f"dvc.yaml: {stage}",
            why="it was ended at its limit in params.yaml: run.timeouts",
            remedy="raise the limit, or make the stage quicker",
        )
    if end.status in (*_KILLED, _TEMPORARY):
        what = "asked for another try" if end.status == _TEMPORARY else "was killed"
        return MachineError(
            f"stage '{stage}' {what}",
            where=f"dvc.yaml: {stage}",
            why=f"`{end.line}` ended with status {end.status}, as when memory runs out",
            remedy="free some memory, or lower --jobs, and run again",
        )
    block = last_block(end.tail)
    if block:
        return error_of_block(end.status, block)
    last = next((line.strip() for line in reversed(end.tail) if line.strip()), "")
    return _KINDS.get(end.status, StageError)(
        f"stage '{stage}' failed",
        where=f"dvc.yaml: {stage}",
        why=f"`{end.line}` ended with exit code {end.status}" + (f": {last}" if last else ""),
        remedy="see its lines above",
    )


def error_of_block(status: int, block: dict[str, str]) -> MedgraftError:
    """Makes the error again that another process printed as its block."""
    kind = _KINDS.get(status, StageError)
    return kind(block["error"], where=block["where"], why=block["why"], remedy=block["remedy"])


def last_block(lines: Sequence[str]) -> dict[str, str] | None:
    """Finds the last block of four lines that a stage printed about a user's mistake."""
    for start in range(len(lines) - 4, -1, -1):
        head, *rest = lines[start : start + 4]
        if not head.startswith("error: "):
            continue
        found = {"error": head.removeprefix("error: ")}
        for field, line in zip(_FIELDS, rest, strict=True):
            key, colon, text = line.strip().partition(":")
            if colon and key == field:
                found[field] = text.strip()
        if len(found) == 4:
            return found
    return None
