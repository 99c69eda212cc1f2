"""Finds what a stage would make in DVC's run-cache, and trusts no cached object unread."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from dvc.stage.cache import _can_hash
from dvc.stage.serialize import to_single_stage_lockfile

from pipeline.workspace import Workspace
from stages.contracts.errors import CacheError

_CHUNK = 1 << 20


def find_cached(repo: Any, stage: Any) -> Any | None:
    """Gives the stage's record in the run-cache, or what dvc.lock says if only outputs changed.

    The same order of looking as in DVC's own `StageCache.restore`.
    """
    if not _can_hash(stage):
        return None
    complete = all(bool(out.hash_info) for out in stage.outs)
    if not stage.changed_stage() and stage.deps_cached() and complete:
        entry = to_single_stage_lockfile(stage)
    else:
        stage.save_deps()
        entry = repo.stage_cache._load(stage)
    return repo.stage_cache._create_stage(entry, wdir=stage.wdir) if entry else None


def is_whole(repo: Any, outputs: Iterable[Any], workspace: Workspace, log: Callable[[str, str], None]) -> bool:
    """Checks that the cache holds the outputs, reading every byte of them.

    A damaged object is taken out of the cache and fetched from the remote where there is one.

    Raises:
        CacheError: If a damaged object could not be had back.
    """
    for output in outputs:
        if not output.use_cache:
            return False
        for path, hash_info in _objects(repo, output, workspace, log):
            if not path.exists():
                return False
            if _digest(path) != hash_info.value.removesuffix(".dir"):
                _heal(repo, output, path, hash_info, workspace, log)
    return True


def _objects(
    repo: Any, output: Any, workspace: Workspace, log: Callable[[str, str], None]
) -> Iterator[tuple[Path, Any]]:
    """Gives the output's own object, then those of the files in it."""
    own = Path(output.cache.oid_to_path(output.hash_info.value))
    yield own, output.hash_info
    if output.hash_info.isdir and own.exists():
        output.obj = None
        for _, _, hash_info in output.get_obj() or ():
            yield Path(output.cache.oid_to_path(hash_info.value)), hash_info


def _digest(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _heal(
    repo: Any, output: Any, path: Path, hash_info: Any, workspace: Workspace, log: Callable[[str, str], None]
) -> None:
    damaged = workspace.state / "damaged" / path.parent.name
    damaged.mkdir(parents=True, exist_ok=True)
    shutil.move(path, damaged / path.name)
    log("", f"a cached object of {output} is damaged: {path}")
    reason = "no remote has it"
    try:
        repo.cloud.pull([hash_info])
    except Exception as error:  # A remote can fail in as many ways as there are remotes.
        reason = str(error).splitlines()[0]
    if path.exists() and _digest(path) == hash_info.value.removesuffix(".dir"):
        log("", f"fetched {path.name} from the remote again")
        return
    raise CacheError(
        f"a cached object of '{output}' is damaged",
        where=str(path),
        why=f"its content is not what its name says, and it could not be fetched: {reason}",
        remedy=f"run again to make it anew (the damaged object is now in {damaged})",
    )


def save_listing(output: Any, workspace: Workspace) -> None:
    """Keeps the list of a folder's files, so that a later change of it can be explained."""
    if output.obj is None or not output.hash_info.isdir:
        return
    file = workspace.listings / f"{output.hash_info.value}.json"
    if not file.exists():
        workspace.listings.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(_listing(output.obj)), encoding="utf-8")


def old_listing(output: Any, workspace: Workspace) -> dict[str, str] | None:
    """Gives the files, with their hashes, that a folder held when it was last recorded."""
    file = workspace.listings / f"{output.hash_info.value}.json"
    try:
        return {str(key): str(value) for key, value in json.loads(file.read_bytes()).items()}
    except (OSError, ValueError):
        tree = output.get_obj() if output.hash_info.isdir else None
        return _listing(tree) if tree is not None else None


def new_listing(output: Any) -> dict[str, str] | None:
    """Gives the files, with their hashes, that a folder holds now."""
    *_, tree = output._build(
        output.local_cache, output.fs_path, output.fs, output.hash_name, ignore=output.dvcignore, dry_run=True
    )
    return _listing(tree) if tree.hash_info.isdir else None


def _listing(tree: Any) -> dict[str, str]:
    return {"/".join(key): hash_info.value for key, _, hash_info in tree}
