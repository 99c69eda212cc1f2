"""Transferability hints: what a source's frozen features let one guess, before anything is fine-tuned."""

from __future__ import annotations

from stages.contracts.artifact import Record


class Hints(Record):
    """Three guesses about one source; of each, more is better. No stage reads them: they never decide.

    In medicine they were found unreliable (Chaves et al. 2023, arXiv 2308.07444).
    """

    source: str
    training_cases: int
    """Labelled training cases that they were computed from."""
    logme: float | None
    """Log evidence per case of a linear model on the features; null where there are no two classes."""
    h_score: float | None
    """Variance between the classes in whitened features, from 0 to classes - 1; null likewise."""
    leep: float | None
    """Log-likelihood per case of the labels by way of the source's own classes, at most 0; null
    likewise, and where the source has no classifier."""
