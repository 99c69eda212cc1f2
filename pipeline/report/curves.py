"""The test split's curves, as evaluation wrote them: ROC, precision-recall, calibration, confusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.report import drawing
from pipeline.report.agreement import AGREEMENT, draw_agreement
from pipeline.report.confusion import Confusion, read_confusions
from pipeline.report.drawing import Drawing
from pipeline.report.number import percent
from pipeline.report.overlap import OVERLAP, draw_overlap
from pipeline.report.places import Places
from pipeline.report.table import read_csv
from pipeline.report.wording import NAMES
from stages.contracts.artifact import read_json
from stages.contracts.scores import Evaluation, Selection

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class CurveKind:
    """A curve: its table and how it is drawn."""

    file: str
    title: str
    x: str
    y: str
    x_label: str
    y_label: str
    caption: str
    band: bool = True
    diagonal: bool = True


_KINDS = (
    CurveKind(
        "roc",
        "ROC curve",
        "false_positive_rate",
        "true_positive_rate",
        "false positive rate (1 \u2212 specificity)",
        "true positive rate (sensitivity)",
        "How many true cases are found (up) at the price of how many false alarms (right), over all "
        "thresholds. Nearer to the upper left corner is better; the grey diagonal is chance.",
    ),
    CurveKind(
        "precision_recall",
        "Precision-recall curve",
        "recall",
        "precision",
        "recall (sensitivity)",
        "precision",
        "Of the cases called positive, the share that truly is (up), against the share of positives found "
        "(right). Nearer to the upper right corner is better; the grey line is the share of positives among "
        "the cases.",
        diagonal=False,
    ),
    CurveKind(
        "calibration",
        "Calibration",
        "predicted",
        "observed",
        "predicted probability",
        "observed frequency",
        "Whether probabilities mean what they say: cases are put in ten equal groups by predicted "
        "probability. On the grey diagonal, of the cases given 70%, seven in ten are positive; below it the "
        "model is overconfident.",
        band=False,
    ),
)


@dataclass(frozen=True)
class Marks:
    """What is drawn beside the curves.

    Attributes:
        prevalence: Share of positives among the cases.
        point: False and true positive rate of the selected model at its threshold.
    """

    prevalence: float | None = None
    point: tuple[float, float] | None = None


@dataclass(frozen=True)
class TestCurves:
    """Everything that shows how the models do on the test split, beyond single figures."""

    drawings: tuple[Drawing, ...]
    confusions: tuple[Confusion, ...]
    """None where a case is not of one class."""
    several: bool
    """Whether there are more than two classes, or several labels per case."""


def read_curves(places: Places) -> TestCurves | None:
    """Reads the curves; None while the test split is not evaluated.

    Raises:
        DataError: If an artifact is damaged.
    """
    if not places.evaluation.is_dir():
        return None
    if (places.evaluation / AGREEMENT).is_file():
        return TestCurves((draw_agreement(places),), (), several=False)
    if (places.evaluation / OVERLAP).is_file():
        return TestCurves((draw_overlap(places),), (), several=False)
    matrices = read_confusions(places)
    several = not matrices or len(matrices[0].classes) > 2
    if several:
        marks = Marks(prevalence=1 / len(matrices[0].classes) if matrices else None)
    else:
        marks = _marks(places, matrices[0])
    with drawing.drawn():
        drawings = tuple(_draw(places, kind, marks) for kind in _KINDS)
    return TestCurves(drawings, matrices, several)


def _marks(places: Places, matrix: Confusion) -> Marks:
    selection = places.selected / "selection.json"
    positive = read_json(Selection, selection).positive if selection.is_file() else None
    scores = read_json(Evaluation, places.metrics).selected if places.metrics.is_file() else {}
    point = None
    if {"sensitivity", "specificity"} <= set(scores):
        point = (1 - scores["specificity"].value, scores["sensitivity"].value)
    return Marks(matrix.share_of(positive), point)


def _draw(places: Places, kind: CurveKind, marks: Marks) -> Drawing:
    from matplotlib.figure import Figure

    numbers = (kind.x, kind.y, *(("low", "high") if kind.band else ()))
    table = read_csv(places.evaluation / f"{kind.file}.csv", numbers, ("model",))
    figure = Figure(figsize=(3.8, 3.9))
    axes = figure.add_axes((0.14, 0.12, 0.82, 0.8))
    if kind.diagonal:
        axes.plot([0, 1], [0, 1], color=drawing.FAINT, linewidth=1, linestyle=":")
    elif marks.prevalence is not None:
        axes.axhline(marks.prevalence, color=drawing.FAINT, linewidth=1, linestyle=":")
    for role in reversed(NAMES):
        _plot(axes, kind, table[table["model"] == role], role)
    if kind.file == "roc" and marks.point:
        axes.plot(*marks.point, "D", color=drawing.BLUE, markersize=6.5, markeredgecolor="white")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=kind.x_label, ylabel=kind.y_label, aspect="equal")
    axes.legend(
        *(part[::-1] for part in axes.get_legend_handles_labels()),
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2,
        borderpad=0,
        columnspacing=1.2,
    )
    spoken = f"{kind.title} of the transferred model and of the scratch control."
    svg = drawing.as_svg(figure, kind.file, spoken)
    return Drawing(svg, kind.title, _caption(kind, marks), width=400)


def _plot(axes: Axes, kind: CurveKind, rows: pd.DataFrame, role: str) -> None:
    colour = drawing.COLOURS[role]
    if kind.band:
        axes.fill_between(rows[kind.x], rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
    marker = "" if kind.band else drawing.MARKERS[role]
    dash = drawing.DASHES[role]
    axes.plot(
        rows[kind.x],
        rows[kind.y],
        color=colour,
        linestyle=dash,
        label=NAMES[role],
        marker=marker,
        markersize=4,
    )


def _caption(kind: CurveKind, marks: Marks) -> str:
    text = kind.caption
    if kind.band:
        text += " The bands are pointwise intervals over the resamples."
    if kind.file == "roc" and marks.point:
        text += " The diamond is the transferred model at its threshold."
    if kind.file == "precision_recall" and marks.prevalence is not None:
        text += f" Here that share is {percent(marks.prevalence, 1)}."
    return text
