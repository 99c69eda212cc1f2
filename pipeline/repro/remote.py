"""Fetches from the DVC remote what a run would compute, and shares with it what a run has made.

DVC's own `fetch` and `push` log an object that could not be carried over, and go on. Here it is an error: a
run that was told to restore must not compute for hours because a network was down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from dvc.config import Config, RemoteConfigError
from dvc.exceptions import DvcException
from dvc.stage.serialize import to_single_stage_lockfile
from dvc_data.hashfile.transfer import transfer
from dvc_objects.fs.generic import copy

from pipeline.repro.carrying import failures_of_carrying
from pipeline.workspace import Workspace
from stages.contracts.errors import MedgraftError, RemoteError, UsageError

_RECORDS = "runs"


class Remote:
    """The remote that DVC is set up for."""

    def __init__(self, repo: Any, log: Callable[[str, str], None]) -> None:
        """Finds the remote; nothing is asked of it yet.

        Raises:
            UsageError: If there is none, or what it needs is not installed.
        """
        self._repo, self._log = repo, log
        try:
            found = repo.cloud.get_remote()
            self._records = repo.cloud.get_remote_odb(hash_name="md5-dos2unix")
        except (RemoteConfigError, DvcException) as error:
            raise _no_remote(error) from error
        self._fs, self._path = found.fs, found.path
        self._place = found.fs.unstrip_protocol(found.path)

    def fetch_records(self) -> None:
        """Fetches the records of the run-cache that are not here.

        Raises:
            RemoteError: If the remote cannot be read.
        """
        here = self._repo.cache.legacy
        with self._explained("could not be read"):
            self._require_root()
            count = _copy_records(self._records, here)
        self._log("", f"{count} records of earlier runs fetched from {self._place}")

    def fetch(self, outputs: Iterable[Any]) -> None:
        """Fetches the objects of outputs, as far as the remote has them and the cache has not.

        Raises:
            RemoteError: If it has them and they could not be fetched.
        """
        for out in outputs:
            if not (out.use_cache and out.hash_info):
                continue
            with self._explained("could not be read"):
                away = self._objects(out)
                self._carry(away, out.cache, [out.hash_info])
                self._carry(away, out.cache, _inside(out))

    def share(self, stages: Iterable[Any]) -> None:
        """Copies the recorded outputs of stages to the remote, then the records of the run-cache.

        In this order, so that no record names what is not there.

        Raises:
            RemoteError: If anything could not be copied; what was copied stays.
        """
        with self._explained("could not be written"):
            for out in chain.from_iterable(map(self._shared_outputs, stages)):
                away = self._objects(out)
                self._carry(out.cache, away, [*_inside(out), out.hash_info])
            count = _copy_records(self._repo.cache.legacy, self._records)
        self._log("", f"outputs and {count} new records shared with {self._place}")

    def _shared_outputs(self, stage: Any) -> list[Any]:
        """Gives the outputs whose objects the cache has; of stages, those that only git keeps too."""
        if stage.is_repo_import or not all(out.hash_info for out in stage.outs):
            return []
        if stage.cmd:
            made = self._repo.stage_cache._create_stage(to_single_stage_lockfile(stage), wdir=stage.wdir)
            private = {out.def_path for out in stage.outs if not out.can_push}
            kept = [out for out in made.outs if out.def_path not in private]
            return [out for out in kept if out.cache.exists(out.hash_info.value)]
        return [out for out in stage.outs if out.use_cache and out.can_push]

    def _objects(self, out: Any) -> Any:
        return self._repo.cloud.get_remote_odb(out.remote, hash_name=out.hash_name)

    def _carry(self, source: Any, target: Any, objects: list[Any]) -> None:
        """Copies objects that the target lacks; DVC's index of remotes, which can be wrong, is not asked."""
        here = self._repo.cache.local
        with failures_of_carrying() as failures:
            done = transfer(source, target, objects, jobs=self._fs.jobs, cache_odb=here)
        if done.failed:
            why = failures[0] if failures else "DVC does not say why"
            raise RemoteError(
                f"{len(done.failed)} objects could not be carried over",
                where=self._place,
                why=why,
                remedy="run again: what was carried over stays",
            )

    def _require_root(self) -> None:
        """A share that is not mounted, or a bucket misspelt, looks like an empty remote."""
        root = self._path if self._fs.protocol == "local" else self._path.split("/")[0]
        if self._fs.protocol in ("local", "s3") and not self._fs.exists(root):
            raise FileNotFoundError(f"there is no {root}")

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except MedgraftError:
            raise
        except Exception as error:  # A remote can fail in as many ways as there are remotes.
            text = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
            raise RemoteError(
                f"the DVC remote {what}",
                where=self._place,
                why=text,
                remedy="see that it is reachable (`dvc remote list`) and run again: nothing here was lost",
            ) from error


def _inside(out: Any) -> list[Any]:
    """Gives the hashes of the files in an output that is a folder whose list the cache has."""
    if not (out.hash_info.isdir and out.cache.exists(out.hash_info.value)):
        return []
    out.obj = None
    return [hash_info for _, _, hash_info in out.get_obj() or ()]


def _copy_records(source: Any, target: Any) -> int:
    """Copies the records whose key the target has none for."""
    old = {key for key, _ in _records(target)}
    new = [place for key, place in _records(source) if key not in old]
    if new:
        copy(
            source.fs,
            [source.fs.join(source.path, _RECORDS, *place) for place in new],
            target.fs,
            [target.fs.join(target.path, _RECORDS, *place) for place in new],
        )
    return len(new)


def _records(odb: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Gives each record's key, and its path below the folder of the records."""
    root = odb.fs.join(odb.path, _RECORDS)
    if odb.fs.exists(root):
        for path in odb.fs.find(root):
            parts = odb.fs.parts(odb.fs.relpath(path, root))
            if len(parts) == 3:
                yield parts[1], parts


def _no_remote(error: Exception) -> UsageError:
    return UsageError(
        "there is no DVC remote to use",
        where=".dvc/config",
        why=" ".join(str(error).split()),
        remedy="`dvc remote add --default NAME URL`; of S3, `pip install 'medgraft[s3]'` too",
    )


def has_remote(repo: Any) -> bool:
    """Tells whether DVC is set up for a remote."""
    return bool(repo.config["core"].get("remote"))


def is_remote_set(workspace: Workspace) -> bool:
    """Tells the same of a workspace, without opening its repository."""
    core = Config(str(workspace.root / ".dvc"), validate=False).get("core", {})
    return bool(core.get("remote"))
