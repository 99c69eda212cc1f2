"""The candidates: every source and strategy, ranked on validation."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.report import drawing
from pipeline.report.axis import name_row, rows_only
from pipeline.report.drawing import Drawing
from pipeline.report.places import Places
from pipeline.report.wording import metric_name
from stages.contracts.artifact import read_json
from stages.contracts.scores import Candidate, Selection


@dataclass(frozen=True)
class Ranking:
    """The candidates, best first, and which of them went on to the test."""

    selection: Selection
    metric: str
    figure: Drawing

    def role(self, candidate: Candidate) -> str:
        """Tells whether a candidate is the selected one, the control, or neither."""
        for name in ("selected", "scratch"):
            chosen = getattr(self.selection, name)
            if (candidate.source, candidate.strategy) == (chosen.source, chosen.strategy):
                return name
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
    from matplotlib.figure import Figure

    metric = metric_name(selection.metric)
    rows = selection.candidates
    height = 0.62 + 0.36 * len(rows)
    with drawing.drawn():
        figure = Figure(figsize=(3.8, height))
        axes = figure.add_axes((0.03, 0.46 / height, 0.94, 1 - 0.56 / height))
        for place, row in enumerate(rows):
            chosen = (row.source, row.strategy)
            colour, marker = drawing.FAINT, "o"
            if chosen == (selection.selected.source, selection.selected.strategy):
                colour, marker = drawing.BLUE, "D"
            elif chosen == (selection.scratch.source, selection.scratch.strategy):
                colour, marker = drawing.VERMILLION, "s"
            values = list(row.scores.values())
            axes.plot(
                values,
                [place] * len(values),
                "o",
                color=colour,
                markersize=3.5,
                alpha=0.55,
                markeredgewidth=0,
            )
            axes.errorbar(
                [row.mean],
                [place],
                xerr=[row.deviation],
                fmt=marker,
                color=colour,
                markersize=5.5,
                linewidth=1.2,
            )
            name_row(axes, place, f"{row.source} \u00b7 {row.strategy}")
        rows_only(axes, len(rows))
        axes.set_xlabel(f"validation {metric}", labelpad=1)
        svg = drawing.as_svg(
            figure,
            "candidates",
            f"Validation {metric} of {len(rows)} candidates, best first; the table has every number.",
        )
    return Drawing(
        svg,
        f"Validation {metric} of every candidate",
        "Large mark: mean over the seeds, with one standard deviation to either side; small dots: single "
        "seeds. "
        "Blue diamond: the selected candidate. Orange-red square: the scratch control.",
        width=440,
    )
