"""Ordered classes, such as grades: is a case above each border? (Shi, Cao & Raschka 2021, CORN)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from stages.components.networks.network import GraftNetwork
from stages.components.tasks.classes import log_loss, logistic
from stages.components.tasks.objective import Floats, LinearFit, Loss, Targets, refuse
from stages.contracts.predictions import as_predictions
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe

SURE = 30.0
"""A logit that leaves no doubt."""


class Grades:
    """Classes in an order; the network has an output per border between two of them."""

    spatial = False

    def __init__(self, grades: tuple[str, ...]) -> None:
        self._names, self._grades = grades, len(grades)

    def targets(self, cases: PreparedCases) -> Targets:
        """Gives grades from 0, shape (cases,)."""
        return cases.labels

    def settle(self, network: GraftNetwork, targets: Targets) -> None:
        """Needs nothing."""

    def loss(self, network: GraftNetwork, targets: Targets, recipe: Recipe) -> Loss:  # noqa: ARG002
        """Gives the mean binary cross-entropy of the questions that arise: above k, of those not below k."""
        if recipe.class_weights:
            raise refuse("class_weights", "ordinal")
        if recipe.label_smoothing:
            raise refuse("label_smoothing", "ordinal")
        return _conditional_loss

    def fit_head(self, features: Floats, targets: Targets, how: LinearFit) -> tuple[Floats, Floats]:
        """Fits a logistic regression per border, on the cases that are not below it."""
        weight = np.zeros((self._grades - 1, features.shape[1]))
        bias = np.zeros(self._grades - 1)
        for border in range(self._grades - 1):
            asked = targets >= border
            above = targets[asked] > border
            if above.any() and not above.all():
                fitted = logistic(how).fit(features[asked], above)
                weight[border], bias[border] = fitted.coef_[0], fitted.intercept_[0]
            else:
                bias[border] = SURE if above.any() else -SURE
        return weight, bias

    def watch(self, said: NDArray[Any], targets: Targets) -> tuple[float, float]:
        """Gives the mean negative log-probability of the true grade, and the accuracy."""
        return log_loss(said, targets), float((said.argmax(axis=1) == targets).mean())

    def tabulate(self, cases: PreparedCases, said: NDArray[Any]) -> pd.DataFrame:
        """Puts probabilities beside the cases."""
        return as_predictions(cases.index, said, self._names)


def _conditional_loss(outputs: Tensor, grades: Tensor) -> Tensor:
    borders = torch.arange(outputs.shape[1], device=outputs.device)
    asked = (grades[:, None] >= borders).float()
    above = (grades[:, None] > borders).float()
    losses = functional.binary_cross_entropy_with_logits(outputs, above, reduction="none")
    mean: Tensor = (losses * asked).sum() / asked.sum()
    return mean
