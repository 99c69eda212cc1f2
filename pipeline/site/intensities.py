"""Intensities over the versions of the data: median and quartiles over the cases."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.lineage.record import Quartiles
from pipeline.report import drawing
from pipeline.report.drawing import Drawing
from pipeline.site.panel import new_panel

_CAPTIONS = {
    "Mean intensity": "Each case’s mean value, as it is stored: the median over the cases in use, and the "
    "quartiles as a band. A step says that other images came in.",
    "Contrast": "Each case’s standard deviation within itself, drawn in the same way.",
}


def draw_intensity(key: str, title: str, days: Sequence[str], found: Sequence[Quartiles | None]) -> Drawing:
    """Draws it.

    Args:
        key: Unique in the page.
        title: What was measured of each case.
        days: Of the versions, the oldest first.
        found: Of each version; None where it is not known.
    """
    known = [(place, one) for place, one in enumerate(found) if one]
    places = [place for place, _ in known]
    with drawing.drawn():
        figure, axes = new_panel(days)
        axes.fill_between(
            places,
            [one.low for _, one in known],
            [one.high for _, one in known],
            color=drawing.BLUE,
            alpha=0.18,
            linewidth=0,
            label="quartiles",
        )
        medians = [one.median for _, one in known]
        axes.plot(places, medians, color=drawing.BLUE, marker="o", markersize=4, label="median")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, borderpad=0, columnspacing=1.2)
        svg = drawing.as_svg(figure, key, f"{title} over the versions of the data; see the table.")
    return Drawing(svg, title, _CAPTIONS[title], width=400)
