"""All layers are trained on from the source's weights (Yosinski et al. 2014)."""

from __future__ import annotations

from stages.components.strategies.trial import Trained, Trial, fit_at, redraw_head
from stages.components.training.optimisation import Pace
from stages.contracts.strategy import FullParams


def train_full(trial: Trial, params: FullParams) -> Trained:
    """Trains a new head and the transferred backbone together."""
    redraw_head(trial)
    return fit_at(trial, Pace(backbone=params.backbone_rate, batch_norm=params.batch_norm))
