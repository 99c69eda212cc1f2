"""Which commit a model was made at, and what of its inputs that commit does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from pipeline.lineage.git import ask_git, git_paths
from pipeline.lineage.lock import LockedStage
from pipeline.lineage.record import CodeRecord

GRAPH = "dvc.yaml"


def read_code(root: Path, made_by: Mapping[str, LockedStage]) -> CodeRecord:
    """Compares what the stages read with the commit that is checked out.

    params.yaml, dvc.lock and the records are left out: a promotion commits them itself.

    Args:
        root: The workspace.
        made_by: The stages, whose code and raw data are looked at.
    """
    revision = (ask_git(root, "rev-parse", "--verify", "HEAD^{commit}") or "").strip() or None
    if revision is None:
        return CodeRecord(revision=None, dirty=(), version=version("medgraft"))
    code = {dep.path for stage in made_by.values() for dep in stage.code} | {GRAPH}
    dirty = _not_committed(root, code | {_pointer(root, raw) for raw in raw_paths(made_by)})
    return CodeRecord(revision=revision, dirty=tuple(sorted(dirty)), version=version("medgraft"))


def raw_paths(made_by: Mapping[str, LockedStage]) -> frozenset[str]:
    """Names what the stages read besides code and what no stage makes: the raw data and weights."""
    made = [PurePosixPath(out.path) for stage in made_by.values() for out in stage.outs]
    read = {dep.path for stage in made_by.values() for dep in stage.inputs}
    return frozenset(path for path in read if not _holds(made, PurePosixPath(path)))


def _holds(made: Iterable[PurePosixPath], path: PurePosixPath) -> bool:
    return any(out.is_relative_to(path) or path.is_relative_to(out) for out in made)


def _pointer(root: Path, raw: str) -> str:
    """Names what git keeps of raw data: DVC's pointer, of them or of a folder above, or they themselves."""
    path = PurePosixPath(raw)
    pointers = [f"{one}.dvc" for one in (path, *path.parents) if one.name]
    return next((pointer for pointer in pointers if (root / pointer).is_file()), raw)


def _not_committed(root: Path, paths: Iterable[str]) -> set[str]:
    """Names those of the paths, folders as a whole, that are not as in the commit: never a file in them."""
    wanted = sorted(paths)
    within = "--literal-pathspecs"
    changed = git_paths(root, within, "diff", "--name-only", "--relative", "-z", "HEAD", "--", *wanted)
    others = git_paths(root, within, "ls-files", "--others", "--directory", "-z", "--", *wanted)
    tracked = git_paths(root, within, "ls-files", "-z", "--", *wanted)
    dirty = {path for path in wanted for name in (*changed, *others) if _within(name, path)}
    return dirty | {path for path in wanted if not any(_within(name, path) for name in tracked)}


def _within(name: str, path: str) -> bool:
    folder_above = name.endswith("/") and f"{path}/".startswith(name)
    return name == path or name.startswith(f"{path}/") or folder_above
