"""How predicted numbers agree with the true ones."""

from __future__ import annotations

from pipeline.report import drawing
from pipeline.report.drawing import Drawing
from pipeline.report.places import Places
from pipeline.report.table import read_csv
from pipeline.report.wording import NAMES

AGREEMENT = "agreement.csv"


def draw_agreement(places: Places) -> Drawing:
    """Draws the predicted number of every test case against the true one.

    Raises:
        DataError: If the table is damaged.
    """
    from matplotlib.figure import Figure

    table = read_csv(places.evaluation / AGREEMENT, ("true", "predicted"), ("model",))
    with drawing.drawn():
        figure = Figure(figsize=(3.8, 3.9))
        axes = figure.add_axes((0.17, 0.12, 0.79, 0.8))
        axes.axline((table["true"].mean(),) * 2, slope=1, color=drawing.FAINT, linewidth=1, linestyle=":")
        for role in reversed(NAMES):
            rows = table[table["model"] == role]
            axes.plot(
                rows["true"],
                rows["predicted"],
                drawing.MARKERS[role],
                color=drawing.COLOURS[role],
                markersize=4,
                alpha=0.7,
                label=NAMES[role],
            )
        axes.set(xlabel="true value", ylabel="predicted value")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, borderpad=0, columnspacing=1.2)
        spoken = "Predicted against true values of the transferred model and of the scratch control."
        svg = drawing.as_svg(figure, "agreement", spoken)
    caption = "One mark per test case; on the grey diagonal the prediction is right."
    return Drawing(svg, "Predicted and true values", caption, width=400)
