"""What makes a retraining due: a change, a drift beyond its limit, the champion's age."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.outcome import StatusReport
from pipeline.retraining.settings import DriftLimits, RetrainSettings
from stages.contracts.artifact import read_json
from stages.contracts.drift import Drift

_CLASSES = "classes"


def find_triggers(
    root: Path, settings: RetrainSettings, status: StatusReport, trained: datetime | None
) -> tuple[str, ...]:
    """Gives what makes a retraining due, each in words; empty if nothing does.

    Args:
        root: The workspace.
        settings: The limits.
        status: What a run would do.
        trained: When the champion was made; None if there is none, which makes any change due.
    """
    if status.outcome == "up-to-date":
        return ()
    found = [*_changes(status)] if settings.on_change or trained is None else []
    found += _drifts(root, settings.drift, trained)
    if trained and settings.age_days and datetime.now(UTC) - trained > timedelta(days=settings.age_days):
        found.append(f"the champion is older than {settings.age_days:g} days")
    return tuple(found)


def describe_changes(status: StatusReport) -> str:
    """Says in words what changed since the last run, by counts and never by the name of a case."""
    return "; ".join(_changes(status)) or "nothing changed"


def _changes(status: StatusReport) -> Iterator[str]:
    folders = {change.path: change for stage in status.stages for change in stage.changes}
    for path, change in folders.items():
        counts = {"added": change.added, "removed": change.removed, "modified": change.modified}
        parts = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        yield f"{path} changed ({parts})"
    changed = [stage for stage in status.stages if stage.state == "changed" and not stage.changes]
    reasons = dict.fromkeys(why for stage in changed for why in stage.why)
    params = [why for why in reasons if why.startswith("params.yaml")]
    if params:
        yield f"params changed ({', '.join(params[:3]) + (', …' if len(params) > 3 else '')})"
    if len(reasons) > len(params):
        names = [stage.name for stage in changed if any(why not in params for why in stage.why)]
        yield f"{len(names)} stages are new or their code or inputs changed"


def _drifts(root: Path, limits: DriftLimits, trained: datetime | None) -> Iterator[str]:
    """Reads what ingestion measured, as far as it did so after the champion was made."""
    for file in sorted((root / ".medgraft").glob("drift-*.json")):
        if trained and datetime.fromtimestamp(file.stat().st_mtime, UTC) < trained:
            continue
        drift = read_json(Drift, file)
        for shift in drift.shifts:
            limit = limits.classes if shift.measure == _CLASSES else limits.intensities
            if limit is not None and shift.distance >= limit:
                yield f"drift in {drift.domain}: {shift} (limit {limit:g})"
