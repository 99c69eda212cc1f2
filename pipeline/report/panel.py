"""One panel of learning curves: the losses of a candidate's seeds over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.report import drawing
from pipeline.report.axis import logarithmic
from pipeline.report.drawing import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES = (
    ("train_loss", drawing.ORANGE, (0, (3, 1.5)), "training"),
    ("val_loss", drawing.BLUE, "-", "validation"),
)


@dataclass(frozen=True)
class Limits:
    """Axes that panels share: the last epoch, and the smallest and largest loss."""

    epochs: float
    low: float
    high: float


def limits_of(tables: list[pd.DataFrame]) -> Limits:
    """Finds the axes that hold all losses of some histories."""
    losses = pd.concat(
        [table[column] for table in tables for column, *_ in _LINES] or [pd.Series(dtype=float)]
    )
    losses = losses[losses > 0]
    if losses.empty:
        return Limits(1, 0.1, 1)
    # A few losses next to nothing would press all other lines flat.
    low = float(losses.quantile(0.02))
    epochs = max(float(table["epoch"].max()) for table in tables if len(table))
    return Limits(epochs, low / 1.25, max(float(losses.max()), low) * 1.25)


def draw_panel(key: str, name: str, by_seed: dict[int, pd.DataFrame], limits: Limits) -> Drawing:
    """Draws the losses of every seed; to be called within `drawing.drawn`."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(3.1, 2.2))
    axes = figure.add_axes((0.19, 0.21, 0.78, 0.66))
    for number, table in enumerate(by_seed.values()):
        _plot(axes, table, named=number == 0)
    logarithmic(axes, limits.low, limits.high)
    margin = max(0.1, 0.03 * limits.epochs)
    axes.set_xlim(1 - margin, limits.epochs + margin)
    axes.set_xlabel("epoch", labelpad=1)
    axes.set_ylabel("loss", labelpad=1)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    place = (-0.03, 0.98)
    axes.legend(
        loc="lower left", bbox_to_anchor=place, ncols=2, borderpad=0, columnspacing=1.2, handlelength=1.8
    )
    seeds = f"{len(by_seed)} seeds" if len(by_seed) > 1 else "one seed"
    svg = drawing.as_svg(figure, key, f"Training and validation loss of {name} over the epochs, {seeds}.")
    return Drawing(svg, name, "", width=380)


def _plot(axes: Axes, table: pd.DataFrame, *, named: bool) -> None:
    marker, size = ("o", 4) if len(table) == 1 else (".", 3)
    for column, colour, dash, label in _LINES:
        points = table.dropna(subset=[column])
        axes.plot(
            points["epoch"],
            points[column],
            color=colour,
            linestyle=dash,
            linewidth=1.2,
            marker=marker,
            markersize=size,
            alpha=0.85,
            label=label if named else None,
        )
