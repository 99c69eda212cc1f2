"""Data under DVC (`dvc add`, `dvc import`): a stage without a command."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from dvc.stage.serialize import to_single_stage_file
from dvc.utils.serialize._yaml import _dump

from pipeline.atomic import write_whole
from pipeline.outcome import Outcome
from pipeline.repro.cache import CheckedCache
from pipeline.repro.changes import find_changes
from pipeline.repro.inputs import save_outputs_listing
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError


def refresh_source(
    repo: Any, stage: Any, workspace: Workspace, cache: CheckedCache
) -> tuple[Outcome, tuple[str, ...]]:
    """Checks missing data out of the cache, and records changed data as `dvc repro` does.

    Raises:
        DataError: If the data are neither in the workspace nor in the cache.
    """
    why = tuple(change.why for change in find_changes(stage, workspace))
    if not why:
        return "up-to-date", ()
    missing = [out for out in stage.outs if not out.exists]
    if missing and not stage.deps:
        if not cache.holds(missing):
            raise _missing(stage, missing)
        for out in missing:
            out.checkout()
        if not find_changes(stage, workspace):
            return "restored", why
    stage.reproduce(force=True)
    save_outputs_listing(stage, workspace)
    stream = io.StringIO()
    _dump(to_single_stage_file(stage), stream)
    write_whole(Path(stage.path), stream.getvalue().encode())
    repo.scm_context.track_file(stage.relpath)
    return "ran", why


def _missing(stage: Any, outputs: list[Any]) -> DataError:
    return DataError(
        f"the data of '{stage.addressing}' are missing",
        where=", ".join(str(out) for out in outputs),
        why="they are neither in the workspace nor in the cache",
        remedy="fetch them with `medgraft run --pull`, or put them there again",
    )
