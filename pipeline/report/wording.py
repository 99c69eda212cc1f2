"""The words of the report for what the artifacts abbreviate."""

from __future__ import annotations

from dataclasses import dataclass

from stages.contracts.scores import Verdict

_METRICS = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "brier": "Brier score",
    "quadratic_kappa": "Quadratic kappa",
    "grade_error": "Mean error in grades",
    "exact_match": "Exact match",
    "mae": "Mean absolute error",
    "rmse": "Root mean squared error",
    "r2": "R\u00b2",
    "pearson": "Pearson correlation",
}
NAMES = {"selected": "Transferred model", "scratch": "Scratch control"}


def metric_name(metric: str) -> str:
    """Gives the usual name of a metric."""
    return _METRICS.get(metric, metric.replace("_", " "))


@dataclass(frozen=True)
class VerdictWords:
    """A verdict in plain words.

    Attributes:
        sign: A shape for those who do not see the colour.
        title: The verdict in three words.
        meaning: What it says, in a sentence.
    """

    sign: str
    title: str
    meaning: str


_VERDICTS: dict[Verdict, VerdictWords] = {
    "positive": VerdictWords(
        "\u25b2",
        "Transfer helped",
        "On the same test cases the transferred model did better than the control trained from scratch: the "
        "whole interval of the paired difference lies above zero.",
    ),
    "inconclusive": VerdictWords(
        "\u25cf",
        "No difference shown",
        "The interval of the paired difference includes zero: these test cases do not tell whether transfer "
        "helped or harmed.",
    ),
    "negative": VerdictWords(
        "\u25bc",
        "Transfer did harm",
        "On the same test cases the control trained from scratch did better than the transferred model: the "
        "whole interval of the paired difference lies below zero.",
    ),
}


def verdict_words(verdict: Verdict) -> VerdictWords:
    """Puts a verdict in plain words."""
    return _VERDICTS[verdict]
