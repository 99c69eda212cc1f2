"""What becomes of the model that a retraining made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.lineage.decision import Retrained
from pipeline.lineage.log import append_entry, read_log
from pipeline.lineage.naming import current_record
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import read_registry
from pipeline.lineage.shelf import read_records

BY = "medgraft retrain"


@dataclass(frozen=True)
class Decided:
    """A decision in words."""

    identity: str | None
    verdict: str
    text: str


def decide(root: Path, trigger: str) -> Decided:
    """Records the retraining in the log of decisions.

    Args:
        root: The workspace, held by nobody.
        trigger: What made the retraining due; it goes into the log.
    """
    record = current_record(root, read_records(root))
    if record is None:
        return Decided(None, "", "none: the pipeline packages no model")
    append_entry(root, record.identity, Retrained(trigger=trigger, by=BY))
    return Decided(record.identity, verdict_of(record), "none yet: `medgraft promote` has the gate judge it")


def is_pending(root: Path) -> bool:
    """Tells whether a retraining was killed after it made the model and before it was recorded."""
    if (root / ".medgraft" / "record.due").exists():
        return True
    record = current_record(root, read_records(root))
    if record is None or record.observed.trigger is None:
        return False
    return not any(entry.identity == record.identity for entry in read_log(root))


def when_trained(root: Path) -> datetime | None:
    """Gives when the champion became it; without one, when the newest model was made."""
    if assignments := read_registry(root).assignments:
        return datetime.fromtimestamp(assignments[-1].time, UTC)
    records = read_records(root)
    return datetime.fromisoformat(records[-1].observed.written_at) if records else None


def verdict_of(record: LineageRecord) -> str:
    """Says in words how the model did against the same budget from scratch."""
    evaluation, difference = record.evaluation, record.difference
    return (
        f"{evaluation.verdict} transfer: {evaluation.verdict_metric} {difference.value:+.3f} "
        f"[{difference.low:+.3f}, {difference.high:+.3f}] against scratch"
    )
