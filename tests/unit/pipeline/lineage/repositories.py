"""Git repositories for tests, with a user of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make_repository(root: Path, *, user: bool = True) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    if user:
        git(root, "config", "user.name", "A Tester")
        git(root, "config", "user.email", "tester@example.org")
    return root


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit_all(root: Path, message: str = "as it is") -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")
