"""From a network's outputs to what is said of a case."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from stages.contracts.task import Task

Activation = Callable[[Tensor], Tensor]


def probabilities(logits: Tensor) -> Tensor:
    """Gives class probabilities, rows adding up to 1."""
    return functional.softmax(logits, dim=1)


def grade_probabilities(logits: Tensor) -> Tensor:
    """Gives the probability of each grade from conditional logits (Shi, Cao & Raschka 2021, CORN).

    Args:
        logits: Shape (cases, grades - 1); the k-th is of being above grade k, given not below it.

    Returns:
        Shape (cases, grades), rows adding up to 1.
    """
    above = torch.sigmoid(logits).cumprod(dim=1)
    ends = torch.ones_like(above[:, :1])
    return torch.cat([ends, above], dim=1) - torch.cat([above, torch.zeros_like(ends)], dim=1)


def presences(logits: Tensor) -> Tensor:
    """Gives the probability that each label is there, whatever the others are."""
    return torch.sigmoid(logits)


def values(outputs: Tensor) -> Tensor:
    """Gives numbers as they are."""
    return outputs


def class_map(logits: Tensor) -> Tensor:
    """Gives the likeliest class of each pixel, shape (cases, *size)."""
    return logits.argmax(dim=1).to(torch.uint8)


ACTIVATIONS: dict[Task, Activation] = {
    "classes": probabilities,
    "ordinal": grade_probabilities,
    "multilabel": presences,
    "regression": values,
    "segmentation": class_map,
}
