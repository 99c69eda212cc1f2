"""Settles a decision: log entry, files, commit and tags, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.lineage.decision import Detail
from pipeline.lineage.git import ask_git, git_paths
from pipeline.lineage.log import LOG, LogEntry, log_bytes, next_entry, parse_log, read_log, write_log
from pipeline.lineage.registry import Registry
from pipeline.lineage.shelf import RECORDS
from pipeline.lineage.transaction import NewTag, commit_files
from stages.contracts.errors import AuditError


@dataclass(frozen=True)
class Settled:
    """A decision that is on record.

    Attributes:
        entry: Of the log.
        revision: The commit.
        files: What it holds that the commit before did not.
    """

    entry: LogEntry
    revision: str
    files: tuple[str, ...]


def settle(
    root: Path,
    entries: Sequence[LogEntry],
    identity: str | None,
    detail: Detail,
    message: str,
    *,
    owned: Sequence[str] = (),
    tags: Callable[[LogEntry], Sequence[NewTag]] | None = None,
) -> Settled:
    """Adds an entry to the log and commits it, with the records and the tags.

    The log in the workspace is written last: where that does not come to pass, `current_log` does it.

    Args:
        root: The workspace, whose log the caller holds.
        entries: The log, as `current_log` gives it.
        identity: Of the model that was decided about.
        detail: The decision.
        message: Of the commit.
        owned: Further files to commit as they are.
        tags: Gives the tags to make, which name the entry.
    """
    entry = next_entry(entries, identity, detail)
    whole = (*entries, entry)
    files = {path: (root / path).read_bytes() for path in _changed(root, (RECORDS, *owned))}
    files[LOG] = log_bytes(whole)
    revision = commit_files(root, files, message, tags(entry) if tags else ())
    write_log(root, whole)
    return Settled(entry, revision, tuple(sorted(files)))


def current_log(root: Path, registry: Registry) -> tuple[LogEntry, ...]:
    """Gives the log that the next entry follows; brings the workspace's up to the commit's if it is behind.

    Raises:
        AuditError: If the chain is broken, or workspace, commit and tags tell different stories.
    """
    here = read_log(root)
    text = ask_git(root, "show", f"HEAD:./{LOG}")
    there = parse_log(text.encode("utf-8", "surrogateescape"), f"HEAD:{LOG}") if text else ()
    shared = min(len(here), len(there))
    if here[:shared] != there[:shared]:
        raise _disagree("the workspace's log is not that of the commit", f"git checkout HEAD -- {LOG}")
    if len(there) > len(here):
        write_log(root, there)
    longest = max(here, there, key=len)
    latest = registry.assignments[-1] if registry.assignments else None
    if latest and latest.log_sha256 and latest.log_sha256 not in {entry.sha256 for entry in longest}:
        raise _disagree(f"it lacks the entry that {latest.tag} was made with", f"git merge {latest.tag}")
    return longest


def _changed(root: Path, paths: Sequence[str]) -> list[str]:
    """Names the files that are not in the commit, or are otherwise in it."""
    within = "--literal-pathspecs"
    changed = git_paths(root, within, "diff", "--name-only", "--relative", "-z", "HEAD", "--", *paths)
    others = git_paths(root, within, "ls-files", "--others", "-z", "--", *paths)
    return sorted(path for path in {*changed, *others} if (root / path).is_file())


def _disagree(why: str, command: str) -> AuditError:
    return AuditError(
        "the log of decisions is not the whole one",
        where=LOG,
        why=why,
        remedy=f"go to the branch that has it, or `{command}`, and try again",
    )
