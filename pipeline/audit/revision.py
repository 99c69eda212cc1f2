"""What git holds of a workspace at a commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.lineage.git import run_git


@dataclass(frozen=True)
class Revision:
    """A commit, whose files are read without a checkout.

    Attributes:
        root: The workspace.
        commit: Full name.
    """

    root: Path
    commit: str

    @classmethod
    def find(cls, root: Path, name: str) -> Revision | None:
        """Resolves a tag, a branch or a part of a commit's name; None where git knows none of it."""
        done = run_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return cls(root, done.stdout.decode().strip()) if done.returncode == 0 else None

    def read(self, path: str) -> bytes | None:
        """Gives the bytes of one file; None where the commit has none."""
        return self.read_all([path])[path]

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Gives the bytes of files, by path below the workspace."""
        names = [path for path in paths if "\n" not in path]
        asked = "".join(f"{self.commit}:./{name}\n" for name in names)
        answer, place = run_git(self.root, "cat-file", "--batch", given=asked.encode()).stdout, 0
        found: dict[str, bytes | None] = {}
        for name in names:
            end = answer.find(b"\n", place)
            head = answer[place:end].split(b" ")
            if end < 0 or head[-1:] == [b"missing"] or len(head) < 3 or not head[-1].isdigit():
                found[name], place = None, end + 1 if end >= 0 else len(answer)
                continue
            size = int(head[-1])
            found[name] = answer[end + 1 : end + 1 + size] if head[-2] == b"blob" else None
            place = end + 2 + size
        return found

    def files(self, folder: str) -> list[str]:
        """Lists the files below a folder of the workspace, by path below the folder."""
        done = run_git(self.root, "ls-tree", "-r", "-z", "--name-only", self.commit, "--", f"{folder}/")
        names = done.stdout.decode("utf-8", "surrogateescape").split("\0") if not done.returncode else []
        return [name.removeprefix(f"{folder}/") for name in names if name]


def log_of(root: Path, *paths: str) -> list[str]:
    """Names the commits that changed one of some paths, the latest first; at most a hundred."""
    done = run_git(root, "log", "--format=%H", "-n", "100", "--", *paths)
    return done.stdout.decode().split() if done.returncode == 0 else []
