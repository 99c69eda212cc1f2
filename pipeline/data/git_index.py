"""Takes a folder out of git's index, where DVC is to keep it: DVC refuses what git tracks."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.contracts.errors import StageError


def tracked(root: Path, folder: str) -> list[str]:
    """Lists the files of a folder that git tracks, below the folder."""
    return [_below(name, folder) for name in _names(root, "ls-files", "-z", "--", folder)]


def committed(root: Path, folder: str) -> frozenset[str]:
    """Lists those that are as in the last commit, so that git can give them back."""
    done = _git(root, "diff", "--name-only", "-z", "HEAD", "--", folder)
    if done.returncode:
        return frozenset()
    changed = {_below(name, folder) for name in done.stdout.decode("utf-8", "replace").split("\0") if name}
    return frozenset(tracked(root, folder)) - changed


@contextmanager
def untracked(root: Path, folder: str) -> Iterator[None]:
    """Has git no longer track a folder; if the body fails, it tracks it as before.

    Raises:
        StageError: If git refuses, as with changes that were staged and nowhere else.
    """
    entries = _git(root, "ls-files", "--stage", "-z", "--", folder).stdout
    if entries:
        done = _git(root, "rm", "-r", "--cached", "--quiet", "--", folder)
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
            _git(root, "update-index", "-z", "--index-info", given=entries)
        raise


def _below(name: str, folder: str) -> str:
    return name.removeprefix(f"{folder}/")


def _names(root: Path, *arguments: str) -> list[str]:
    done = _git(root, *arguments)
    return [name for name in done.stdout.decode("utf-8", "replace").split("\0") if name]


def _git(root: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs git; without git, or outside of a repository, it tracks nothing."""
    try:
        return subprocess.run(["git", *arguments], cwd=root, input=given, capture_output=True, check=False)
    except FileNotFoundError:
        return subprocess.CompletedProcess(arguments, 127, b"", b"there is no git")
