"""What an audit asks DVC: where an object lies, what dvc.yaml declares, which run is known. It only reads."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvc.dvcfile import ProjectFile
from dvc.exceptions import DvcException
from dvc.repo.brancher import switch
from dvc.stage.cache import _get_cache_hash
from dvc.utils.serialize import load_yaml

from pipeline.repro.graph import open_repo
from pipeline.workspace import Workspace
from stages.contracts.errors import ParamsError

GRAPH = "dvc.yaml"


@dataclass(frozen=True)
class Declared:
    """A stage as dvc.yaml and params.yaml have it.

    Attributes:
        command: What it runs.
        deps: Paths that it reads, params aside.
        outs: Paths that it writes.
    """

    command: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]


class Repository:
    """The DVC repository of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._repo = open_repo(workspace)

    def object(self, md5: str) -> Path:
        """Gives the place in the cache of what has this MD5; of a folder, with `.dir`."""
        return Path(self._repo.cache.local.oid_to_path(md5))

    def files(self, folder: Path) -> Iterator[Path]:
        """Gives the files below a folder that DVC does not ignore, links to files among them."""
        for place, _, names in self._repo.dvcignore.walk(self._repo.fs, str(folder)):
            yield from (Path(place) / name for name in names)

    def declared(self, revision: str | None = None) -> dict[str, Declared]:
        """Reads dvc.yaml with its templates filled in; dvc.lock is not looked at.

        Args:
            revision: Of git; the workspace's own files by default.

        Raises:
            ParamsError: If it cannot be read together with params.yaml, or there is no such revision.
        """
        try:
            with switch(self._repo, revision) if revision else nullcontext():
                file = self._repo.fs.join(self._repo.root_dir, GRAPH)
                resolved = ProjectFile(self._repo, file).resolver.resolve()
        except DvcException as error:
            raise ParamsError(
                f"{GRAPH} cannot be read together with params.yaml",
                where=GRAPH if revision is None else f"{GRAPH} at {revision[:12]}",
                why=(str(error) or type(error).__name__).splitlines()[0],
                remedy="restore both with git",
            ) from error
        return {name: _describe(entry) for name, entry in resolved["stages"].items()}

    def knows_run(self, stage: str) -> bool:
        """Tells whether the run-cache has the very run that dvc.lock records of a stage."""
        try:
            entry = load_yaml(str(self._workspace.root / "dvc.lock"))["stages"][stage]
        except (DvcException, OSError, KeyError, TypeError):
            return False
        runs = Path(self._repo.stage_cache.cache_dir)
        return any(runs.glob(f"*/*/{_get_cache_hash(dict(entry))}"))

    def close(self) -> None:
        """Lets go of DVC's databases."""
        self._repo.close()


def _describe(entry: dict[str, Any]) -> Declared:
    lines = entry["cmd"] if isinstance(entry["cmd"], list) else [entry["cmd"]]
    folder = entry.get("wdir", "")
    written = (item for kind in ("outs", "metrics", "plots") for item in entry.get(kind, ()))
    return Declared(
        command=" && ".join(" ".join(line.split()) for line in lines),
        deps=tuple(_path(folder, item) for item in entry.get("deps", ())),
        outs=tuple(_path(folder, item) for item in written),
    )


def _path(folder: str, item: str | dict[str, Any]) -> str:
    return posixpath.normpath(posixpath.join(folder, item if isinstance(item, str) else next(iter(item))))
