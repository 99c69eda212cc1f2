"""Curves of the test split as small CSV tables: a report, `dvc plots` and a spreadsheet read them alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from stages.components.bootstrap import resample_weights
from stages.components.comparison import Comparison
from stages.components.scoring import Predictions

Floats = NDArray[np.float64]
GRID = np.linspace(0, 1, 101)
CURVE_RESAMPLES = 500  # a band for the eye needs fewer than an interval that decides


def write_curves(comparison: Comparison, confidence: float, folder: Path) -> None:
    """Writes `roc.csv`, `precision_recall.csv`, `calibration.csv` and `confusion.csv`.

    The first two have a band; with several classes each is of the case's true class
    against the rest, over all classes (micro-average).
    """
    tables: dict[str, list[pd.DataFrame]] = {
        "roc": [],
        "precision_recall": [],
        "calibration": [],
        "confusion": [],
    }
    for role, predictions in comparison.predictions.items():
        truth, scores, groups = _flat(predictions, comparison.groups)
        tables["roc"].append(_band("roc", truth, scores, groups, comparison, confidence).assign(model=role))
        tables["precision_recall"].append(
            _band("precision_recall", truth, scores, groups, comparison, confidence).assign(model=role)
        )
        tables["calibration"].append(_calibration(truth, scores).assign(model=role))
        tables["confusion"].append(_confusion(predictions, comparison.classes).assign(model=role))
    for name, parts in tables.items():
        table = pd.concat(parts, ignore_index=True)
        table.to_csv(folder / f"{name}.csv", index=False, float_format="%.6f", lineterminator="\n")


def _flat(
    predictions: Predictions, groups: pd.Series[str]
) -> tuple[NDArray[np.bool_], Floats, pd.Series[str]]:
    """Gives truth and score of the positive class, or of every class in turn."""
    if predictions.positive is not None:
        truth = predictions.labels == predictions.positive
        return truth, predictions.probabilities[:, predictions.positive], groups
    classes = predictions.probabilities.shape[1]
    truth = np.eye(classes, dtype=bool)[predictions.labels].ravel()
    return truth, predictions.probabilities.ravel(), groups.repeat(classes).reset_index(drop=True)


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


def _confusion(predictions: Predictions, classes: tuple[str, ...]) -> pd.DataFrame:
    counts = confusion_matrix(predictions.labels, predictions.called(), labels=range(len(classes)))
    return pd.DataFrame(
        [
            {"true": true, "called": called, "cases": int(counts[i, j])}
            for i, true in enumerate(classes)
            for j, called in enumerate(classes)
        ]
    )
