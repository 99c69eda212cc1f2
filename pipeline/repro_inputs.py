"""Remembers what a stage read, and says what of it changed while its command ran."""

from __future__ import annotations

import errno
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.dependency.base import DependencyDoesNotExistError
from dvc.dependency.param import BadParamFileError, MissingParamsError

from pipeline.plan import FolderChange
from pipeline.repro_listing import new_listing, old_listing, save_listing
from pipeline.why import compare_listings, describe_file, describe_folder, describe_params
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError, MedgraftError, ParamsError, StageError

Snapshot = tuple[Any, ...]


def require_inputs(stage: Any) -> None:
    """Makes sure that everything a stage reads is there.

    Raises:
        DataError: If an input is missing.
        ParamsError: If a parameter is missing.
    """
    for dependency in stage.deps:
        try:
            if not dependency.exists:
                raise FileNotFoundError(errno.ENOENT, "it does not exist", str(dependency))
            if isinstance(dependency, ParamsDependency):
                dependency.get_hash()
        except (FileNotFoundError, MissingParamsError, BadParamFileError) as error:
            raise _unreadable(stage, error) from error


def take_snapshot(stage: Any, workspace: Workspace) -> Snapshot:
    """Hashes everything that a stage reads.

    Raises:
        MedgraftError: If an input is gone.
    """
    _save(stage)
    for dependency in stage.deps:
        save_listing(dependency, workspace)
    return tuple(dependency.hash_info for dependency in stage.deps)


def save_outputs_listing(stage: Any, workspace: Workspace) -> None:
    """Keeps the lists of the files that a stage's outputs hold."""
    for output in stage.outs:
        save_listing(output, workspace)


def check_unchanged(stage: Any, before: Snapshot, workspace: Workspace) -> None:
    """Hashes everything that a stage read again, which is what will be recorded.

    Raises:
        StageError: If anything is not what it was before the command.
    """
    listings = [_listing_before(dependency, workspace) for dependency in stage.deps]
    _save(stage)
    lines: list[str] = []
    for dependency, old, listing in zip(stage.deps, before, listings, strict=True):
        if dependency.hash_info == old:
            continue
        if isinstance(dependency, ParamsDependency):
            lines += describe_params(str(dependency), old.value, dependency.hash_info.value)
            continue
        folder = _compare(dependency, listing)
        lines.append(describe_folder(folder) if folder else describe_file(str(dependency), "modified"))
    if lines:
        raise StageError(
            f"an input of stage '{stage.addressing}' changed while it ran",
            where=lines[0].split(":")[0].removesuffix(" changed"),
            why="; ".join(lines),
            remedy="nothing was recorded and the old outputs are back: run again",
        )


def _listing_before(dependency: Any, workspace: Workspace) -> dict[str, str] | None:
    local = not isinstance(dependency, ParamsDependency) and dependency.protocol == "local"
    return old_listing(dependency, workspace) if local and dependency.hash_info.isdir else None


def _compare(dependency: Any, old: dict[str, str] | None) -> FolderChange | None:
    new = new_listing(dependency) if dependency.hash_info.isdir else None
    return compare_listings(str(dependency), old, new) if old is not None and new is not None else None


def _save(stage: Any) -> None:
    try:
        for dependency in stage.deps:
            dependency.save()
    except (DependencyDoesNotExistError, FileNotFoundError, MissingParamsError, BadParamFileError) as error:
        raise _unreadable(stage, error) from error


def _unreadable(stage: Any, error: Exception) -> MedgraftError:
    if isinstance(error, MissingParamsError | BadParamFileError):
        return ParamsError(
            f"a parameter of stage '{stage.addressing}' cannot be read",
            where="params.yaml",
            why=str(error),
            remedy="add it, or correct the stage's params in dvc.yaml",
        )
    return DataError(
        f"an input of stage '{stage.addressing}' is missing",
        where=str(getattr(error, "filename", None) or "dvc.yaml"),
        why=str(error),
        remedy="put it there, or correct the path in dvc.yaml",
    )
