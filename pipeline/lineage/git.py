"""Git as a program: what it says, and that it did what it was told to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from stages.contracts.errors import StageError

_QUIET = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def ask_git(root: Path, *arguments: str) -> str | None:
    """Gives what git prints, or None where it has no answer: no repository, no such revision, no git."""
    done = run_git(root, *arguments)
    return None if done.returncode else done.stdout.decode("utf-8", "surrogateescape")


def tell_git(root: Path, *arguments: str, given: bytes = b"", more: Mapping[str, str] = {}) -> str:
    """Has git do something, and gives what it prints, without the final newline.

    Args:
        root: Where.
        arguments: What.
        given: Its standard input.
        more: Added to its environment.

    Raises:
        StageError: If it did not.
    """
    done = run_git(root, *arguments, given=given, more=more)
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StageError(
            f"git {arguments[0]} failed",
            where=str(root),
            why=lines[0] if lines else f"it ended with exit code {done.returncode}",
            remedy="put right what git names, and try again",
        )
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def git_paths(root: Path, *arguments: str) -> tuple[str, ...]:
    """Gives the paths that git lists with `-z`; none where it has no answer."""
    return tuple(name for name in (ask_git(root, *arguments) or "").split("\0") if name)


def run_git(
    root: Path, *arguments: str, given: bytes = b"", more: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[bytes]:
    """Runs git as it is; without git it ends as a shell's unknown command does, with 127."""
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            input=given,
            capture_output=True,
            check=False,
            env={**os.environ, **_QUIET, **more},
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(arguments, 127, b"", b"there is no git")
