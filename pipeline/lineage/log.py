"""The log of decisions: append-only, each entry bound to the one before it by its hash.

It proves that no entry was changed, dropped or put in between. That none is missing at its end is
proved by the registry's tags, which name the entry that they were made with.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from pipeline.atomic import write_whole
from pipeline.lineage.canonical import canonical_sha256, canonical_text
from pipeline.lineage.decision import Detail
from pipeline.lineage.due import now
from pipeline.workspace import Workspace
from stages.contracts.artifact import Record
from stages.contracts.errors import AuditError

LOG = "lineage/log.jsonl"
START = "0" * 64
"""What the first entry follows."""


class LogEntry(Record):
    """One decision."""

    number: int
    """Counts from 1."""
    previous_sha256: str
    """The `sha256` of the entry before."""
    at: str
    """UTC, ISO 8601."""
    identity: str | None
    """Of the model that was decided about; null where it was about none."""
    detail: Detail
    sha256: str
    """Of the entry without this field, canonically written."""

    @property
    def kind(self) -> str:
        """What kind of decision it is."""
        return self.detail.kind


def append_entry(root: Path, identity: str | None, detail: Detail) -> LogEntry:
    """Adds a decision to the log, whole or not at all.

    Args:
        root: The workspace.
        identity: Of the model that was decided about.
        detail: The decision.

    Raises:
        AuditError: If the log is damaged: nothing is added to it then.
    """
    with held_log(root):
        entries = read_log(root)
        entry = next_entry(entries, identity, detail)
        write_log(root, (*entries, entry))
    return entry


def next_entry(entries: Sequence[LogEntry], identity: str | None, detail: Detail) -> LogEntry:
    """Makes the entry that follows, without writing it."""
    facts = {
        "number": len(entries) + 1,
        "previous_sha256": entries[-1].sha256 if entries else START,
        "at": now(),
        "identity": identity,
        "detail": detail,
    }
    return LogEntry.model_validate({**facts, "sha256": canonical_sha256(facts)})


def read_log(root: Path) -> tuple[LogEntry, ...]:
    """Reads the log of a workspace and verifies its chain; empty where there is none.

    Raises:
        AuditError: If an entry was changed, dropped, moved or added by hand; it is named.
    """
    file = root / LOG
    return parse_log(file.read_bytes(), LOG) if file.exists() else ()


def parse_log(data: bytes, where: str) -> tuple[LogEntry, ...]:
    """Reads the bytes of a log and verifies its chain.

    Raises:
        AuditError: As `read_log`.
    """
    entries: list[LogEntry] = []
    lines = data.split(b"\n")
    if lines.pop():
        raise _broken(where, len(lines) + 1, "its line does not end")
    for number, line in enumerate(lines, start=1):
        try:
            entry = LogEntry.model_validate_json(line)
        except ValidationError as error:
            raise _broken(where, number, f"it cannot be read: {error.errors()[0]['msg']}") from error
        previous = entries[-1].sha256 if entries else START
        if entry.number != number:
            raise _broken(where, number, f"it has number {entry.number}")
        if entry.sha256 != _hash(entry) or canonical_text(entry).encode() != line:
            raise _broken(where, number, "its content is not what its hash says")
        if entry.previous_sha256 != previous:
            raise _broken(where, number, "it does not follow the entry before it")
        entries.append(entry)
    return tuple(entries)


def log_bytes(entries: Sequence[LogEntry]) -> bytes:
    """Gives the bytes of a log's file."""
    return "".join(f"{canonical_text(entry)}\n" for entry in entries).encode()


def write_log(root: Path, entries: Sequence[LogEntry]) -> None:
    """Writes the whole log in one step; the caller holds it."""
    (root / LOG).parent.mkdir(parents=True, exist_ok=True)
    write_whole(root / LOG, log_bytes(entries))


@contextmanager
def held_log(root: Path) -> Iterator[None]:
    """Holds the log: others who want to add to it wait."""
    workspace = Workspace(root)
    workspace.prepare()
    descriptor = os.open(workspace.state / "log.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _hash(entry: LogEntry) -> str:
    return canonical_sha256(entry.model_dump(mode="json", exclude={"sha256"}))


def _broken(where: str, number: int, why: str) -> AuditError:
    return AuditError(
        "the log of decisions was changed",
        where=f"{where}: entry {number}",
        why=why,
        remedy=f"compare it with `git log -p -- {where}`, and restore it with `git checkout`",
    )
