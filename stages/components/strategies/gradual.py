"""The head first, then one more block at a time: gradual unfreezing.

Howard & Ruder 2018, "Universal language model fine-tuning for text classification": a random head would
else disturb all layers at once, and the lower ones hold the most general knowledge.
"""

from __future__ import annotations

from stages.components.networks.blocks import blocks_of
from stages.components.strategies.trial import Trained, Trial, fit_at, redraw_head
from stages.components.training.optimisation import Pace
from stages.contracts.strategy import GradualParams


def train_gradual(trial: Trial, params: GradualParams) -> Trained:
    """Trains a new head, and opens the transferred backbone to it block by block."""
    from_head = [block.name for block in reversed(blocks_of(trial.network.backbone))]

    def opening(epoch: int) -> list[str]:
        return from_head[: (epoch - 1) // params.epochs_per_block]

    redraw_head(trial)
    pace = Pace(backbone=params.backbone_rate, batch_norm=params.batch_norm, opening=opening)
    return fit_at(trial, pace)
