"""Adds to a trace what registry and log know of the models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipeline.lineage.log import read_log
from pipeline.lineage.registry import read_registry
from pipeline.lineage.withdrawals import withdrawn_models
from pipeline.trace.report import TraceReport


def marked(root: Path, report: TraceReport) -> TraceReport:
    """Gives the report with versions, the champion, and models that saw someone who withdrew.

    Raises:
        AuditError: If the log was changed.
    """
    registry = read_registry(root)
    numbers = {version.identity: version.number for version in registry.versions}
    champion = registry.champion.identity if registry.champion else None
    withdrawn = withdrawn_models(read_log(root))
    models = (
        replace(
            model,
            version=numbers.get(model.identity),
            champion=model.identity == champion,
            withdrawn=model.identity in withdrawn,
        )
        for model in report.models
    )
    return replace(report, models=tuple(models))
