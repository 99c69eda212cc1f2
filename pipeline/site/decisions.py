"""The log's entries in words; what people wrote by hand names no patient, and a withdrawal names nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import pandas as pd

from pipeline.lineage.decision import (
    Judged,
    Kept,
    Promoted,
    Refused,
    Retrained,
    RolledBack,
    Withdrawn,
)
from pipeline.lineage.log import LogEntry
from pipeline.report.number import percent, plain, signed
from pipeline.report.shown_finding import HIDDEN, patient_pattern
from pipeline.report.wording import metric_name
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
            title=_title(entry.detail),
            why=(*_why(entry.detail), *_reason(hidden.sub(HIDDEN, written[entry.number] or ""))),
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


@singledispatch
def _title(detail: Any) -> str:
    raise TypeError(type(detail).__name__)


@_title.register
def _(detail: Promoted) -> str:
    return f"v{detail.version} became champion{' against the gate' if detail.forced else ''}"


@_title.register
def _(_: Refused) -> str:
    return "The gate refused; the champion stays"


@_title.register
def _(_: Kept) -> str:
    return "Nothing was judged; the champion stays"


@_title.register
def _(detail: RolledBack) -> str:
    return f"v{detail.version} is champion again, in place of v{detail.before}"


@_title.register
def _(detail: Withdrawn) -> str:
    return f"A {detail.subject} withdrew"


@_title.register
def _(_: Retrained) -> str:
    return "A retraining made this model"


@singledispatch
def _why(detail: Any) -> tuple[str, ...]:
    raise TypeError(type(detail).__name__)


@_why.register
def _(detail: Promoted) -> tuple[str, ...]:
    alone = "The first champion: there was none to compare with."
    said = alone if detail.version == 1 else "It was not compared with the champion before."
    return (*(() if detail.judged.comparison else (said,)), *_judged(detail.judged))


@_why.register
def _(detail: Refused) -> tuple[str, ...]:
    return _judged(detail.judged)


@_why.register
def _(detail: Kept) -> tuple[str, ...]:
    return (detail.reason,)


@_why.register
def _(_: RolledBack) -> tuple[str, ...]:
    return ()


@_why.register
def _(detail: Withdrawn) -> tuple[str, ...]:
    number = len(detail.models)
    return (f"{number} model{' had' if number == 1 else 's had'} seen the {detail.subject}.",)


@_why.register
def _(detail: Retrained) -> tuple[str, ...]:
    return (f"Due: {detail.trigger}",)


def _judged(judged: Judged) -> tuple[str, ...]:
    compared = judged.comparison
    figures: tuple[str, ...] = ()
    if compared:
        gap = compared.difference
        figures = (
            f"{metric_name(compared.metric)} {plain(compared.challenger_score.value)} against "
            f"{plain(compared.champion_score.value)} of the champion: {signed(gap.value)}, "
            f"{percent(compared.confidence)} interval {signed(gap.low)} to {signed(gap.high)}, on the same "
            f"{compared.test_cases} test cases.",
        )
        figures += tuple(f"Caution: {caution}." for caution in compared.cautions)
    return (*figures, *(f"Not met: {criterion}." for criterion in judged.failed))
