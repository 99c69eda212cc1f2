"""Takes a folder out of DVC's cache by its hash: an earlier model's, of which the workspace has another."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from dvc_data.hashfile.hash_info import HashInfo

from pipeline.repro.graph import open_repo
from pipeline.workspace import Workspace
from stages.contracts.errors import CacheError


def take_folder(workspace: Workspace, md5: str, target: Path) -> None:
    """Copies the files of a folder out of the cache, or out of the remote where the cache lacks them.

    Args:
        workspace: Whose cache.
        md5: The folder's hash, as dvc.lock has it: `<digits>.dir`.
        target: A folder to be made.

    Raises:
        CacheError: If an object is missing or damaged, and no remote gives it.
    """
    with open_repo(workspace) as repo:
        files = json.loads(_object(repo, md5).read_bytes())
        for entry in files:
            place = target / str(entry["relpath"])
            if not place.resolve().is_relative_to(target.resolve()):
                raise _lacking(repo, md5, "its listing names a file outside of the folder")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_object(repo, entry["md5"]), place)


def _object(repo: Any, md5: str) -> Path:
    path = Path(repo.cache.local.oid_to_path(md5))
    why = "the cache has no such object"
    if not _sound(path, md5):
        try:
            path.unlink(missing_ok=True)
            repo.cloud.pull([HashInfo("md5", md5)])
        except Exception as error:  # a remote can fail in as many ways as there are remotes
            why = f"the cache has no such object, and {str(error).splitlines()[0]}"
    if not _sound(path, md5):
        raise _lacking(repo, md5, why)
    return path


def _sound(path: Path, md5: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest() == md5.removesuffix(".dir")


def _lacking(repo: Any, md5: str, why: str) -> CacheError:
    return CacheError(
        "the model's files are not here",
        where=f"object {md5} of {repo.cache.local.path}",
        why=why,
        remedy="name the remote that has them with `dvc remote add --default`, or check the model's revision "
        "out and run `medgraft run`",
    )
