"""Lists what folders hold, and keeps the lists, so that a later change of them can be explained."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from pipeline.repro.folder import Listing
from pipeline.workspace import Workspace


def save_listing(output: Any, workspace: Workspace) -> None:
    """Keeps the list of a folder's files, so that a later change of it can be explained."""
    if output.obj is None or not output.hash_info.isdir:
        return
    file = workspace.listings / f"{output.hash_info.value}.json"
    if not file.exists():
        workspace.listings.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(listing_of(output.obj)), encoding="utf-8")


def drop_listings(workspace: Workspace, needed: Collection[str]) -> None:
    """Deletes the lists of folders whose hash no stage has any more: a large folder takes megabytes."""
    for file in workspace.listings.iterdir() if workspace.listings.is_dir() else ():
        if file.name.removesuffix(".json") not in needed:
            file.unlink(missing_ok=True)


def old_listing(output: Any, workspace: Workspace, hash_info: Any = None) -> dict[str, str] | None:
    """Gives the files, with their hashes, that a folder held when it was last recorded.

    Args:
        output: The folder.
        workspace: Where lists are kept.
        hash_info: The folder's hash at that time, where it is not the one that `output` has.
    """
    file = workspace.listings / f"{(hash_info or output.hash_info).value}.json"
    try:
        return {str(key): str(value) for key, value in json.loads(file.read_bytes()).items()}
    except (OSError, ValueError):
        tree = output.get_obj() if hash_info is None and output.hash_info.isdir else None
        return listing_of(tree) if tree is not None else None


def new_listing(output: Any) -> dict[str, str] | None:
    """Gives the files, with their hashes, that a folder holds now."""
    *_, tree = output._build(
        output.local_cache, output.fs_path, output.fs, output.hash_name, ignore=output.dvcignore, dry_run=True
    )
    return listing_of(tree) if tree.hash_info.isdir else None


def listing_of(tree: Any) -> dict[str, str]:
    """Gives the files of a folder, with their hashes."""
    if isinstance(tree, Listing):
        return tree.md5s
    return {"/".join(key): hash_info.value for key, _, hash_info in tree}
