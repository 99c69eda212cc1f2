"""A number per case, such as an age or a laboratory value: mean squared error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from torch import Tensor
from torch.nn import functional

from stages.components.networks.network import GraftNetwork
from stages.components.tasks.objective import Floats, LinearFit, Loss, Targets, refuse
from stages.contracts.predictions import as_predictions
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe


class Numbers:
    """Numbers in their own units; the network's last layer holds mean and deviation of the training cases."""

    spatial = False

    def targets(self, cases: PreparedCases) -> Targets:
        """Gives float32 of shape (cases, 1)."""
        return numbers_of(cases.index["target"].tolist())

    def settle(self, network: GraftNetwork, targets: Targets) -> None:
        """Fits the scale of the output, on the training cases alone."""
        network.settle_scale(*scale_of(targets))

    def loss(self, network: GraftNetwork, targets: Targets, recipe: Recipe) -> Loss:  # noqa: ARG002
        """Gives the mean squared error, in units of the training cases' variance."""
        if recipe.class_weights:
            raise refuse("class_weights", "regression")
        if recipe.label_smoothing:
            raise refuse("label_smoothing", "regression")
        variance = scale_of(targets)[1] ** 2

        def scaled(outputs: Tensor, numbers: Tensor) -> Tensor:
            return functional.mse_loss(outputs, numbers) / variance

        return scaled

    def fit_head(self, features: Floats, targets: Targets, how: LinearFit) -> tuple[Floats, Floats]:
        """Fits a ridge regression, penalised as a logistic one with the same C would be."""
        mean, deviation = scale_of(targets)
        scaled = (targets[:, 0].astype(np.float64) - mean) / deviation
        ridge = Ridge(alpha=1 / (2 * how.inverse_penalty)).fit(features, scaled)
        return ridge.coef_[None, :], np.array([ridge.intercept_])

    def watch(self, said: NDArray[Any], targets: Targets) -> tuple[float, float]:
        """Gives the mean squared error, and the share of the variance that is explained."""
        errors = float(((said - targets).astype(np.float64) ** 2).mean())
        variance = float(targets.astype(np.float64).var())
        return errors, 1 - errors / variance if variance else 0.0

    def tabulate(self, cases: PreparedCases, said: NDArray[Any]) -> pd.DataFrame:
        """Puts numbers beside the cases."""
        return as_predictions(cases.index, said, ())


def numbers_of(texts: list[str]) -> NDArray[np.float32]:
    """Reads numbers, shape (cases, 1)."""
    return np.array([[float(text)] for text in texts], np.float32).reshape(-1, 1)


def scale_of(targets: Targets) -> tuple[float, float]:
    """Gives mean and deviation; 1 where all are equal."""
    exact = targets.astype(np.float64)
    return float(exact.mean()), float(exact.std()) or 1.0
