"""Puts raw data under DVC, and reads what of them is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dvc.exceptions import OutputNotFoundError
from dvc_data.hashfile.build import build

from pipeline.data.held import Held
from pipeline.repro.errors import explain_error
from pipeline.repro.graph import open_repo
from pipeline.repro.listing import listing_of, old_listing, save_listing
from pipeline.workspace import Workspace
from stages.contracts.errors import UsageError


def read_held(workspace: Workspace, folder: Path) -> Held:
    """Says what a raw folder holds, and whether DVC has it.

    Raises:
        UsageError: If DVC keeps it as a part of something larger.
    """
    if not folder.is_dir():
        return Held(folder, {})
    repo = open_repo(workspace)
    try:
        *_, tree = build(repo.cache.local, str(folder), repo.fs, "md5", ignore=repo.dvcignore, dry_run=True)
        files = listing_of(tree)
        output = _output_of(repo, folder)
        if output is None or old_listing(output, workspace) != files:
            return Held(folder, files)
        return Held(folder, files, recorded=True, cached=not output.changed_cache())
    finally:
        repo.close()


def add_folder(workspace: Workspace, folder: Path, *, shared: bool) -> dict[str, str]:
    """Does what `dvc add` does.

    Args:
        workspace: The workspace.
        folder: A folder in it.
        shared: Whether its files share their bytes with the user's own: they are then left as they
            are, even where DVC is told to link the workspace to its cache.

    Returns:
        The files with their MD5s.

    Raises:
        MedgraftError: If DVC refuses.
    """
    repo = open_repo(workspace)
    repo.scm_context.quiet = True  # what to commit is said by the command
    try:
        linking = repo.cache.local.cache_types[0] == "hardlink"
        (stage,) = repo.add(str(folder), relink=linking and not shared)
        save_listing(stage.outs[0], workspace)
        return listing_of(stage.outs[0].obj)
    except Exception as error:
        raise explain_error(f"{folder.relative_to(workspace.root)}.dvc", error) from error
    finally:
        repo.close()


def _output_of(repo: Any, folder: Path) -> Any | None:
    try:
        output = repo.find_outs_by_path(str(folder), strict=False)[0]
    except OutputNotFoundError:
        return None
    if Path(output.fs_path) == folder:
        return output
    raise UsageError(
        "the raw folder is a part of other data under DVC",
        where=output.stage.relpath,
        why=f"it keeps '{output}' as a whole",
        remedy=f"run `dvc remove {output.stage.relpath}`; each domain gets a record of its own",
    )
