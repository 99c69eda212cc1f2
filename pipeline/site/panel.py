"""An empty panel whose axis counts versions of the data, with the days of a few of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DATES = 3


def new_panel(days: Sequence[str]) -> tuple[Figure, Axes]:
    """Makes it; to be called within `drawing.drawn`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.8, 2.5))
    axes = figure.add_axes((0.15, 0.12, 0.81, 0.68))
    axes.grid(visible=False, axis="x")
    axes.set_xlim(-0.4, len(days) - 0.6)
    places = range(0, len(days), max(1, math.ceil(len(days) / DATES)))
    axes.set_xticks(list(places), [days[place] for place in places])
    return figure, axes
