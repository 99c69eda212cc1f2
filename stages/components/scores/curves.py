"""Curves of the test split as small CSV tables: a report, `dvc plots` and a spreadsheet read them alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from stages.components.scores.bootstrap import resample_weights
from stages.components.scores.comparison import Comparison
from stages.components.scores.grade_scores import Graded
from stages.components.scores.label_scores import Labelled
from stages.components.scores.number_scores import Measured
from stages.components.scores.overlap_scores import Overlapping
from stages.components.scores.scored import Scored
from stages.components.scores.scoring import Predictions
from stages.contracts.predictions import OVERLAPS

Floats = NDArray[np.float64]
GRID = np.linspace(0, 1, 101)
CURVE_RESAMPLES = 500  # a band for the eye needs fewer than an interval that decides


def write_curves(comparison: Comparison, confidence: float, folder: Path) -> None:
    """Writes what there is to draw of a task.

    Of classes, grades and labels `roc.csv`, `precision_recall.csv` (both with a band) and `calibration.csv`;
    with several classes or labels each is of the true ones against the rest, over all (micro-average).
    Of classes and grades `confusion.csv`, of numbers `agreement.csv`, of masks `overlap.csv`.
    """
    tables: dict[str, list[pd.DataFrame]] = {}
    for role, said in comparison.predictions.items():
        for name, table in _tables(said, comparison, confidence):
            tables.setdefault(name, []).append(table.assign(model=role))
    for name, parts in tables.items():
        table = pd.concat(parts, ignore_index=True)
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6f", lineterminator="\n")


def _tables(said: Scored, comparison: Comparison, confidence: float) -> Iterator[tuple[str, pd.DataFrame]]:
    if isinstance(said, Overlapping):
        yield "overlap", _overlap(said)
        return
    if isinstance(said, Measured):
        yield "agreement", pd.DataFrame({"true": said.truth, "predicted": said.predicted})
        return
    truth, scores, groups = _flat(said, comparison.groups)
    for name in ("roc", "precision_recall"):
        yield name, _band(name, truth, scores, groups, comparison, confidence)
    yield "calibration", _calibration(truth, scores)
    if isinstance(said, Predictions | Graded):
        yield "confusion", _confusion(said, comparison.reading.classes)


def _overlap(said: Overlapping) -> pd.DataFrame:
    tables = []
    for number, name in enumerate(said.classes):
        columns = {metric: said.scores[:, m, number] for m, metric in enumerate(OVERLAPS)}
        tables.append(pd.DataFrame({"class": name, **columns}))
    return pd.concat(tables, ignore_index=True)


def _flat(said: Scored, groups: pd.Series[str]) -> tuple[NDArray[np.bool_], Floats, pd.Series[str]]:
    """Gives truth and score of the positive class, or of every class in turn."""
    match said:
        case Predictions(positive=int(positive)):
            return said.labels == positive, said.probabilities[:, positive], groups
        case Predictions() | Graded():
            truth, scores = np.eye(said.probabilities.shape[1], dtype=bool)[said.labels], said.probabilities
        case Labelled():
            truth, scores = said.present, said.probabilities
        case _:
            raise TypeError(f"{type(said).__name__} has no probabilities")
    return truth.ravel(), scores.ravel(), groups.repeat(truth.shape[1]).reset_index(drop=True)


def _band(
    kind: str,
    truth: NDArray[np.bool_],
    scores: Floats,
    groups: pd.Series[str],
    comparison: Comparison,
    confidence: float,
) -> pd.DataFrame:
    line = _roc_line if kind == "roc" else _precision_line
    x, y = ("false_positive_rate", "true_positive_rate") if kind == "roc" else ("recall", "precision")
    drawn = [
        line(truth, scores, weight)
        for weights in resample_weights(groups, min(CURVE_RESAMPLES, comparison.resamples), comparison.seed)
        for weight in weights
        if weight[truth].any() and weight[~truth].any()
    ]
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail], axis=0) if drawn else (np.full(101, np.nan),) * 2
    return pd.DataFrame({x: GRID, y: line(truth, scores, np.ones(len(truth))), "low": low, "high": high})


def _roc_line(truth: NDArray[np.bool_], scores: Floats, weight: Floats) -> Floats:
    false_rate, true_rate, _ = roc_curve(truth, scores, sample_weight=weight)
    line: Floats = np.interp(GRID, false_rate, true_rate)
    return line


def _precision_line(truth: NDArray[np.bool_], scores: Floats, weight: Floats) -> Floats:
    precision, recall, _ = precision_recall_curve(truth, scores, sample_weight=weight)
    line: Floats = np.interp(GRID, recall[::-1], precision[::-1])
    return line


def _calibration(truth: NDArray[np.bool_], scores: Floats) -> pd.DataFrame:
    observed, predicted = calibration_curve(truth, scores, n_bins=10, strategy="quantile")
    return pd.DataFrame({"predicted": predicted, "observed": observed})


def _confusion(predictions: Predictions | Graded, classes: tuple[str, ...]) -> pd.DataFrame:
    counts = confusion_matrix(predictions.labels, predictions.called(), labels=range(len(classes)))
    return pd.DataFrame(
        [
            {"true": true, "called": called, "cases": int(counts[i, j])}
            for i, true in enumerate(classes)
            for j, called in enumerate(classes)
        ]
    )
