"""What the labels of a domain are, and so what a network is trained for."""

from __future__ import annotations

from typing import Literal

from stages.contracts.errors import ParamsError

Task = Literal["classes", "ordinal", "multilabel", "regression", "segmentation", "none"]
"""What the labels of a domain are.

One class per case; ordered classes; a set of classes per case, joined by `LABEL_JOIN`; a number; a
mask of classes per pixel; or nothing.
"""
LABEL_JOIN = "|"

Metric = Literal[
    "auroc",
    "auprc",
    "accuracy",
    "balanced_accuracy",
    "quadratic_kappa",
    "grade_error",
    "exact_match",
    "mae",
    "rmse",
    "r2",
    "pearson",
    "dice",
    "hd95",
    "surface_dice",
]
"""Scores that may decide a selection or a verdict."""

METRICS_OF: dict[Task, tuple[Metric, ...]] = {
    "classes": ("auroc", "auprc", "accuracy", "balanced_accuracy"),
    "ordinal": ("quadratic_kappa", "grade_error", "auroc", "auprc", "accuracy", "balanced_accuracy"),
    "multilabel": ("auroc", "auprc", "accuracy", "exact_match"),
    "regression": ("rmse", "mae", "r2", "pearson"),
    "segmentation": ("dice", "surface_dice", "hd95"),
}
"""By task, its own first: that one decides where params name none."""

LOWER_IS_BETTER = frozenset({"brier", "grade_error", "mae", "rmse", "hd95"})


def side_of(metric: str) -> int:
    """Gives 1 where more of a metric is better, and -1 where less is."""
    return -1 if metric in LOWER_IS_BETTER else 1


def metric_of(task: Task, asked: Metric | None, key: str) -> Metric:
    """Gives the metric that decides.

    Args:
        task: What the labels are.
        asked: By params; None for the task's own.
        key: Where they ask.

    Raises:
        ParamsError: If the task has no such metric.
    """
    known = METRICS_OF[task]
    if asked is None or asked in known:
        return asked or known[0]
    raise ParamsError(
        f"a task of kind '{task}' has no metric '{asked}'",
        where=f"params.yaml: {key}",
        why=f"its metrics are {', '.join(known)}",
        remedy=f"choose one of them, or remove the key: {known[0]} decides then",
    )
