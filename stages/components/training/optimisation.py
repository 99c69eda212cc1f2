"""Learning rates, weight decay, order and loss weights of a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stages.components.networks.blocks import blocks_of
from stages.components.networks.network import GraftNetwork
from stages.contracts.recipe import BatchNorm, Recipe


class Penalty(Protocol):
    """Holds a network back: a number that is added to the loss of each batch."""

    def __call__(self, network: GraftNetwork, features: Tensor) -> Tensor:
        """Gives the penalty.

        Args:
            network: As it is before the step.
            features: What its backbone makes of the batch, float32, shape (cases, width).

        Returns:
            A scalar, differentiable by the network's weights.
        """


@dataclass(frozen=True)
class Pace:
    """How fast the two sides of the border learn, and what holds them back.

    Attributes:
        backbone: Factor on the recipe's learning rate; at 0 the whole backbone is frozen.
        head: Likewise.
        layer_decay: Further factor per block, from the head down: the block next to it has it once.
        opening: Gives the names of the blocks that learn in an epoch, counted from 1; the others
            are frozen. None opens all.
        batch_norm: `frozen` keeps the backbone's BatchNorm statistics, as batches of few
            cases give poor ones; `adapt` goes on averaging.
        weight_decay: Whether the recipe's is applied; a penalty may take its place.
        penalty: Added to the loss.
        of_features: Whether the penalty of a batch's features is more than the mean of those of its parts.
    """

    backbone: float = 1.0
    head: float = 1.0
    layer_decay: float = 1.0
    opening: Callable[[int], Collection[str]] | None = None
    batch_norm: BatchNorm = "adapt"
    weight_decay: bool = True
    penalty: Penalty | None = None
    of_features: bool = False


def set_training(network: GraftNetwork, pace: Pace, epoch: int) -> None:
    """Puts the network into training mode for an epoch; what is frozen stays in evaluation mode.

    `requires_grad=False` alone would leave the BatchNorm statistics moving.
    """
    blocks = blocks_of(network.backbone)
    opened = [block.name for block in blocks] if pace.opening is None else pace.opening(epoch)
    learning = {block.name for block in blocks if block.name in opened and pace.backbone > 0} | network.fresh
    network.train()
    network.backbone.train(bool(learning))
    for block in blocks:
        block.learn(block.name in learning)
    if pace.batch_norm == "frozen":
        for module in network.backbone.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()


def rate_at(step: int, steps: int, warmup: float) -> float:
    """Gives the factor of the schedule: linear warm-up, then a cosine to zero (Loshchilov & Hutter 2017)."""
    rising = int(steps * warmup)
    if step < rising:
        return (step + 1) / (rising + 1)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(1, steps - rising))))


def make_optimiser(network: GraftNetwork, recipe: Recipe, pace: Pace) -> torch.optim.Optimizer:
    """Makes an AdamW that spares biases and normalisation layers the decay, and paces each part."""
    decay = recipe.weight_decay if pace.weight_decay else 0.0
    groups = []
    for weights, factor in _parts(network, pace):
        rate = recipe.learning_rate * factor
        groups += [
            {"params": [w for w in weights if w.dim() > 1], "lr": rate, "weight_decay": decay},
            {"params": [w for w in weights if w.dim() <= 1], "lr": rate, "weight_decay": 0.0},
        ]
    return torch.optim.AdamW([group for group in groups if group["params"]], fused=True)


def _parts(network: GraftNetwork, pace: Pace) -> Iterator[tuple[list[nn.Parameter], float]]:
    """Gives the weights of each block and of what is specific, and the factor on their learning rate."""
    blocks = blocks_of(network.backbone)
    for depth, block in zip(range(len(blocks), 0, -1), blocks, strict=True):
        shared = pace.backbone * pace.layer_decay**depth
        yield list(block.parameters()), pace.head if block.name in network.fresh else shared
    yield list(network.specific_parameters()), pace.head


def batch_bounds(cases: int, batch_size: int) -> list[tuple[int, int]]:
    """Cuts an epoch; a single case left over joins its neighbours, as BatchNorm needs two."""
    starts = list(range(0, cases, batch_size))
    if len(starts) > 1 and cases - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], cases], strict=True))


def orders(labels: NDArray[np.int64], recipe: Recipe, draws: torch.Generator) -> Iterator[Tensor]:
    """Gives the cases of each epoch in their order: every one once, or each class as often on average."""
    odds = torch.from_numpy(1 / np.bincount(labels)[labels]) if recipe.balanced_sampling else None
    for _ in range(recipe.epochs):
        if odds is None:
            yield torch.randperm(len(labels), generator=draws)
        else:
            yield torch.multinomial(odds, len(labels), replacement=True, generator=draws)
