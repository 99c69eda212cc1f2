"""One class per case: cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from stages.components.networks.network import GraftNetwork
from stages.components.tasks.objective import Floats, LinearFit, Loss, Targets
from stages.contracts.predictions import as_predictions
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe


class Classes:
    """Classes that exclude each other."""

    spatial = False

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._names, self._classes = classes, len(classes)

    def targets(self, cases: PreparedCases) -> Targets:
        """Gives class indices, shape (cases,)."""
        return cases.labels

    def settle(self, network: GraftNetwork, targets: Targets) -> None:
        """Needs nothing."""

    def loss(self, network: GraftNetwork, targets: Targets, recipe: Recipe) -> Loss:  # noqa: ARG002
        """Gives cross-entropy, with class weights and label smoothing as the recipe says."""
        weights = class_weights(targets, self._classes) if recipe.class_weights else None
        return nn.CrossEntropyLoss(weight=weights, label_smoothing=recipe.label_smoothing)

    def fit_head(self, features: Floats, targets: Targets, how: LinearFit) -> tuple[Floats, Floats]:
        """Fits a logistic regression; a class that no case has gets a vanishing probability."""
        regression = logistic(how).fit(features, targets)
        coefficients, intercepts = regression.coef_, regression.intercept_
        if len(coefficients) == 1:
            coefficients = np.concatenate([-coefficients, coefficients]) / 2
            intercepts = np.concatenate([-intercepts, intercepts]) / 2
        weight = np.zeros((self._classes, coefficients.shape[1]))
        bias = np.full(self._classes, -30.0)
        weight[regression.classes_], bias[regression.classes_] = coefficients, intercepts
        return weight, bias

    def watch(self, said: NDArray[Any], targets: Targets) -> tuple[float, float]:
        """Gives the mean negative log-probability of the true class, and the accuracy."""
        return log_loss(said, targets), float((said.argmax(axis=1) == targets).mean())

    def tabulate(self, cases: PreparedCases, said: NDArray[Any]) -> pd.DataFrame:
        """Puts probabilities beside the cases."""
        return as_predictions(cases.index, said, self._names)


def class_weights(labels: NDArray[np.int64], classes: int) -> Tensor:
    """Gives inverse class frequencies with a mean of 1 over the cases."""
    counts = np.bincount(labels, minlength=classes)
    return torch.tensor(len(labels) / (classes * np.maximum(counts, 1)), dtype=torch.float32)


def log_loss(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Gives the mean negative log-probability of the true class."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(chosen, 1e-7, 1)).mean())


def logistic(how: LinearFit) -> LogisticRegression:
    """Gives scikit-learn's logistic regression."""
    return LogisticRegression(
        C=how.inverse_penalty,
        class_weight="balanced" if how.balanced else None,
        max_iter=1000,
        random_state=how.seed,
    )
