"""What each kind of entry of the log says, in words."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from pipeline.lineage.decision import (
    Judged,
    Kept,
    Promoted,
    Refused,
    Retrained,
    RolledBack,
    Withdrawn,
)
from pipeline.report.number import percent, plain, signed
from pipeline.report.wording import metric_name


@singledispatch
def title_of(detail: Any) -> str:
    """Says what was decided, in a line."""
    raise TypeError(type(detail).__name__)


@title_of.register
def _(detail: Promoted) -> str:
    return f"v{detail.version} became champion{' against the gate' if detail.forced else ''}"


@title_of.register
def _(_: Refused) -> str:
    return "The gate refused; the champion stays"


@title_of.register
def _(_: Kept) -> str:
    return "Nothing was judged; the champion stays"


@title_of.register
def _(detail: RolledBack) -> str:
    return f"v{detail.version} is champion again, in place of v{detail.before}"


@title_of.register
def _(detail: Withdrawn) -> str:
    return f"A {detail.subject} withdrew"


@title_of.register
def _(_: Retrained) -> str:
    return "A retraining made this model"


@singledispatch
def reasons_of(detail: Any) -> tuple[str, ...]:
    """Says why, in sentences without anything that somebody wrote by hand."""
    raise TypeError(type(detail).__name__)


@reasons_of.register
def _(detail: Promoted) -> tuple[str, ...]:
    alone = "The first champion: there was none to compare with."
    said = alone if detail.version == 1 else "It was not compared with the champion before."
    return (*(() if detail.judged.comparison else (said,)), *_judged(detail.judged))


@reasons_of.register
def _(detail: Refused) -> tuple[str, ...]:
    return _judged(detail.judged)


@reasons_of.register
def _(detail: Kept) -> tuple[str, ...]:
    return (detail.reason,)


@reasons_of.register
def _(_: RolledBack) -> tuple[str, ...]:
    return ()


@reasons_of.register
def _(detail: Withdrawn) -> tuple[str, ...]:
    number = len(detail.models)
    return (f"{number} model{' had' if number == 1 else 's had'} seen the {detail.subject}.",)


@reasons_of.register
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
