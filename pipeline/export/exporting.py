"""Exports a model: whole or not at all, into a folder of its own."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.export.digests import file_sha256
from pipeline.export.opening import opened
from pipeline.export.signing import sign_folder
from pipeline.export.subject import Subject
from pipeline.workspace import Workspace
from stages.contracts.artifact import Record
from stages.contracts.errors import UsageError

_WRITERS = {
    "ro-crate": "pipeline.export.crate.writing:write_crate",
    "openlineage": "pipeline.export.openlineage:write_events",
    "ml-bom": "pipeline.export.ml_bom:write_bom",
    "card": "pipeline.export.card:write_card",
}
_STAGE_SIDE = ("bundle", "onnx")
FORMATS = (*_STAGE_SIDE, *_WRITERS)


class Exported(Record):
    """What was written."""

    format: str
    identity: str
    folder: str
    files: dict[str, str]
    """SHA-256 by path below the folder."""
    signed: bool


@dataclass(frozen=True)
class ExportRequest:
    """What is to be exported.

    Attributes:
        model: As `find_model` takes it.
        form: One of `FORMATS`.
        target: A folder that is not there, or empty.
        key: Private key to sign with; None for none.
    """

    model: str
    form: str
    target: Path
    key: Path | None = None


def export_model(workspace: Workspace, request: ExportRequest) -> Exported:
    """Exports a model.

    Raises:
        UsageError: If the folder is not empty, or there is no such model, format, library or key.
        CacheError: If the model's files are nowhere to be found.
    """
    target = request.target.resolve()
    _require_free(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        opened(workspace, request.model) as subject,
        TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch,
    ):
        # Of the same name as the target's, which the signature repeats.
        folder = Path(scratch) / target.name
        folder.mkdir()
        _writer(request.form)(subject, folder)
        if request.key is not None:
            sign_folder(folder, request.key)
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        hashes = {file.relative_to(folder).as_posix(): file_sha256(file) for file in files}
        if target.is_dir():
            target.rmdir()
        folder.replace(target)
    return Exported(
        format=request.form,
        identity=subject.record.identity,
        folder=str(target),
        files=hashes,
        signed=request.key is not None,
    )


def _writer(form: str) -> Callable[[Subject, Path], None]:
    if form in _STAGE_SIDE:
        return lambda subject, folder: _run_stage(form, subject, folder)
    if form not in _WRITERS:
        raise UsageError(
            f"there is no format '{form}'",
            where="--format",
            why=f"the formats are {', '.join(FORMATS)}",
            remedy="choose one of them",
        )
    module, _, name = _WRITERS[form].partition(":")
    writer: Callable[[Subject, Path], None] = getattr(importlib.import_module(module), name)
    return writer


def _run_stage(form: str, subject: Subject, folder: Path) -> None:
    """Has the stages' own program write what needs torch; its error is shown, its exit code kept."""
    arguments = ["--format", form, "--model", str(subject.files), "--out", str(folder)]
    done = subprocess.run([sys.executable, "-m", "stages.export", *arguments], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def _require_free(target: Path) -> None:
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise UsageError(
            "the export would replace what is there",
            where=str(target),
            why="an export is a folder of its own, and this name is taken",
            remedy="name a new folder with --to",
        )
