"""The log's entries in words; what people wrote by hand names no patient, and a withdrawal names nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.lineage.decision import Promoted, RolledBack
from pipeline.lineage.log import LogEntry
from pipeline.report.shown_finding import HIDDEN, patient_pattern
from pipeline.site.decision_words import reasons_of, title_of
from pipeline.site.model import SiteModel, minute


@dataclass(frozen=True)
class ShownDecision:
    """One entry.

    Attributes:
        number: In the log.
        at: UTC, to the minute.
        kind: As the log calls it.
        title: What was decided.
        why: Sentences: the figures, the criteria, the reason.
        by: Whose decision it was.
        model: About which; None where it was about none, or about one without a record.
    """

    number: int
    at: str
    kind: str
    title: str
    why: tuple[str, ...]
    by: str
    model: SiteModel | None


def show_decisions(
    entries: Sequence[LogEntry], models: Mapping[str, SiteModel], patients: pd.Series[str]
) -> tuple[ShownDecision, ...]:
    """Puts the entries of the log in words, the latest first.

    Args:
        entries: The log.
        models: By identity.
        patients: Every patient identifier that is known here, which a reason may quote.
    """
    written = {entry.number: _written_by_hand(entry.detail) for entry in entries}
    hidden = patient_pattern("\n".join(filter(None, written.values())), patients)
    return tuple(
        ShownDecision(
            number=entry.number,
            at=minute(entry.at),
            kind=entry.kind,
            title=title_of(entry.detail),
            why=(*reasons_of(entry.detail), *_reason(hidden.sub(HIDDEN, written[entry.number] or ""))),
            by=entry.detail.by.partition(" <")[0],
            model=models.get(entry.identity or ""),
        )
        for entry in reversed(entries)
    )


def _written_by_hand(detail: Any) -> str | None:
    if isinstance(detail, Promoted):
        return detail.forced
    return detail.reason if isinstance(detail, RolledBack) else None


def _reason(text: str) -> tuple[str, ...]:
    return (f"Reason given: {text}",) if text else ()
