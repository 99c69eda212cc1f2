"""The candidates: every source and strategy, ranked on validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.report import drawing
from pipeline.report.axis import name_row, row_axes
from pipeline.report.drawing import Drawing
from pipeline.report.places import Places
from pipeline.report.wording import metric_name
from stages.contracts.artifact import read_json
from stages.contracts.scores import Candidate, Selection

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Ranking:
    """The candidates, best first, and which of them went on to the test."""

    selection: Selection
    metric: str
    figure: Drawing

    def role(self, candidate: Candidate) -> str:
        """Tells whether a candidate is the selected one, the control, or neither."""
        return role_of(self.selection, candidate)


def role_of(selection: Selection, candidate: Candidate) -> str:
    """Gives `selected`, `scratch` or nothing."""
    for role, chosen in (("selected", selection.selected), ("scratch", selection.scratch)):
        if (candidate.source, candidate.strategy) == (chosen.source, chosen.strategy):
            return role
    return ""


def read_ranking(places: Places) -> Ranking | None:
    """Reads the selection; None while nothing is selected.

    Raises:
        DataError: If the artifact is damaged.
    """
    if not places.selected.is_dir():
        return None
    selection = read_json(Selection, places.selected / "selection.json")
    return Ranking(selection, metric_name(selection.metric), _draw(selection))


def _draw(selection: Selection) -> Drawing:
    metric = metric_name(selection.metric)
    rows = selection.candidates
    with drawing.drawn():
        figure, axes = row_axes(len(rows))
        for place, row in enumerate(rows):
            _mark(axes, place, row, role_of(selection, row))
        axes.set_xlabel(f"validation {metric}", labelpad=1)
        spoken = f"Validation {metric} of {len(rows)} candidates, best first; the table has every number."
        svg = drawing.as_svg(figure, "candidates", spoken)
    return Drawing(
        svg,
        f"Validation {metric} of every candidate",
        "Large mark: mean over the seeds, with one standard deviation to either side; small dots: single "
        "seeds. Blue diamond: the selected candidate. Orange-red square: the scratch control.",
        width=440,
    )


def _mark(axes: Axes, place: int, row: Candidate, role: str) -> None:
    colour, marker = drawing.COLOURS.get(role, drawing.FAINT), drawing.MARKERS.get(role, "o")
    dots = list(row.scores.values())
    axes.plot(dots, [place] * len(dots), "o", color=colour, markersize=3.5, alpha=0.55, markeredgewidth=0)
    spread = [row.deviation]
    axes.errorbar([row.mean], [place], xerr=spread, fmt=marker, color=colour, markersize=5.5, linewidth=1.2)
    name_row(axes, place, f"{row.source} \u00b7 {row.strategy}")
