"""The models on record with their figures, versions and what was decided about them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pipeline.lineage.log import LogEntry, read_log
from pipeline.lineage.naming import current_record, record_at
from pipeline.lineage.record import LineageRecord
from pipeline.lineage.registry import Registry, read_registry
from pipeline.lineage.shelf import read_records
from pipeline.lineage.withdrawals import withdrawn_models
from stages.contracts.artifact import Record
from stages.contracts.scores import Interval, Verdict

Decision = Literal["promoted", "refused", "kept", "rolled_back", "withdrawn", "retrained"]


class ListedModel(Record):
    """One model."""

    identity: str
    name: str
    version: int | None
    """Null for a model that was never promoted."""
    champion: bool
    current: bool
    """Whether it is the model in the workspace."""
    made_at: str
    """UTC, ISO 8601."""
    metric: str
    score: Interval
    """Test split of its own run, in the metric of the verdict."""
    difference: Interval
    """From the scratch control."""
    verdict: Verdict
    dirty: bool
    """Whether the commit of its run lacked something that it was made from."""
    decision: Decision | None
    """The last one about it."""
    withdrawn: bool
    """Whether a patient or a case that it saw has withdrawn since."""


class ModelList(Record):
    """All of them, the newest first."""

    champion: int | None
    """Version."""
    models: tuple[ListedModel, ...]


def list_models(root: Path) -> ModelList:
    """Lists every model that has a record, or that a version names.

    Raises:
        AuditError: If the log was changed.
        DataError: If a record is damaged.
    """
    registry, entries = read_registry(root), read_log(root)
    champion = registry.champion
    return ModelList(
        champion=champion.number if champion else None,
        models=tuple(model for _, model in recorded_models(root, registry, entries)),
    )


def recorded_models(
    root: Path, registry: Registry, entries: Sequence[LogEntry]
) -> tuple[tuple[LineageRecord, ListedModel], ...]:
    """Gives every model's record and its line of the list, the newest first.

    Raises:
        DataError: If a record is damaged.
    """
    records = list(read_records(root))
    known = {record.identity for record in records}
    elsewhere = [version for version in registry.versions if version.identity not in known]
    records += [found for version in elsewhere if (found := record_at(root, version))]
    own, withdrawn = current_record(root), withdrawn_models(entries)
    listed = [
        (record, _listed(record, own, registry, entries, withdrawn=record.identity in withdrawn))
        for record in records
    ]
    return tuple(sorted(listed, key=lambda pair: pair[1].made_at, reverse=True))


def _listed(
    record: LineageRecord,
    own: LineageRecord | None,
    registry: Registry,
    entries: Sequence[LogEntry],
    *,
    withdrawn: bool,
) -> ListedModel:
    version = next((one for one in reversed(registry.versions) if one.identity == record.identity), None)
    champion, metric = registry.champion, record.evaluation.verdict_metric
    about = [entry.detail.kind for entry in entries if entry.identity == record.identity]
    return ListedModel(
        identity=record.identity,
        name=record.model.name,
        version=version.number if version else None,
        champion=champion is not None and champion == version,
        current=own is not None and own.identity == record.identity,
        made_at=record.observed.written_at,
        metric=metric,
        score=record.evaluation.selected[metric],
        difference=record.difference,
        verdict=record.evaluation.verdict,
        dirty=bool(record.code.dirty),
        decision=about[-1] if about else None,
        withdrawn=withdrawn,
    )
