"""Everything that the site tells, read from records, log, registry and the last ingestion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.lineage.listing import recorded_models
from pipeline.lineage.log import read_log
from pipeline.lineage.registry import read_registry
from pipeline.site.decisions import ShownDecision, show_decisions
from pipeline.site.findings import DomainState, read_monitoring, read_states
from pipeline.site.model import SiteModel
from stages.contracts.monitoring import Monitoring


@dataclass(frozen=True)
class Contents:
    """What there is to tell.

    Attributes:
        models: The newest first.
        champion: Who is; None where nobody ever was, or it has no record.
        since: When it became it, UTC.
        decisions: The latest first.
        states: Of the domains now, the target first.
        monitoring: How the champion did on cases that came after it; None where nobody measured it.
    """

    models: tuple[SiteModel, ...]
    champion: SiteModel | None
    since: str | None
    decisions: tuple[ShownDecision, ...]
    states: tuple[DomainState, ...]
    monitoring: Monitoring | None

    @property
    def name(self) -> str | None:
        """Of the champion or else of the newest model."""
        best = self.champion or next(iter(self.models), None)
        return best.listed.name if best else None

    def about(self, model: SiteModel) -> tuple[ShownDecision, ...]:
        """Gives the decisions about a model, the latest first."""
        return tuple(one for one in self.decisions if one.model is model)


def read_contents(root: Path) -> Contents:
    """Reads it.

    Raises:
        AuditError: If the log was changed.
        DataError: If a record or an artifact is damaged.
    """
    registry, entries = read_registry(root), read_log(root)
    models = tuple(SiteModel(*pair) for pair in recorded_models(root, registry, entries))
    champion = next((one for one in models if one.standing == "champion"), None)
    states = read_states(root)
    patients = pd.concat([pd.Series(dtype="string"), *(state.patients for state in states)])
    decisions = show_decisions(entries, {one.record.identity: one for one in models}, patients)
    crowned = [one.at for one in decisions if one.kind in ("promoted", "rolled_back")]
    since = registry.assignments[-1].time if registry.assignments else None
    monitoring = read_monitoring(root, since) if since else None
    return Contents(models, champion, next(iter(crowned), None), decisions, states, monitoring)
