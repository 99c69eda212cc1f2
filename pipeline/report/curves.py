"""The test split's curves, as evaluation wrote them: ROC, precision-recall, calibration, confusion."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.report import drawing
from pipeline.report.drawing import Drawing
from pipeline.report.number import percent
from pipeline.report.places import Places
from pipeline.report.table import read_csv
from pipeline.report.wording import NAMES
from stages.contracts.artifact import read_json
from stages.contracts.scores import Evaluation, Selection


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
        "thresholds. "
        "Nearer to the upper left corner is better; the grey diagonal is chance.",
    ),
    CurveKind(
        "precision_recall",
        "Precision-recall curve",
        "recall",
        "precision",
        "recall (sensitivity)",
        "precision",
        "Of the cases called positive, the share that truly is (up), against the share of positives found "
        "(right). "
        "Nearer to the upper right corner is better; the grey line is the share of positives among the "
        "cases.",
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
        "probability. On "
        "the grey diagonal, of the cases given 70%, seven in ten are positive; below it the model is "
        "overconfident.",
        band=False,
    ),
)


@dataclass(frozen=True)
class ConfusionRow:
    """Cases of one true class: how many were called what, and which share of the class that is."""

    true: str
    cells: tuple[tuple[int, float], ...]
    total: int


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix of one model."""

    model: str
    classes: tuple[str, ...]
    rows: tuple[ConfusionRow, ...]


@dataclass(frozen=True)
class TestCurves:
    """Everything that shows how the models do on the test split, beyond single figures."""

    drawings: tuple[Drawing, ...]
    confusions: tuple[Confusion, ...]
    several: bool
    """Whether there are more than two classes."""


def read_curves(places: Places) -> TestCurves | None:
    """Reads the curves; None while the test split is not evaluated.

    Raises:
        DataError: If an artifact is damaged.
    """
    if not places.evaluation.is_dir():
        return None
    confusion = read_csv(places.evaluation / "confusion.csv", ("cases",), ("model", "true", "called"))
    matrices = tuple(_confusion(confusion[confusion["model"] == role], role) for role in NAMES)
    several = len(matrices[0].classes) > 2
    prevalence, point = _marks(places, matrices, several)
    with drawing.drawn():
        drawings = tuple(_draw(places, kind, prevalence, point) for kind in _KINDS)
    return TestCurves(drawings, matrices, several)


def _marks(
    places: Places, matrices: tuple[Confusion, ...], several: bool
) -> tuple[float | None, tuple[float, float] | None]:
    """Gives the share of positives, and the operating point of the selected model on the ROC."""
    if several:
        return 1 / len(matrices[0].classes), None
    selection = places.selected / "selection.json"
    positive = read_json(Selection, selection).positive if selection.is_file() else None
    totals = {row.true: row.total for row in matrices[0].rows}
    prevalence = (
        totals[positive] / sum(totals.values()) if positive in totals and any(totals.values()) else None
    )
    if not places.metrics.is_file():
        return prevalence, None
    scores = read_json(Evaluation, places.metrics).selected
    if not {"sensitivity", "specificity"} <= set(scores):
        return prevalence, None
    return prevalence, (1 - scores["specificity"].value, scores["sensitivity"].value)


def _draw(
    places: Places, kind: CurveKind, prevalence: float | None, point: tuple[float, float] | None
) -> Drawing:
    from matplotlib.figure import Figure

    numbers = (kind.x, kind.y, *(("low", "high") if kind.band else ()))
    table = read_csv(places.evaluation / f"{kind.file}.csv", numbers, ("model",))
    figure = Figure(figsize=(3.8, 3.9))
    axes = figure.add_axes((0.14, 0.12, 0.82, 0.8))
    if kind.diagonal:
        axes.plot([0, 1], [0, 1], color=drawing.FAINT, linewidth=1, linestyle=":")
    elif prevalence is not None:
        axes.axhline(prevalence, color=drawing.FAINT, linewidth=1, linestyle=":")
    for role, name in reversed(NAMES.items()):
        rows = table[table["model"] == role]
        colour = drawing.COLOURS[role]
        if kind.band:
            axes.fill_between(rows[kind.x], rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(
            rows[kind.x],
            rows[kind.y],
            color=colour,
            linestyle=drawing.DASHES[role],
            label=name,
            marker="" if kind.band else {"selected": "D", "scratch": "s"}[role],
            markersize=4,
        )
    if kind.file == "roc" and point:
        axes.plot(*point, "D", color=drawing.BLUE, markersize=6.5, markeredgecolor="white")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=kind.x_label, ylabel=kind.y_label, aspect="equal")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="lower left",
        bbox_to_anchor=(-0.02, 1.0),
        ncols=2,
        borderpad=0,
        columnspacing=1.2,
    )
    svg = drawing.as_svg(
        figure, kind.file, f"{kind.title} of the transferred model and of the scratch control."
    )
    return Drawing(svg, kind.title, _caption(kind, prevalence, point), width=400)


def _caption(kind: CurveKind, prevalence: float | None, point: tuple[float, float] | None) -> str:
    text = kind.caption
    if kind.band:
        text += " The bands are pointwise intervals over the resamples."
    if kind.file == "roc" and point:
        text += " The diamond is the transferred model at its threshold."
    if kind.file == "precision_recall" and prevalence is not None:
        text += f" Here that share is {percent(prevalence, 1)}."
    return text


def _confusion(table: pd.DataFrame, role: str) -> Confusion:
    classes = tuple(str(name) for name in table["true"].unique())
    counts = {
        (str(t), str(c)): int(n)
        for t, c, n in zip(table["true"], table["called"], table["cases"], strict=True)
    }
    rows = []
    for true in classes:
        cells = [counts.get((true, called), 0) for called in classes]
        total = sum(cells)
        rows.append(ConfusionRow(true, tuple((n, n / total if total else 0.0) for n in cells), total))
    return Confusion(NAMES[role], classes, tuple(rows))
