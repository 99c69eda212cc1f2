"""How well predicted masks overlap with the true ones, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report import drawing
from pipeline.report.drawing import Drawing
from pipeline.report.places import Places
from pipeline.report.table import read_csv
from pipeline.report.wording import NAMES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

OVERLAP = "overlap.csv"


def draw_overlap(places: Places) -> Drawing:
    """Draws the Dice of every test case, class by class.

    Raises:
        DataError: If the table is damaged.
    """
    from matplotlib.figure import Figure

    table = read_csv(places.evaluation / OVERLAP, ("dice",), ("model", "class"))
    classes = [str(name) for name in table["class"].unique()]
    with drawing.drawn():
        figure = Figure(figsize=(3.8, 3.9))
        axes = figure.add_axes((0.14, 0.12, 0.82, 0.8))
        for side, role in zip((-0.15, 0.15), NAMES, strict=True):
            _strips(axes, table[table["model"] == role], classes, role, side)
        axes.set(ylim=(-0.02, 1.02), ylabel="Dice", xlim=(-0.5, len(classes) - 0.5))
        axes.set_xticks(range(len(classes)), classes)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, borderpad=0, columnspacing=1.2)
        spoken = "Dice of each test case by class, of the transferred model and of the scratch control."
        svg = drawing.as_svg(figure, "overlap", spoken)
    caption = "One mark per test case; the line is the median. 1 is full agreement."
    return Drawing(svg, "Overlap with the true masks", caption, width=400)


def _strips(axes: Axes, rows: pd.DataFrame, classes: list[str], role: str, side: float) -> None:
    colour = drawing.COLOURS[role]
    for place, name in enumerate(classes):
        scores = rows.loc[rows["class"] == name, "dice"].dropna().sort_values().to_numpy()
        # Spread by rank, so that equal scores lie side by side, and always at the same places.
        x = [place + side + 0.08 * ((rank * 0.618) % 1 - 0.5) for rank in range(len(scores))]
        label = NAMES[role] if place == 0 else None
        axes.plot(x, scores, drawing.MARKERS[role], color=colour, markersize=3, alpha=0.6, label=label)
        if len(scores):
            median = scores[len(scores) // 2]
            axes.plot([place + side - 0.1, place + side + 0.1], [median] * 2, color=colour, linewidth=2)
