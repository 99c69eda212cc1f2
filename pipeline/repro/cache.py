"""Finds what a stage would make in DVC's run-cache, and trusts no cached object unread."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dvc.stage.cache import _can_hash, _get_stage_hash
from dvc.stage.serialize import to_single_stage_lockfile

from pipeline.repro.remote import Remote
from pipeline.workspace import Workspace
from stages.contracts.errors import CacheError

_CHUNK = 1 << 20


class CheckedCache:
    """DVC's cache; damage in it is found before anything is made of it."""

    def __init__(self, repo: Any, workspace: Workspace, log: Callable[[str, str], None]) -> None:
        self._repo, self._workspace, self._log = repo, workspace, log
        self.remote: Remote | None = None
        """Where objects that the cache lacks are fetched from; nowhere if None."""

    def find(self, stage: Any) -> Any | None:
        """Gives the stage's record in the run-cache, or what dvc.lock says if only outputs changed.

        The same order of looking as in DVC's own `StageCache.restore`, but for what its key forgets.
        """
        if not _can_hash(stage):
            return None
        complete = all(bool(out.hash_info) for out in stage.outs)
        if not stage.changed_stage() and stage.deps_cached() and complete:
            entry = to_single_stage_lockfile(stage)
        else:
            stage.save_deps()
            entry = self._run_of(stage)
        declared = sorted(out.def_path for out in stage.outs)
        if not entry or sorted(out["path"] for out in entry["outs"]) != declared:
            return None  # A record from elsewhere must not name other places to write to.
        return self._repo.stage_cache._create_stage(entry, wdir=stage.wdir)

    def _run_of(self, stage: Any) -> Any | None:
        """Gives the newest recorded run with these very params.

        DVC's key leaves out whatever is called `size` or `nfiles`, of params too (3.67.1): runs that
        prepared images of other sizes lie under one key, and `StageCache._load` gives any of them.
        """
        wanted, key, cache = to_single_stage_lockfile(stage), _get_stage_hash(stage), self._repo.stage_cache
        folder = Path(cache._get_cache_dir(key))
        files = folder.iterdir() if folder.is_dir() else ()
        for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True):
            entry = cache._load_cache(key, file.name)
            if entry and _params(entry) == _params(wanted):
                return entry
        return None

    def holds(self, outputs: Sequence[Any]) -> bool:
        """Checks that the cache holds the outputs, reading every byte of them.

        A damaged object is taken out of the cache and fetched from the remote where there is one.

        Raises:
            CacheError: If a damaged object could not be had back.
            RemoteError: If the remote could not be read.
        """
        if self.remote:
            self.remote.fetch(outputs)
        for output in outputs:
            if not (output.use_cache and output.hash_info):
                return False
            for path, hash_info in _objects(output):
                if not path.exists():
                    return False
                if not _is_sound(path, hash_info):
                    self._heal(output, path, hash_info)
        return True

    def _heal(self, output: Any, path: Path, hash_info: Any) -> None:
        damaged = self._workspace.state / "damaged" / path.parent.name
        damaged.mkdir(parents=True, exist_ok=True)
        shutil.move(path, damaged / path.name)
        self._log("", f"a cached object of {output} is damaged: {path}")
        reason = "no remote has it"
        try:
            self._repo.cloud.pull([hash_info])
        except Exception as error:  # A remote can fail in as many ways as there are remotes.
            reason = str(error).splitlines()[0]
        if path.exists() and _is_sound(path, hash_info):
            self._log("", f"fetched {path.name} from the remote again")
            return
        raise CacheError(
            f"a cached object of '{output}' is damaged",
            where=str(path),
            why=f"its content is not what its name says, and it could not be fetched: {reason}",
            remedy=f"run again to make it anew (the damaged object is now in {damaged})",
        )


def _params(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry.get("params", {}), sort_keys=True)


def _objects(output: Any) -> Iterator[tuple[Path, Any]]:
    """Gives the output's own object, then those of the files in it."""
    own = Path(output.cache.oid_to_path(output.hash_info.value))
    yield own, output.hash_info
    if output.hash_info.isdir and own.exists():
        output.obj = None
        for _, _, hash_info in output.get_obj() or ():
            yield Path(output.cache.oid_to_path(hash_info.value)), hash_info


def _is_sound(path: Path, hash_info: Any) -> bool:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == str(hash_info.value).removesuffix(".dir")
