"""One commit of some files together with its tags: all of it, or nothing.

Neither the files of the workspace nor what the user has staged is touched until it is done.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.lineage.git import ask_git, tell_git
from pipeline.workspace import Workspace
from stages.contracts.errors import StageError, UsageError


@dataclass(frozen=True)
class NewTag:
    """An annotated tag to make.

    Attributes:
        name: Its name.
        message: Its message.
        after: Seconds since 1970: its time is later, for GTO orders tags by their time.
        revision: What it names; None for the commit of the transaction.
    """

    name: str
    message: str
    after: int = 0
    revision: str | None = None


def require_repository(root: Path) -> str:
    """Makes sure that a commit can be made here, and says by whom.

    Returns:
        The user, as `Name <address>`.

    Raises:
        UsageError: If there is no repository, no commit yet, or git does not know the user.
    """
    if ask_git(root, "rev-parse", "--git-dir") is None:
        raise _cannot(root, "this is no git repository", "run `git init`, and commit your files")
    if ask_git(root, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        raise _cannot(
            root, "the repository has no commit yet", "commit your files with `git add` and `git commit`"
        )
    user = ask_git(root, "-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    if user is None:
        remedy = "tell git with `git config user.name NAME` and `git config user.email ADDRESS`"
        raise _cannot(root, "git does not know who you are", remedy)
    return user.rsplit(" ", 2)[0]


def commit_files(root: Path, files: Mapping[str, bytes], message: str, tags: Sequence[NewTag] = ()) -> str:
    """Commits files with the content given, on top of what is checked out, and makes the tags.

    Args:
        root: The workspace.
        files: Content by path below the workspace; every other file of the commit is as it was.
        message: Of the commit.
        tags: To make in the same step.

    Returns:
        The commit.

    Raises:
        StageError: If git refuses, as where a tag exists already; nothing has changed then.
    """
    head = tell_git(root, "rev-parse", "HEAD")
    commit = tell_git(root, "commit-tree", _tree(root, files), "-p", head, given=message.encode())
    lines = [f"update HEAD {commit} {head}"]
    lines += [f"create refs/tags/{tag.name} {_make_tag(root, tag, tag.revision or commit)}" for tag in tags]
    steps = "\n".join(["start", *lines, "prepare", "commit", ""])
    tell_git(root, "update-ref", "-m", message.splitlines()[0], "--stdin", given=steps.encode())
    with suppress(StageError):  # Another program may hold the index; it is then only out of date.
        tell_git(root, "--literal-pathspecs", "reset", "-q", "--", *files, more={"GIT_OPTIONAL_LOCKS": "1"})
    return commit


def _tree(root: Path, files: Mapping[str, bytes]) -> str:
    workspace = Workspace(root)
    workspace.prepare()
    index = workspace.state / f"index.{os.getpid()}"
    more = {"GIT_INDEX_FILE": str(index)}
    prefix = (ask_git(root, "rev-parse", "--show-prefix") or "").strip()
    try:
        tell_git(root, "read-tree", "HEAD", more=more)
        blobs = {
            path: tell_git(root, "hash-object", "-w", "--stdin", given=data) for path, data in files.items()
        }
        rows = "".join(f"100644 {blob}\t{prefix}{path}\0" for path, blob in blobs.items())
        tell_git(root, "update-index", "-z", "--index-info", given=rows.encode(), more=more)
        return tell_git(root, "write-tree", more=more)
    finally:
        index.unlink(missing_ok=True)


def _make_tag(root: Path, tag: NewTag, revision: str) -> str:
    when = max(int(time.time()), tag.after + 1)
    user = require_repository(root)
    head = f"object {revision}\ntype commit\ntag {tag.name}\ntagger {user} {when} +0000\n\n"
    return tell_git(root, "mktag", given=(head + tag.message.rstrip("\n") + "\n").encode())


def _cannot(root: Path, why: str, remedy: str) -> UsageError:
    return UsageError("no version can be made here", where=str(root), why=why, remedy=remedy)
