"""The models over time: each one's test score with its interval, in the order in which they were made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.report import drawing
from pipeline.report.drawing import Drawing
from pipeline.report.number import percent
from pipeline.site.model import SiteModel, Standing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Screen = Literal["wide", "narrow"]


@dataclass(frozen=True)
class Look:
    """How models of one standing are drawn: a shape besides the colour."""

    colour: str
    marker: str
    filled: bool
    name: str


_LOOKS: dict[Standing, Look] = {
    "other": Look(drawing.INK, ".", True, "no version"),
    "refused": Look(drawing.VERMILLION, "x", True, "refused"),
    "former": Look(drawing.BLUE, "o", False, "was champion"),
    "champion": Look(drawing.BLUE, "D", True, "champion"),
}
_SIZES: dict[Screen, tuple[float, float, int, int]] = {
    "wide": (8.9, 3.0, 940, 8),
    "narrow": (3.4, 2.7, 380, 3),
}
"""Width and height in inches, width in pixels, dates on the axis."""


def draw_timelines(models: Sequence[SiteModel]) -> tuple[Drawing, ...]:
    """Draws the models, the oldest first: for each metric once for a wide screen and once for a phone."""
    metrics = dict.fromkeys(model.listed.metric for model in reversed(models))
    drawings: list[Drawing] = []
    with drawing.drawn():
        for metric in metrics:
            shown = [one for one in models if one.listed.metric == metric]
            shown = [one for one in shown if math.isfinite(one.listed.score.value)]
            drawings += [_draw(shown, screen) for screen in _SIZES if shown]
    return tuple(drawings)


def _draw(models: Sequence[SiteModel], screen: Screen) -> Drawing:
    from matplotlib.figure import Figure

    width, height, pixels, dates = _SIZES[screen]
    figure = Figure(figsize=(width, height))
    left = 0.56 / width
    axes = figure.add_axes((left, 0.36 / height, 0.99 - left, 1 - 0.7 / height))
    for standing, look in _LOOKS.items():
        _mark(axes, models, standing, look)
    axes.set_ylabel(models[-1].metric, labelpad=3)
    axes.set_xlim(-0.6, len(models) - 0.4)
    axes.grid(visible=False, axis="x")
    _date(axes, models, dates)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=4 if screen == "wide" else 2,
        borderpad=0,
        columnspacing=1.2,
        handletextpad=0.3,
    )
    label = f"{models[-1].metric} of {len(models)} models over time; the table has every number."
    svg = drawing.as_svg(figure, f"{models[-1].listed.metric}-{screen}", label)
    title = f"{models[-1].metric} of every model"
    return Drawing(svg, title, _caption(models), width=pixels, screen=screen)


def _mark(axes: Axes, models: Sequence[SiteModel], standing: Standing, look: Look) -> None:
    chosen = [(place, one.listed.score) for place, one in enumerate(models) if one.standing == standing]
    if not chosen:
        return
    places = [place for place, _ in chosen]
    values = [score.value for _, score in chosen]
    axes.vlines(
        places,
        [score.low for _, score in chosen],
        [score.high for _, score in chosen],
        color=look.colour,
        linewidth=1.4 if len(models) <= 60 else 0.8,
        alpha=0.75,
    )
    axes.plot(
        places,
        values,
        look.marker,
        color=look.colour,
        markerfacecolor=look.colour if look.filled else "white",
        markeredgewidth=1.6,
        markersize=(7 if standing == "champion" else 5) if len(models) <= 60 else 4,
        label=look.name,
    )


def _date(axes: Axes, models: Sequence[SiteModel], most: int) -> None:
    """Writes the days at a few models; models are apart by their order, not by their days."""
    step = max(1, math.ceil(len(models) / most))
    places = range(0, len(models), step)
    axes.set_xticks(list(places), [models[place].made[:10] for place in places])


def _caption(models: Sequence[SiteModel]) -> str:
    levels = {model.record.evaluation.confidence for model in models}
    intervals = f"{percent(levels.pop())} interval" if len(levels) == 1 else "interval"
    better = " Lower is better." if models[-1].lower_is_better else ""
    return (
        f"From the oldest to the newest; a line is the {intervals}, the mark in it the score on the test "
        f"split of that time. Diamond: the champion; circle: was champion; cross: refused.{better} Where "
        "the data changed in between, only the gate's comparisons are on the same cases."
    )
