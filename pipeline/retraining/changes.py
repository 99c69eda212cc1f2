"""Takes what others changed: commits from git, and the data they point to from the DVC remote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.atomic import write_whole
from pipeline.lineage.git import ask_git, git_paths, tell_git
from pipeline.recovery import recover
from pipeline.workspace import Workspace
from stages.contracts.errors import MedgraftError, RemoteError, StageError


def take_changes(root: Path, log: Callable[[str, str], None]) -> int:
    """Brings the branch to where the one it follows is, and the raw data with it.

    Args:
        root: The workspace, held by nobody.
        log: Receives a line for each thing taken.

    Returns:
        How many commits were taken; 0 where the branch follows none.

    Raises:
        RemoteError: If git or the DVC remote cannot be read, or the branches have parted.
        WorkspaceHeldError: If a run holds the workspace.
        DataError: If raw data in the workspace are neither recorded nor in the cache: they stay.
    """
    if ask_git(root, "rev-parse", "--verify", "--quiet", "@{upstream}") is None:
        return 0
    workspace = Workspace(root)
    with workspace.held() as dead:
        recover(workspace, dead, log)
        before, start = _begin(workspace), tell_git(root, "rev-parse", "HEAD")
        try:
            _pull(root)
            taken = int(tell_git(root, "rev-list", "--count", f"{before}..HEAD"))
            if taken:
                log("", f"{taken} commits taken")
                _take_data(workspace, before, log)
        except MedgraftError:
            tell_git(root, "reset", "--keep", start)
            _note(workspace).unlink() if before == start else None
            raise
        _note(workspace).unlink()
    return taken


def _note(workspace: Workspace) -> Path:
    """Says where the branch was: after a kill, the data of commits taken since are still to be had."""
    return workspace.state / "taking"


def _begin(workspace: Workspace) -> str:
    note = _note(workspace)
    if not note.exists():
        write_whole(note, tell_git(workspace.root, "rev-parse", "HEAD").encode())
    return note.read_text(encoding="utf-8")


def _pull(root: Path) -> None:
    try:
        tell_git(root, "pull", "--ff-only", "--quiet", "--no-rebase")
    except StageError as error:
        raise RemoteError(
            "the changes of others could not be taken",
            where=(ask_git(root, "config", "--get", "remote.origin.url") or str(root)).strip(),
            why=error.why,
            remedy="see `git status` and `git pull --ff-only`; nothing here was changed",
        ) from error


def _take_data(workspace: Workspace, before: str, log: Callable[[str, str], None]) -> None:
    moved = git_paths(workspace.root, "diff", "--name-only", "--diff-filter=AM", "-z", before, "HEAD")
    pointers = [name for name in moved if name.endswith(".dvc") and Path(name).name != ".dvc"]
    if pointers:
        from pipeline.repro.arrival import check_out_sources

        check_out_sources(workspace, pointers, log)


def share_commits(root: Path) -> None:
    """Pushes what the retraining committed, with the tags of the registry, to the branch that it follows.

    Raises:
        RemoteError: If that fails; the commits stay here.
    """
    if ask_git(root, "rev-parse", "--verify", "--quiet", "@{upstream}") is None:
        return
    try:
        tell_git(root, "push", "--follow-tags", "--quiet")
    except StageError as error:
        raise RemoteError(
            "the commits of the retraining could not be pushed",
            where=str(root),
            why=error.why,
            remedy="see `git push --follow-tags`; the commits are here",
        ) from error
