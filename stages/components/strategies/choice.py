"""Finds the code of a strategy by its params."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stages.components.strategies.bss import train_bss
from stages.components.strategies.full import train_full
from stages.components.strategies.gradual import train_gradual
from stages.components.strategies.l2_sp import train_l2_sp
from stages.components.strategies.layer_decay import train_layer_decay
from stages.components.strategies.linear_probe import train_linear_probe
from stages.components.strategies.lp_ft import train_lp_ft
from stages.components.strategies.scratch import train_scratch
from stages.components.strategies.surgical import train_surgical
from stages.components.strategies.trial import Trained, Trial
from stages.contracts.strategy import StrategyParams

_BY_KIND: dict[str, Callable[[Trial, Any], Trained]] = {
    "scratch": train_scratch,
    "linear_probe": train_linear_probe,
    "full": train_full,
    "lp_ft": train_lp_ft,
    "l2_sp": train_l2_sp,
    "layer_decay": train_layer_decay,
    "gradual": train_gradual,
    "bss": train_bss,
    "surgical": train_surgical,
}


def train(trial: Trial, strategy: StrategyParams) -> Trained:
    """Fine-tunes by the chosen strategy."""
    return _BY_KIND[strategy.root.kind](trial, strategy.root)
