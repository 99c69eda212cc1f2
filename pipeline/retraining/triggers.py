"""What makes a retraining due: a change, a drift beyond its limit, the champion's failing or age."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.outcome import StatusReport
from pipeline.retraining.settings import DriftLimits, RetrainSettings
from stages.contracts.artifact import read_json
from stages.contracts.drift import Drift
from stages.contracts.monitoring import Monitoring
from stages.contracts.task import side_of

_CLASSES = "classes"


def find_triggers(
    root: Path,
    settings: RetrainSettings,
    status: StatusReport,
    trained: datetime | None,
    monitoring: Monitoring | None = None,
) -> tuple[str, ...]:
    """Gives all that makes a retraining due, each in words; empty if nothing does.

    Args:
        root: The workspace.
        settings: The limits.
        status: What a run would do.
        trained: When the champion was made; None if there is none, which makes any change due.
        monitoring: How the champion does on new cases, if that was measured.
    """
    if status.outcome == "up-to-date":
        return ()
    found = [*_changes(status)] if settings.on_change or trained is None else []
    found += _drifts(root, settings.drift, trained)
    found += _failings(settings, monitoring) if monitoring else []
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


def _failings(settings: RetrainSettings, monitoring: Monitoring) -> Iterator[str]:
    """Says where the champion is no longer what it was when it was tested."""
    counts, limit = (
        f"{monitoring.new} new cases against {monitoring.against} test cases",
        settings.drift.predictions,
    )
    for shift in monitoring.shifts:
        if limit is not None and shift.distance >= limit and monitoring.is_certain(shift):
            yield f"drift of the champion's predictions, {counts}: {shift} (limit {limit:g})"
    lowest, found = settings.performance, monitoring.performance
    if lowest is None or found is None or found.cases < lowest.least:
        return
    if side_of(found.metric) * (found.score.value - lowest.limit) < 0:
        yield f"the champion's performance on newly labelled cases: {found} (limit {lowest.limit:g})"
