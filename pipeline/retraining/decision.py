"""What becomes of the model that a retraining made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.lineage.code import read_code
from pipeline.lineage.decision import Kept, Retrained
from pipeline.lineage.log import append_entry, read_log
from pipeline.lineage.naming import current_record
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import read_registry
from pipeline.lineage.shelf import newest_record
from pipeline.lineage.transaction import commit_files
from pipeline.workspace import Workspace
from stages.contracts.errors import MedgraftError

if TYPE_CHECKING:
    from pipeline.lineage.promotion import Promotion

BY = "medgraft retrain"


@dataclass(frozen=True)
class Decided:
    """A decision in words."""

    identity: str | None
    verdict: str
    text: str


def decide(root: Path, trigger: str) -> Decided:
    """Has the gate judge the workspace's model, and promotes it or keeps the champion.

    Args:
        root: The workspace, held by nobody; it must be the current folder.
        trigger: What made the retraining due; it goes into the log.
    """
    from pipeline.lineage.promotion import promote_model  # a run with nothing to do needs no gate

    record = current_record(root)
    if record is None:
        return Decided(None, "", "none: the pipeline packages no model")
    if _kinds(root, record)[-1:] != ["retrained"]:
        append_entry(root, record.identity, Retrained(trigger=trigger, by=BY))
    try:
        commit_pointers(root, record)
        text = _describe(promote_model(Workspace(root), by=BY))
    except MedgraftError as error:
        append_entry(root, record.identity, Kept(reason=error.what, by=BY))
        text = f"the champion stays, and nothing was judged: {error.what}"
    return Decided(record.identity, verdict_of(record), text)


def _describe(promotion: Promotion) -> str:
    if promotion.judged is None:
        return f"the same model as before: v{promotion.version} stays champion"
    if promotion.version is None:
        return f"refused, the champion stays: {'; '.join(promotion.judged.failed)}"
    compared = promotion.judged.comparison
    if compared is None:
        return f"promoted: v{promotion.version} is champion, the first one"
    gap = compared.difference
    shown = f"{compared.metric} {gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}] against the one before"
    return f"promoted: v{promotion.version} is champion ({shown})"


def commit_pointers(root: Path, record: LineageRecord) -> str | None:
    """Commits DVC's pointers to the raw data that a model was made from: without, it is no version.

    Args:
        root: The workspace.
        record: Of the model.

    Returns:
        The commit, where one was needed.
    """
    dirty = [Path(path) for path in read_code(root, record.made_by).dirty if path.endswith(".dvc")]
    beside = {path.parent / ".gitignore" for path in dirty}
    files = [path for path in (*dirty, *sorted(beside)) if (root / path).is_file()]
    if not dirty:
        return None
    contents = {path.as_posix(): (root / path).read_bytes() for path in files}
    return commit_files(root, contents, f"Data of {record.model.name} {record.identity[:16]}\n")


def is_pending(root: Path) -> bool:
    """Tells whether a retraining was killed after it made the model and before it was recorded."""
    if (root / ".medgraft" / "record.due").exists():
        return True
    record = current_record(root)
    if record is None or record.observed.trigger is None:
        return False
    return all(kind == "retrained" for kind in _kinds(root, record))


def _kinds(root: Path, record: LineageRecord) -> list[str]:
    """Gives the kinds of the decisions about a model, the latest last."""
    return [entry.kind for entry in read_log(root) if entry.identity == record.identity]


def when_trained(root: Path) -> datetime | None:
    """Gives when the champion became it; without one, when the newest model was made."""
    if assignments := read_registry(root).assignments:
        return datetime.fromtimestamp(assignments[-1].time, UTC)
    record = newest_record(root)
    return datetime.fromisoformat(record.observed.written_at) if record else None


def verdict_of(record: LineageRecord) -> str:
    """Says in words how the model did against the same budget from scratch."""
    evaluation, difference = record.evaluation, record.difference
    return (
        f"{evaluation.verdict} transfer: {evaluation.verdict_metric} {difference.value:+.3f} "
        f"[{difference.low:+.3f}, {difference.high:+.3f}] against scratch"
    )
