"""The backbone stays as it is; only a linear head on its features is fitted (Alain & Bengio 2016)."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from stages.components.networks.network import GraftNetwork
from stages.components.strategies.trial import Trained, Trial
from stages.components.tasks.choice import objective_of
from stages.components.tasks.objective import Floats, LinearFit
from stages.components.training.seed import derive_seed
from stages.components.training.training import Fitted, as_epoch
from stages.contracts.strategy import LinearProbeParams


def train_linear_probe(trial: Trial, params: LinearProbeParams) -> Trained:
    """Fits the head on the cached features; no tensor of the backbone changes."""
    fitted = fit_head(trial, params)
    trial.report(fitted.history[0], 1)
    return Trained(trial.network, fitted)


def fit_head(trial: Trial, params: LinearProbeParams) -> Fitted:
    """Fits the network's head on the trial's frozen features, in place."""
    objective = objective_of(trial.spec.task, trial.spec.classes)
    targets, truth = objective.targets(trial.training), objective.targets(trial.validation)
    scaler = StandardScaler().fit(trial.training_features)
    how = LinearFit(
        inverse_penalty=params.inverse_penalty,
        balanced=trial.recipe.class_weights or trial.recipe.balanced_sampling,
        seed=derive_seed(trial.seed, "probe") % 2**32,
    )
    weight, bias = objective.fit_head(scaler.transform(trial.training_features), targets, how)
    # The scaler is folded into the head, which then takes raw features.
    weight = weight / scaler.scale_
    bias = bias - weight @ scaler.mean_
    objective.settle(trial.network, targets)
    trial.network.set_head(torch.from_numpy(weight), torch.from_numpy(bias))
    loss, _ = objective.watch(_said(trial.network, trial.training_features, weight, bias), targets)
    validation = _said(trial.network, trial.validation_features, weight, bias)
    watched = objective.watch(validation, truth) if len(truth) else None
    return Fitted([as_epoch(1, loss, watched)], validation)


def _said(
    network: GraftNetwork, features: NDArray[np.float32], weight: Floats, bias: Floats
) -> NDArray[np.float32]:
    outputs = torch.from_numpy(features.astype(np.float64) @ weight.T + bias)
    said: NDArray[np.float32] = network.activate(network.scaled(outputs)).float().numpy()
    return said
