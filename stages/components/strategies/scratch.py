"""The control: the same network and budget, without the source's weights.

Without such a control no gain can be put down to transfer (Raghu et al. 2019, "Transfusion").
"""

from __future__ import annotations

from dataclasses import replace

from stages.components.networks.normalisation import build_fitted
from stages.components.strategies.trial import Trained, Trial, fit_at
from stages.components.training.optimisation import Pace
from stages.components.training.seed import derive_seed
from stages.contracts.strategy import ScratchParams


def train_scratch(trial: Trial, params: ScratchParams) -> Trained:
    """Trains all layers from weights drawn by the seed; the input statistics are the training cases'."""
    network = build_fitted(trial.spec, trial.training, derive_seed(trial.seed, "weights"))
    return fit_at(replace(trial, network=network), Pace(backbone=params.rate, head=params.rate))
