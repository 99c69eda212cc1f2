"""Finds the model that is to be exported, and its files: the workspace's own, or out of DVC's cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.export.digests import Digests
from pipeline.export.subject import Subject
from pipeline.lineage.lock import LockedPath
from pipeline.lineage.naming import find_model
from pipeline.lineage.record import LineageRecord
from pipeline.workspace import Workspace


@contextmanager
def opened(workspace: Workspace, text: str) -> Iterator[Subject]:
    """Gives a model with its files.

    Args:
        workspace: Where it was made.
        text: As `find_model` takes it.

    Raises:
        UsageError: If there is no such model.
        CacheError: If its files are neither in the workspace nor in the cache nor in the remote.
    """
    record = find_model(workspace.root, text)
    if _is_here(workspace.root, record):
        yield Subject(workspace.root, record, workspace.root / record.model.path)
        return
    # Imported where it is needed: DVC takes longer than an export.
    from pipeline.repro.folder_object import take_folder

    workspace.prepare()
    with TemporaryDirectory(dir=workspace.state, prefix="export-") as scratch:
        files = Path(scratch) / "model"
        take_folder(workspace, record.model.files_md5, files)
        yield Subject(workspace.root, record, files)


def _is_here(root: Path, record: LineageRecord) -> bool:
    locked = LockedPath(path=record.model.path, md5=record.model.files_md5)
    return Digests(root).of(locked) is not None
