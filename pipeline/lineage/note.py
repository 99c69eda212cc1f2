"""What a run notes of itself before it makes a model."""

from __future__ import annotations

from pipeline.lineage.record import GateCriteria
from stages.contracts.artifact import Record


class Note(Record):
    """Kept in `.medgraft/` until the model's record is written."""

    criteria: GateCriteria
    """As params.yaml had them before the first stage ran."""
    started_at: str
    """UTC, ISO 8601."""
    trigger: str | None
