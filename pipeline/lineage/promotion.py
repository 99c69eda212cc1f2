"""Makes the workspace's model champion, if the gate lets it: one commit with its tags, or nothing.

Whatever stops it in between, the champion is the one before or the new one. A refusal is logged and
committed too, without the model's own files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.lineage.artifact_name import require_entry, tag_prefix
from pipeline.lineage.candidate import Candidate, own_model, weigh
from pipeline.lineage.decision import Judged, Promoted, Refused
from pipeline.lineage.gate import judge
from pipeline.lineage.log import LogEntry, held_log
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import STAGE, Registry, read_registry, trailers
from pipeline.lineage.settling import Settled, current_log, settle
from pipeline.lineage.shelf import record_file
from pipeline.lineage.transaction import NewTag, require_repository
from pipeline.workspace import Workspace
from stages.contracts.artifact import write_json

OWNED = ("dvc.lock", "params.yaml")
"""What a promotion commits besides the log and the records."""


@dataclass(frozen=True)
class _Books:
    """What a decision is written into, and by whom."""

    root: Path
    entries: Sequence[LogEntry]
    registry: Registry
    by: str


@dataclass(frozen=True)
class Promotion:
    """What became of a model at the gate.

    Attributes:
        identity: Of the model.
        judged: What the gate found; None where the model was champion before.
        version: The version that it is now; None where the gate refused.
        settled: What was written; None where there was nothing to decide.
    """

    identity: str
    judged: Judged | None
    version: int | None
    settled: Settled | None = None


def promote_model(
    workspace: Workspace, text: str = "challenger", force: str | None = None, by: str | None = None
) -> Promotion:
    """Lets the gate decide about the workspace's model, and does what it decides.

    Args:
        workspace: The workspace, which is held meanwhile; it must be the current folder.
        text: Names the model, which must be the workspace's own.
        force: Why to promote what the gate refuses; it makes good neither what is not in
            the commit nor a withdrawal.
        by: Who decides; the user of git by default.

    Raises:
        UsageError: If no version can be made here, or the model is not the workspace's own.
        AuditError: If the log is not as it was left.
        MedgraftError: If the champion cannot be compared with; nothing is decided then.
    """
    root = workspace.root
    decider = by or require_repository(root)
    require_repository(root)
    require_entry(root)
    with workspace.held(), held_log(root):
        registry = read_registry(root)
        books = _Books(root, current_log(root, registry), registry, decider)
        record, champion = own_model(workspace, text), registry.champion
        if champion and champion.identity == record.identity:
            return Promotion(record.identity, None, champion.number)
        found = weigh(workspace, record, champion, books.entries)
        judged = judge(record, found.comparison, (*found.final, *found.obstacles))
        if found.final or (judged.failed and force is None):
            return _refuse(books, record, judged)
        _complete(root, found)
        return _promote(books, record, judged, force if judged.failed else None)


def _refuse(books: _Books, record: LineageRecord, judged: Judged) -> Promotion:
    title = f"{record.model.name}: the gate refused {record.identity[:16]}"
    message = "\n".join([title, "", *judged.failed, ""])
    detail = Refused(judged=judged, by=books.by)
    settled = settle(books.root, books.entries, record.identity, detail, message)
    return Promotion(record.identity, judged, None, settled)


def _complete(root: Path, found: Candidate) -> None:
    """Names the commit that holds the inputs by now, where at the time of the run none did."""
    record = found.record
    if record.code.dirty or record.code.revision is None:
        write_json(record.model_copy(update={"code": found.code}), record_file(root, record))


def _promote(books: _Books, record: LineageRecord, judged: Judged, forced: str | None) -> Promotion:
    root, registry, prefix = books.root, books.registry, tag_prefix(books.root)
    number = registry.versions[-1].number + 1 if registry.versions else 1
    digest = hashlib.sha256(record_file(root, record).read_bytes()).hexdigest()
    detail = Promoted(version=number, record_sha256=digest, judged=judged, forced=forced, by=books.by)
    title = f"{record.model.name} v{number} is champion"

    def tags(entry: LogEntry) -> tuple[NewTag, ...]:
        message = f"{title}\n\n{trailers(record.identity, entry.sha256)}"
        return (NewTag(f"{prefix}@v{number}.0.0", message), assignment_tag(prefix, registry, message))

    settled = settle(root, books.entries, record.identity, detail, f"{title}\n", owned=OWNED, tags=tags)
    return Promotion(record.identity, judged, number, settled)


def assignment_tag(prefix: str, registry: Registry, message: str, revision: str | None = None) -> NewTag:
    """Gives the tag that makes a version champion, later than every one before it."""
    latest = registry.assignments[-1] if registry.assignments else None
    number = latest.number + 1 if latest else 1
    return NewTag(f"{prefix}#{STAGE}#{number}", message, latest.time if latest else 0, revision)
