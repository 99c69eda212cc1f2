"""Takes a folder out of git's index, where DVC is to keep it: DVC refuses what git tracks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.lineage.git import ask_git, git_paths, run_git
from stages.contracts.errors import StageError


def tracked(root: Path, folder: str) -> list[str]:
    """Lists the files of a folder that git tracks, below the folder."""
    return [_below(name, folder) for name in git_paths(root, "ls-files", "-z", "--", folder)]


def committed(root: Path, folder: str) -> frozenset[str]:
    """Lists those that are as in the last commit, so that git can give them back."""
    listed = ask_git(root, "diff", "--name-only", "-z", "HEAD", "--", folder)
    if listed is None:
        return frozenset()
    changed = {_below(name, folder) for name in listed.split("\0") if name}
    return frozenset(tracked(root, folder)) - changed


@contextmanager
def untracked(root: Path, folder: str) -> Iterator[None]:
    """Has git no longer track a folder; if the body fails, it tracks it as before.

    Raises:
        StageError: If git refuses, as with changes that were staged and nowhere else.
    """
    entries = run_git(root, "ls-files", "--stage", "-z", "--", folder).stdout
    if entries:
        done = run_git(root, "rm", "-r", "--cached", "--quiet", "--", folder)
        if done.returncode:
            raise StageError(
                "git still tracks the raw data",
                where=folder,
                why=done.stderr.decode("utf-8", "replace").strip().splitlines()[0],
                remedy=f"commit or unstage its changes, or run `git rm -r --cached {folder}` yourself",
            )
    try:
        yield
    except BaseException:
        if entries:
            run_git(root, "update-index", "-z", "--index-info", given=entries)
        raise


def _below(name: str, folder: str) -> str:
    return name.removeprefix(f"{folder}/")
