"""Remembers what a stage read, and says what of it changed while its command ran."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.dependency.base import DependencyDoesNotExistError
from dvc.dependency.param import BadParamFileError, MissingParamsError

from pipeline.plan import FolderChange
from pipeline.repro.folder import Listing
from pipeline.repro.listing import new_listing, old_listing, save_listing
from pipeline.why import compare_listings, describe_file, describe_folder, describe_params
from pipeline.workspace import Workspace
from stages.contracts.errors import DataError, MedgraftError, ParamsError, StageError

Stamps = dict[str, tuple[int, int, int]]
"""When each file was last written, its size and its inode: what a change back to the old bytes alters."""


@dataclass(frozen=True)
class Snapshot:
    """What a stage was about to read, one entry per dependency.

    Attributes:
        hashes: DVC's hashes, or the values of params.
        stamps: Of the files; empty for params.
    """

    hashes: tuple[Any, ...]
    stamps: tuple[Stamps, ...]


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
    hashes = tuple(dependency.hash_info for dependency in stage.deps)
    return Snapshot(hashes, tuple(dict(_stamps(dependency)) for dependency in stage.deps))


def listings_of(stage: Any, workspace: Workspace) -> dict[str, str]:
    """Gives, for each folder that a stage reads, the file with the list of its files and their MD5s."""
    files = [one for one in stage.deps if not isinstance(one, ParamsDependency) and one.protocol == "local"]
    folders = [one for one in files if one.hash_info.isdir]
    return {str(one): str(workspace.listings / f"{one.hash_info.value}.json") for one in folders}


def save_outputs_listing(stage: Any, workspace: Workspace) -> None:
    """Keeps the lists of the files that a stage's outputs hold."""
    for output in stage.outs:
        save_listing(output, workspace)


def check_unchanged(stage: Any, before: Snapshot, workspace: Workspace) -> None:
    """Hashes everything that a stage read again, which is what will be recorded.

    Bytes that are the same again after another hand wrote them count as changed: the command may
    have read what stood there in between.

    Raises:
        StageError: If anything is not what it was before the command.
    """
    _save(stage)
    lines: list[str] = []
    for place, dependency in enumerate(stage.deps):
        old = before.hashes[place]
        if dependency.hash_info == old:
            lines += _written_meanwhile(dependency, before.stamps[place])
        elif isinstance(dependency, ParamsDependency):
            lines += describe_params(str(dependency), old.value, dependency.hash_info.value)
        else:
            folder = _compare(dependency, old, workspace)
            lines.append(describe_folder(folder) if folder else describe_file(str(dependency), "modified"))
    if lines:
        raise StageError(
            f"an input of stage '{stage.addressing}' changed while it ran",
            where=lines[0].split(":")[0].removesuffix(" changed"),
            why="; ".join(lines),
            remedy="nothing was recorded and the old outputs are back: run again",
        )


def _written_meanwhile(dependency: Any, before: Stamps) -> list[str]:
    after = dict(_stamps(dependency))
    written = sorted(name for name in before if after.get(name) != before[name])
    return (
        [f"{written[0]}: it was written while the stage ran, with the same bytes in the end"]
        if written
        else []
    )


def _stamps(dependency: Any) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Looks at the files that were hashed."""
    if isinstance(dependency, ParamsDependency) or dependency.protocol != "local":
        return
    root, name = dependency.fs_path, str(dependency)
    if isinstance(dependency.obj, Listing):
        yield from ((f"{name}/{file}", stamp) for file, stamp in dependency.obj.stamps.items())
        return
    keys = ["/".join(key) for key, _, _ in dependency.obj] if dependency.hash_info.isdir else [""]
    for key in keys:
        try:
            facts = os.stat(f"{root}/{key}" if key else root)  # noqa: PTH116 - pathlib costs a second in 100,000
        except FileNotFoundError:
            continue
        yield f"{name}/{key}" if key else name, (facts.st_mtime_ns, facts.st_size, facts.st_ino)


def _compare(dependency: Any, old: Any, workspace: Workspace) -> FolderChange | None:
    if not (old and old.isdir and dependency.hash_info.isdir):
        return None
    before, after = old_listing(dependency, workspace, old), new_listing(dependency)
    return compare_listings(str(dependency), before, after) if before and after else None


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
