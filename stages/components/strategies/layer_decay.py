"""All layers are trained on, each block slower than the one above it: general layers need less change.

Howard & Ruder 2018 (ULMFiT, "discriminative fine-tuning", a factor of 1 / 2.6 per layer); Clark et al. 2020
(ELECTRA) and Bao et al. 2022 (BEiT, 0.65 per block).
"""

from __future__ import annotations

from stages.components.strategies.trial import Trained, Trial, fit_at, redraw_head
from stages.components.training.optimisation import Pace
from stages.contracts.strategy import LayerDecayParams


def train_layer_decay(trial: Trial, params: LayerDecayParams) -> Trained:
    """Trains a new head and the transferred backbone together, at rates that fall from block to block."""
    redraw_head(trial)
    return fit_at(
        trial,
        Pace(backbone=params.backbone_rate, layer_decay=params.decay, batch_norm=params.batch_norm),
    )
