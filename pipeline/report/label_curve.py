"""The learning curve: test scores over label budgets, and how many labels transfer saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.report import drawing
from pipeline.report.drawing import Drawing
from pipeline.report.number import count, percent, plain
from pipeline.report.places import Places
from pipeline.report.wording import NAMES, metric_name, verdict_words
from stages.contracts.artifact import read_json
from stages.contracts.budget import ALL
from stages.contracts.scores import Curve, CurvePoint, Evaluation, Interval, Labels, LabelsSaved

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BESIDE = {"selected": 0.97, "scratch": 1.03}
"""Factors on the number of cases, so that the intervals of the two models do not cover each other."""


@dataclass(frozen=True)
class BudgetRow:
    """One label budget."""

    name: str
    cases: int
    share: str
    selected: Interval
    scratch: Interval
    difference: Interval
    verdict: str


@dataclass(frozen=True)
class LabelCurve:
    """Scores over label budgets.

    Attributes:
        metric: Name of the score.
        confidence: Of its intervals.
        answer: How many labels transfer saved, in words.
        rows: One per budget, the smallest first.
        figure: The curve.
    """

    metric: str
    confidence: str
    answer: str
    rows: tuple[BudgetRow, ...]
    figure: Drawing


def read_label_curve(places: Places) -> LabelCurve | None:
    """Reads the curve; None where the grid has no budgets, or the test split is not evaluated.

    Raises:
        DataError: If the artifact is damaged.
    """
    if not places.metrics.is_file():
        return None
    evaluation = read_json(Evaluation, places.metrics)
    curve = evaluation.curve
    if curve is None:
        return None
    confidence = percent(evaluation.confidence)
    return LabelCurve(
        metric=metric_name(curve.metric),
        confidence=confidence,
        answer=tell_saved(curve.saved, curve.points[ALL].cases, metric_name(curve.metric), confidence),
        rows=tuple(_row(name, point, curve.metric) for name, point in curve.points.items()),
        figure=_draw(curve, confidence),
    )


def tell_saved(saved: LabelsSaved, every: int, metric: str, confidence: str) -> str:
    """Says in words how many labels transfer saved.

    Args:
        saved: The answer.
        every: All labelled cases.
        metric: Name of the score.
        confidence: Of the interval.
    """
    low, high = (_labels(end) for end in (saved.low, saved.high))
    interval = f" The {confidence} interval of the labels needed is {low} to {high}."
    if saved.needed is None:
        text = (
            f"With none of these budgets, all labels included, the transferred model reached the {metric} of "
            f"the control with all {count(every)} labels ({plain(saved.target)}): transfer saved no labels."
        )
        return text + interval
    needed = f"{count(saved.needed.cases)} of {count(every)} labels ({percent(saved.needed.share)})"
    return (
        f"With {needed} the transferred model reached the {metric} of the control with all of them "
        f"({plain(saved.target)}): {count(saved.saved)} labels saved." + interval
    )


def _labels(labels: Labels | None) -> str:
    return "more than there are" if labels is None else count(labels.cases)


def _row(name: str, point: CurvePoint, metric: str) -> BudgetRow:
    return BudgetRow(
        name=name,
        cases=point.cases,
        share=percent(point.share),
        selected=point.selected[metric],
        scratch=point.scratch[metric],
        difference=point.difference[metric],
        verdict=verdict_words(point.verdict).title,
    )


def _draw(curve: Curve, confidence: str) -> Drawing:
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    metric = metric_name(curve.metric)
    with drawing.drawn():
        figure = Figure(figsize=(4.4, 3.3))
        axes = figure.add_axes((0.15, 0.16, 0.82, 0.74))
        axes.axhline(curve.saved.target, color=drawing.COLOURS["scratch"], linewidth=1, linestyle=":")
        for role in NAMES:
            _plot(axes, curve, role)
        cases = [point.cases for point in curve.points.values()]
        axes.set_xscale("log")
        axes.set_xlim(min(cases) / 1.25, max(cases) * 1.25)
        axes.set_xticks(cases, [count(number) for number in cases])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set(xlabel="labelled training cases", ylabel=f"test {metric}")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.03, 0.99), ncols=2, borderpad=0, columnspacing=1.2)
        spoken = f"Test {metric} of both models over {len(cases)} label budgets; the table has every number."
        svg = drawing.as_svg(figure, "label-curve", spoken)
    return Drawing(
        svg,
        f"Test {metric} over the number of labels",
        f"Marks: the seed chosen on validation, with its {confidence} interval; small dots: every seed. The "
        "dotted line is the scratch control with all labels.",
        width=480,
    )


def _plot(axes: Axes, curve: Curve, role: str) -> None:
    points = list(curve.points.values())
    places = [point.cases * _BESIDE[role] for point in points]
    scores = [getattr(point, role)[curve.metric] for point in points]
    values = [score.value for score in scores]
    spread = [
        [max(0.0, score.value - score.low) for score in scores],
        [max(0.0, score.high - score.value) for score in scores],
    ]
    colour = drawing.COLOURS[role]
    axes.errorbar(
        places,
        values,
        yerr=spread,
        fmt=drawing.MARKERS[role],
        linestyle=drawing.DASHES[role],
        color=colour,
        markersize=5.5,
        linewidth=1.2,
        capsize=2,
        label=NAMES[role],
    )
    for place, point in zip(places, points, strict=True):
        dots = [seed[curve.metric] for seed in point.seeds.get(role, {}).values()]
        axes.plot([place] * len(dots), dots, "o", color=colour, markersize=3, alpha=0.5, markeredgewidth=0)
