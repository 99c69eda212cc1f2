"""Finds the code of a strategy by its params."""

from __future__ import annotations

from stages.components.strategies.full import train_full
from stages.components.strategies.l2_sp import train_l2_sp
from stages.components.strategies.layer_decay import train_layer_decay
from stages.components.strategies.linear_probe import train_linear_probe
from stages.components.strategies.lp_ft import train_lp_ft
from stages.components.strategies.scratch import train_scratch
from stages.components.strategies.trial import Trained, Trial
from stages.contracts.strategy import (
    FullParams,
    L2SpParams,
    LayerDecayParams,
    LinearProbeParams,
    LpFtParams,
    ScratchParams,
    StrategyParams,
)


def train(trial: Trial, strategy: StrategyParams) -> Trained:
    """Fine-tunes by the chosen strategy."""
    match strategy.root:
        case ScratchParams() as params:
            return train_scratch(trial, params)
        case LinearProbeParams() as params:
            return train_linear_probe(trial, params)
        case FullParams() as params:
            return train_full(trial, params)
        case LpFtParams() as params:
            return train_lp_ft(trial, params)
        case LayerDecayParams() as params:
            return train_layer_decay(trial, params)
        case L2SpParams() as params:
            return train_l2_sp(trial, params)
