"""The backbone stays as it is; only a linear classifier on its features is fitted (Alain & Bengio 2016)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from stages.components.seed import derive_seed
from stages.components.strategies.trial import Trained, Trial
from stages.components.training import Fitted, as_epoch, log_loss
from stages.contracts.strategy import LinearProbeParams


def train_linear_probe(trial: Trial, params: LinearProbeParams) -> Trained:
    """Fits the head on the cached features; no tensor of the backbone changes."""
    fitted = fit_head(trial, params)
    trial.report(fitted.history[0], 1)
    return Trained(trial.network, fitted)


def fit_head(trial: Trial, params: LinearProbeParams) -> Fitted:
    """Fits the network's head on the trial's frozen features, in place."""
    labels = trial.training.labels
    scaler = StandardScaler().fit(trial.training_features)
    balance = "balanced" if trial.recipe.class_weights or trial.recipe.balanced_sampling else None
    regression = LogisticRegression(
        C=params.inverse_penalty,
        class_weight=balance,
        max_iter=1000,
        random_state=derive_seed(trial.seed, "probe") % 2**32,
    ).fit(scaler.transform(trial.training_features), labels)
    weight, bias = _all_classes(regression, len(trial.spec.classes))
    # The scaler is folded into the head, which then takes raw features.
    weight = weight / scaler.scale_
    bias = bias - weight @ scaler.mean_
    with torch.no_grad():
        trial.network.head.weight.copy_(torch.from_numpy(weight))
        trial.network.head.bias.copy_(torch.from_numpy(bias))
    loss = log_loss(_probabilities(trial.training_features, weight, bias), labels)
    validation = _probabilities(trial.validation_features, weight, bias)
    return Fitted([as_epoch(1, loss, validation, trial.validation.labels)], validation)


def _all_classes(
    regression: LogisticRegression, classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gives one row per class; a class that no training case has gets a vanishing probability."""
    coefficients, intercepts = regression.coef_, regression.intercept_
    if len(coefficients) == 1:
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    weight = np.zeros((classes, coefficients.shape[1]))
    bias = np.full(classes, -30.0)
    weight[regression.classes_], bias[regression.classes_] = coefficients, intercepts
    return weight, bias


def _probabilities(
    features: NDArray[np.float32], weight: NDArray[np.float64], bias: NDArray[np.float64]
) -> NDArray[np.float32]:
    logits = torch.from_numpy(features.astype(np.float64) @ weight.T + bias)
    probabilities: NDArray[np.float32] = torch.softmax(logits, dim=1).float().numpy()
    return probabilities
