"""Any number of labels per case, such as the findings of a chest X-ray: one yes or no each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stages.components.networks.network import GraftNetwork
from stages.components.tasks.classes import logistic
from stages.components.tasks.objective import Floats, LinearFit, Loss, Targets
from stages.components.tasks.ordinal import SURE
from stages.contracts.predictions import as_predictions
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe
from stages.contracts.task import LABEL_JOIN


class Labels:
    """Labels that do not exclude each other."""

    spatial = False

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._numbers = {name: number for number, name in enumerate(classes)}

    def targets(self, cases: PreparedCases) -> Targets:
        """Gives 1 where a label is there and 0 where not, float32 of shape (cases, labels)."""
        return presence_of(cases.index["target"].tolist(), self._numbers)

    def settle(self, network: GraftNetwork, targets: Targets) -> None:
        """Needs nothing."""

    def loss(self, network: GraftNetwork, targets: Targets, recipe: Recipe) -> Loss:  # noqa: ARG002
        """Gives the mean binary cross-entropy over the labels; with class weights, a rare one weighs more."""
        weights = rarity(targets) if recipe.class_weights else None
        smoothing, entropy = recipe.label_smoothing, nn.BCEWithLogitsLoss(pos_weight=weights)

        def smoothed(outputs: Tensor, present: Tensor) -> Tensor:
            loss: Tensor = entropy(outputs, present * (1 - smoothing) + smoothing / 2)
            return loss

        return smoothed

    def fit_head(self, features: Floats, targets: Targets, how: LinearFit) -> tuple[Floats, Floats]:
        """Fits a logistic regression per label."""
        weight = np.zeros((targets.shape[1], features.shape[1]))
        bias = np.zeros(targets.shape[1])
        for label, present in enumerate(targets.T > 0.5):
            if present.any() and not present.all():
                fitted = logistic(how).fit(features, present)
                weight[label], bias[label] = fitted.coef_[0], fitted.intercept_[0]
            else:
                bias[label] = SURE if present.any() else -SURE
        return weight, bias

    def watch(self, said: NDArray[Any], targets: Targets) -> tuple[float, float]:
        """Gives the mean binary cross-entropy, and the share of right answers."""
        sure = np.clip(np.where(targets > 0.5, said, 1 - said).astype(np.float64), 1e-7, 1)
        return float(-np.log(sure).mean()), float(((said >= 0.5) == (targets > 0.5)).mean())

    def tabulate(self, cases: PreparedCases, said: NDArray[Any]) -> pd.DataFrame:
        """Puts probabilities beside the cases."""
        return as_predictions(cases.index, said, tuple(self._numbers))


def presence_of(texts: list[str], numbers: dict[str, int]) -> NDArray[np.float32]:
    """Reads sets of labels, shape (cases, labels)."""
    present = np.zeros((len(texts), len(numbers)), np.float32)
    for row, text in enumerate(texts):
        for name in filter(None, text.split(LABEL_JOIN)):
            present[row, numbers[name]] = 1
    return present


def rarity(present: NDArray[np.float32]) -> Tensor:
    """Gives how many cases lack each label for one that has it."""
    having = present.sum(axis=0)
    return torch.from_numpy((len(present) - having) / np.maximum(having, 1)).float().clamp(min=0.01)
