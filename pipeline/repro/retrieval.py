"""Takes a folder out of DVC's cache, or its remote, to a place outside of the workspace's own outputs."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.repro.objects import Objects
from pipeline.workspace import Workspace
from stages.contracts.artifact import whole_folder
from stages.contracts.errors import CacheError


def retrieve_folder(workspace: Workspace, md5: str, target: Path) -> None:
    """Writes a cached folder anew, every byte of it checked; the workspace's outputs stay as they are.

    Args:
        workspace: The workspace with the cache.
        md5: The folder's hash in DVC, which ends in `.dir`.
        target: Where to write it.

    Raises:
        CacheError: If an object is damaged, or is neither in the cache nor in the remote.
    """
    objects = Objects(workspace.root)
    _require(workspace, objects, [md5])
    _sound(objects, md5)
    listing = objects.listing(md5)
    _require(workspace, objects, [file_md5 for _, file_md5 in listing])
    with whole_folder(target) as part:
        for relative, file_md5 in listing:
            place = (part / relative).resolve()
            if not place.is_relative_to(part.resolve()):
                raise _missing(md5, f"its listing names {relative}, which lies outside of it")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_sound(objects, file_md5), place)


def _require(workspace: Workspace, objects: Objects, md5s: Sequence[str]) -> None:
    """Fetches from the remote what the cache lacks."""
    lacking = [md5 for md5 in md5s if objects.find(md5) is None]
    if not lacking:
        return
    from dvc_data.hashfile.hash_info import HashInfo

    from pipeline.repro.graph import open_repo

    repo = open_repo(workspace)
    try:
        repo.cloud.pull([HashInfo("md5", md5) for md5 in lacking])
        reason = "the remote does not have it either"
    except Exception as error:  # A remote can fail in as many ways as there are remotes.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    finally:
        repo.close()
    still = [md5 for md5 in lacking if objects.find(md5) is None]
    if still:
        raise _missing(still[0], f"it is not in the cache, and could not be fetched: {reason}")


def _sound(objects: Objects, md5: str) -> Path:
    file = objects.find(md5)
    if file is None:
        raise _missing(md5, "it is not in the cache")
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5.removesuffix(".dir"):
        raise _missing(md5, "its content is not what its name says")
    return file


def _missing(md5: str, why: str) -> CacheError:
    return CacheError(
        "a cached artifact cannot be used",
        where=f"the object {md5}",
        why=why,
        remedy="fetch it with `dvc fetch`, or restore the cache from a backup",
    )
