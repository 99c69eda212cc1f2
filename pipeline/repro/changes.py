"""Reads from DVC's objects why a stage is not up to date; the same test as DVC's own `changed`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dvc.dependency import ParamsDependency

from pipeline.plan import FolderChange
from pipeline.repro.listing import new_listing, old_listing
from pipeline.why import (
    NEVER_RAN,
    compare_listings,
    describe_file,
    describe_folder,
    describe_output,
    describe_params,
)
from pipeline.workspace import Workspace


@dataclass(frozen=True)
class Change:
    """One reason why a stage is not up to date."""

    why: str
    folder: FolderChange | None = None


def find_changes(stage: Any, workspace: Workspace) -> tuple[Change, ...]:
    """Gives every reason for which `dvc repro` would run a stage; none if it is up to date."""
    if stage.cmd and not any(item.hash_info for item in [*stage.deps, *stage.outs]):
        return (Change(NEVER_RAN),)
    return tuple(_changes(stage, workspace))


def _changes(stage: Any, workspace: Workspace) -> Iterator[Change]:
    if stage.changed_stage():
        yield Change("its command changed" if stage.cmd else "its record changed")
    if not stage.frozen:
        if stage.is_callback or stage.always_changed:
            yield Change("it always runs")
        for dependency in stage.deps:
            yield from dependency_changes(dependency, workspace)
    for output in stage.outs:
        status = output.status().get(str(output))
        if status is not None:
            folder = _folder_change(output, workspace) if status == "modified" and not stage.cmd else None
            yield Change(describe_folder(folder) if folder else describe_output(str(output), status), folder)


def dependency_changes(dependency: Any, workspace: Workspace) -> Iterator[Change]:
    """Gives the reasons that lie in one thing a stage reads."""
    status = dependency.status().get(str(dependency))
    if status is None:
        return
    if isinstance(dependency, ParamsDependency) and not isinstance(status, str):
        old = dependency.hash_info.value or {}
        for line in describe_params(str(dependency), old, dependency.read_params()):
            yield Change(line)
        return
    folder = _folder_change(dependency, workspace) if status == "modified" else None
    yield Change(describe_folder(folder) if folder else describe_file(str(dependency), status), folder)


def _folder_change(item: Any, workspace: Workspace) -> FolderChange | None:
    if isinstance(item, ParamsDependency) or item.protocol != "local" or not item.hash_info.isdir:
        return None
    old, new = old_listing(item, workspace), new_listing(item)
    if old is None or new is None:
        return None
    return compare_listings(str(item), old, new)
