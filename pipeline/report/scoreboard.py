"""The test split's scores: both models, their paired difference, and the spread over seeds."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.report import drawing
from pipeline.report.axis import name_row, row_axes
from pipeline.report.drawing import Drawing
from pipeline.report.number import percent
from pipeline.report.places import Places
from pipeline.report.wording import metric_name
from stages.contracts.artifact import read_json
from stages.contracts.scores import Evaluation, Interval
from stages.contracts.task import LOWER_IS_BETTER

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class ScoreRow:
    """One metric."""

    metric: str
    name: str
    selected: Interval
    scratch: Interval | None
    difference: Interval | None
    decides: bool

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller value is the better one."""
        return self.metric in LOWER_IS_BETTER


@dataclass(frozen=True)
class Spread:
    """One metric of one model over its seeds."""

    values: tuple[tuple[str, float], ...]

    @property
    def mean(self) -> float | None:
        """Mean over the seeds."""
        return statistics.fmean(v for _, v in self.values) if self.values else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the seeds; None for a single one."""
        return statistics.stdev(v for _, v in self.values) if len(self.values) > 1 else None


@dataclass(frozen=True)
class SeedRow:
    """One metric of both models over their seeds."""

    name: str
    selected: Spread
    scratch: Spread


@dataclass(frozen=True)
class Scoreboard:
    """Everything in `metrics.json`, in the order in which it is shown."""

    evaluation: Evaluation
    confidence: str
    rows: tuple[ScoreRow, ...]
    seeds: tuple[SeedRow, ...]
    figure: Drawing


def read_scoreboard(places: Places) -> Scoreboard | None:
    """Reads the test scores; None while the test split is not evaluated.

    Raises:
        DataError: If the artifact is damaged.
    """
    if not places.metrics.is_file():
        return None
    evaluation = read_json(Evaluation, places.metrics)
    rows = tuple(
        ScoreRow(
            metric=metric,
            name=metric_name(metric),
            selected=interval,
            scratch=evaluation.scratch.get(metric),
            difference=evaluation.difference.get(metric),
            decides=metric == evaluation.verdict_metric,
        )
        for metric, interval in evaluation.selected.items()
    )
    confidence = percent(evaluation.confidence)
    return Scoreboard(
        evaluation=evaluation,
        confidence=confidence,
        rows=rows,
        seeds=tuple(
            SeedRow(
                r.name, _spread(evaluation, "selected", r.metric), _spread(evaluation, "scratch", r.metric)
            )
            for r in rows
        ),
        figure=_draw(rows, confidence),
    )


def _spread(evaluation: Evaluation, role: str, metric: str) -> Spread:
    by_seed = evaluation.seeds.get(role, {})
    found = [(seed, by_seed[seed][metric]) for seed in sorted(by_seed, key=_order) if metric in by_seed[seed]]
    return Spread(tuple((seed, value) for seed, value in found if math.isfinite(value)))


def _order(seed: str) -> tuple[int, str]:
    return (int(seed), "") if seed.isdecimal() else (0, seed)


def _draw(rows: tuple[ScoreRow, ...], confidence: str) -> Drawing:
    shown = [(row, row.difference) for row in rows if row.difference and math.isfinite(row.difference.value)]
    with drawing.drawn():
        figure, axes = row_axes(len(shown))
        axes.axvline(0, color=drawing.INK, linewidth=1)
        for place, (row, gap) in enumerate(shown):
            _mark(axes, place, row, gap)
        axes.set_title("\u2190 scratch better", loc="left", y=0, pad=-27)
        axes.set_title("transfer better \u2192", loc="right", y=0, pad=-27)
        spoken = "Paired differences of the test metrics with their intervals; the table has every number."
        svg = drawing.as_svg(figure, "difference", spoken)
    return Drawing(
        svg,
        "Paired difference of every test metric",
        f"Each line is the {confidence} interval of the difference between the transferred model and the "
        "scratch control on the same resampled cases. A line that crosses zero (grey) shows no difference.",
        width=440,
    )


def _mark(axes: Axes, place: int, row: ScoreRow, gap: Interval) -> None:
    # Mirrored where lower is better, so that right is always in favour of transfer.
    side = -1 if row.lower_is_better else 1
    low, high = sorted((side * gap.low, side * gap.high))
    colour = drawing.BLUE if low > 0 else drawing.VERMILLION if high < 0 else drawing.FAINT
    axes.plot([low, high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
    axes.plot([side * gap.value], [place], "D" if row.decides else "o", color=colour, markersize=6)
    turned = " (sign turned)" if row.lower_is_better else ""
    name_row(axes, place, row.name + turned + (" \u2013 decides" if row.decides else ""))
