"""Axes that write plain numbers: matplotlib's own logarithmic labels are in TeX, which our text is not."""

from __future__ import annotations

from matplotlib.axes import Axes


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


def rows_only(axes: Axes, rows: int) -> None:
    """Makes the y axis one of named rows, from top to bottom."""
    axes.set_ylim(rows - 0.4, -0.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
