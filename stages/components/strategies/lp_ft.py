"""First the head on frozen features, then all layers (Kumar et al. 2022, "Fine-tuning can distort...").

A fitted head spares the backbone the gradients of a random one.
"""

from __future__ import annotations

from stages.components.strategies.linear_probe import fit_head
from stages.components.strategies.trial import Trained, Trial, fit_at
from stages.components.training.optimisation import Pace
from stages.contracts.strategy import LpFtParams


def train_lp_ft(trial: Trial, params: LpFtParams) -> Trained:
    """Fits the head on the cached features, then trains backbone and head together."""
    fit_head(trial, params.probe)
    return fit_at(trial, Pace(backbone=params.rate, head=params.rate, batch_norm=params.batch_norm))
