"""Opens the DVC repository and walks its graph, once."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvc.config import Config
from dvc.dvcfile import is_valid_filename
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.repo.reproduce import get_active_graph, plan_repro

from pipeline.plan import group_of
from pipeline.workspace import Workspace
from stages.contracts.errors import MedgraftError, ParamsError, UsageError


def open_repo(workspace: Workspace) -> Any:
    """Opens the repository without writing the user's configuration."""
    core: dict[str, Any] = {"check_update": False, "analytics": False}
    theirs = Config(str(workspace.root / ".dvc"), validate=False).get("core", {})
    if not theirs.get("site_cache_dir") and "DVC_SITE_CACHE_DIR" not in os.environ:
        core["site_cache_dir"] = str(workspace.state / "dvc")
    return Repo(str(workspace.root), config={"core": core})


def read_graph(repo: Any) -> Any:
    """Reads every dvc.yaml, .dvc and dvc.lock file into one graph.

    Raises:
        ParamsError: If they cannot be read together with params.yaml.
    """
    try:
        with _only_its_own_files(repo.dvcignore):
            index = repo.index
        return get_active_graph(index.graph)
    except DvcException as error:
        raise _unreadable(error) from error


@contextmanager
def _only_its_own_files(ignore: Any) -> Iterator[None]:
    """Has DVC's walk over the workspace see the few files that it reads there.

    It would try its ignore patterns on the name of every case of raw data: a second for 50,000.
    """

    def walk(fs: Any, path: str, **options: Any) -> Iterator[tuple[str, list[str], list[str]]]:
        for folder, folders, files in fs.walk(path, **options):
            own = [name for name in files if is_valid_filename(name)]
            folders[:], files[:] = ignore(folder, folders, own)
            yield folder, folders, files

    ignore.walk = walk
    try:
        yield
    finally:
        del ignore.walk


def order_stages(graph: Any, root: Path, wanted: Sequence[str]) -> list[Any]:
    """Gives the wanted stages with all they need, in the order of `dvc repro`.

    Args:
        graph: The graph of stages.
        root: The workspace; without wanted names, the stages of its own dvc.yaml are meant.
        wanted: Names of stages or of groups.
    """
    if wanted:
        names = pick_names([stage.addressing for stage in graph], wanted)
        stages = [stage for stage in graph if stage.addressing in names]
    else:
        stages = [stage for stage in graph if Path(stage.path) == root / "dvc.yaml"]
    every = len(stages) == len(graph)
    return list(plan_repro(graph, None if every else stages)) if stages else []


def pick_names(known: Sequence[str], wanted: Sequence[str]) -> frozenset[str]:
    """Resolves names of stages and of groups.

    Raises:
        UsageError: For a name that is neither.
    """
    picked: set[str] = set()
    for name in wanted:
        found = {one for one in known if name in (one, group_of(one))}
        if not found:
            close = difflib.get_close_matches(name, {*known, *map(group_of, known)}, n=1)
            raise UsageError(
                f"there is no stage '{name}'",
                where="dvc.yaml",
                why=f"the stages are {', '.join(sorted({group_of(one) for one in known}))}",
                remedy=f"did you mean '{close[0]}'?" if close else "choose one of these",
            )
        picked |= found
    return frozenset(picked)


def _unreadable(error: DvcException) -> MedgraftError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    cause = error.__cause__
    detail = f"; {str(cause).splitlines()[0]}" if cause and str(cause) else ""
    return ParamsError(
        "the pipeline cannot be read",
        where="dvc.yaml, params.yaml",
        why=(" ".join(lines) or type(error).__name__) + detail,
        remedy="correct the file named",
    )
