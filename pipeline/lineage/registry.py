"""The registry: GTO's tags on git commits, so that `gto` and `dvc artifacts` read it too.

`model@v3.0.0` is the third version; `model#champion#5` says that the commit's version became champion, as
the fifth one to do so. Each tag's message names the model's identity and the log's entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.lineage.artifact_name import tag_prefix
from pipeline.lineage.git import ask_git

STAGE = "champion"
_FORMAT = "%(refname:strip=2)%00%(*objectname)%00%(taggerdate:unix)%00%(contents)%00"


@dataclass(frozen=True)
class Version:
    """A registered model.

    Attributes:
        number: 3 of `v3.0.0`.
        tag: Its name in git.
        revision: The commit.
        identity: Of the model; None where the tag is not medgraft's and does not say it.
    """

    number: int
    tag: str
    revision: str
    identity: str | None


@dataclass(frozen=True)
class Assignment:
    """That a version became champion.

    Attributes:
        number: 5 of `model#champion#5`.
        tag: Its name in git.
        revision: The commit of the version.
        time: When, in seconds since 1970.
        log_sha256: Hash of the log's entry; None where the tag is not medgraft's.
    """

    number: int
    tag: str
    revision: str
    time: int
    log_sha256: str | None


@dataclass(frozen=True)
class Registry:
    """All that the tags say, in the order of their numbers."""

    versions: tuple[Version, ...]
    assignments: tuple[Assignment, ...]

    @property
    def champion(self) -> Version | None:
        """The version that was made champion last."""
        if not self.assignments:
            return None
        return self.at(self.assignments[-1].revision)

    def at(self, revision: str) -> Version | None:
        """Gives the latest version at a commit."""
        return next((one for one in reversed(self.versions) if one.revision == revision), None)


def read_registry(root: Path) -> Registry:
    """Reads the tags of a workspace's repository; none where there is no repository."""
    prefix = re.escape(tag_prefix(root))
    version = re.compile(rf"{prefix}@v([1-9]\d*)\.0\.0")
    assignment = re.compile(rf"{prefix}#{STAGE}#([1-9]\d*)")
    versions, assignments = [], []
    for tag, revision, time, message in _annotated(root):
        if found := version.fullmatch(tag):
            versions.append(Version(int(found[1]), tag, revision, _trailer(message, "identity")))
        elif found := assignment.fullmatch(tag):
            entry = _trailer(message, "log")
            assignments.append(Assignment(int(found[1]), tag, revision, time, entry))
    return Registry(
        tuple(sorted(versions, key=lambda one: one.number)),
        tuple(sorted(assignments, key=lambda one: one.number)),
    )


def read_versions(root: Path) -> tuple[Version, ...]:
    """Gives every version, the first one first."""
    return read_registry(root).versions


def champion(root: Path) -> Version | None:
    """Gives the champion; None where no version ever was."""
    return read_registry(root).champion


def trailers(identity: str | None, log_sha256: str) -> str:
    """Gives the lines of a tag's message that `read_registry` reads."""
    return (f"identity: {identity}\n" if identity else "") + f"log: {log_sha256}\n"


def _annotated(root: Path) -> Iterator[tuple[str, str, int, str]]:
    """Gives name, commit, time and message of each annotated tag: GTO counts no others."""
    text = ask_git(root, "for-each-ref", f"--format={_FORMAT}", "refs/tags") or ""
    for row in text.split("\0\n"):
        tag, revision, time, message = (row.split("\0") + [""] * 3)[:4]
        if revision:
            yield tag, revision, int(time or 0), message


def _trailer(message: str, key: str) -> str | None:
    found = re.search(rf"^{key}: ([0-9a-f]{{64}})$", message, flags=re.MULTILINE)
    return found[1] if found else None
