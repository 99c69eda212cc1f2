"""Axes that write plain numbers: matplotlib's own logarithmic labels are in TeX, which our text is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def logarithmic(axes: Axes, low: float, high: float) -> None:
    """Makes the y axis logarithmic, with as many labels as a small figure takes."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_yscale("log")
    axes.set_ylim(low, high)
    steps = (1.0, 2.0, 5.0) if high / low < 50 else (1.0, 3.0) if high / low < 500 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def name_row(axes: Axes, row: int, name: str) -> None:
    """Writes a row's name above its marks, where even a phone has room for it."""
    axes.annotate(
        name,
        (0.0, row - 0.36),
        xycoords=("axes fraction", "data"),
        fontsize=8.5,
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    )


def row_axes(rows: int) -> tuple[Figure, Axes]:
    """Makes a figure of named rows, from top to bottom, as high as they need."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    height = 0.62 + 0.36 * max(rows, 1)
    figure = Figure(figsize=(3.8, height))
    axes = figure.add_axes((0.03, 0.46 / height, 0.94, 1 - 0.56 / height))
    axes.set_ylim(max(rows, 1) - 0.4, -0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    return figure, axes
