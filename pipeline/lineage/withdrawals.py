"""The models that saw somebody who has withdrawn since, as the log of decisions tells it."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.lineage.decision import Withdrawn
from pipeline.lineage.log import LogEntry


def withdrawn_models(entries: Iterable[LogEntry]) -> frozenset[str]:
    """Gives the identities of the models that a withdrawal names."""
    details = (entry.detail for entry in entries)
    return frozenset(one for detail in details if isinstance(detail, Withdrawn) for one in detail.models)
