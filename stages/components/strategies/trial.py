"""What every strategy gets, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stages.components.compute.device import Device
from stages.components.networks.network import GraftNetwork
from stages.components.training.optimisation import Pace
from stages.components.training.resumption import Resumption
from stages.components.training.seed import generator
from stages.components.training.training import Fitted, Report, fit
from stages.contracts.network import NetworkSpec
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe


@dataclass(frozen=True)
class Trial:
    """One source, one seed, the labelled cases and the budget.

    Attributes:
        network: With the transferred weights; a strategy may change it in place.
        spec: What the network is.
        training: The labelled training cases.
        validation: The validation cases.
        training_features: Frozen features of the training cases, shape (cases, width).
        validation_features: Frozen features of the validation cases.
        recipe: The budget that every strategy has.
        device: Where to compute.
        seed: Decides every draw.
        report: Takes each finished epoch.
        resumption: Keeps the training's state, for it to go on after a kill; None for no such.
    """

    network: GraftNetwork
    spec: NetworkSpec
    training: PreparedCases
    validation: PreparedCases
    training_features: NDArray[np.float32]
    validation_features: NDArray[np.float32]
    recipe: Recipe
    device: Device
    seed: int
    report: Report
    resumption: Resumption | None = None


@dataclass(frozen=True)
class Trained:
    """A fine-tuned network, its learning curve and its validation probabilities."""

    network: GraftNetwork
    fitted: Fitted


def redraw_head(trial: Trial) -> None:
    """Draws the head's weights by the trial's seed, so that seeds differ in them too."""
    trial.network.draw_head(generator(trial.seed, "head"))


def fit_at(trial: Trial, pace: Pace) -> Trained:
    """Trains the trial's network in place, by its recipe and at a pace."""
    fitted = fit(
        trial.network,
        trial.training,
        trial.validation,
        trial.recipe,
        pace=pace,
        device=trial.device,
        seed=trial.seed,
        report=trial.report,
        resumption=trial.resumption,
    )
    return Trained(trial.network, fitted)
