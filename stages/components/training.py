"""The training loop: cases in memory as uint8, batches augmented and cast as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from stages.components.augmentation import augment
from stages.components.device import Device
from stages.components.network import GraftNetwork
from stages.components.seed import derive_seed, generator
from stages.contracts.errors import StageError
from stages.contracts.history import Epoch
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import BatchNorm, Recipe

EVALUATION_BATCH = 256


@dataclass(frozen=True)
class Pace:
    """How fast the two sides of the border learn.

    Attributes:
        backbone: Factor on the recipe's learning rate; at 0 the whole backbone is frozen.
        head: Likewise.
        batch_norm: `frozen` keeps the backbone's BatchNorm statistics, as batches of few
            cases give poor ones; `adapt` goes on averaging.
    """

    backbone: float = 1.0
    head: float = 1.0
    batch_norm: BatchNorm = "adapt"


@dataclass(frozen=True)
class Fitted:
    """What a training leaves beside the weights.

    Attributes:
        history: One row per epoch.
        validation: Class probabilities of the validation cases at the end, shape (cases, classes).
    """

    history: list[Epoch]
    validation: NDArray[np.float32]


class Report(Protocol):
    """Takes each finished epoch, for a person to watch."""

    def __call__(self, epoch: Epoch, epochs: int) -> None:
        """Takes an epoch and the number of epochs there will be."""


def fit(
    network: GraftNetwork,
    training: PreparedCases,
    validation: PreparedCases,
    recipe: Recipe,
    *,
    pace: Pace,
    device: Device,
    seed: int,
    report: Report,
) -> Fitted:
    """Trains a network in place with cross-entropy.

    Args:
        network: Its head has one output per class.
        training: Labelled cases.
        validation: Labelled cases; they are scored and change nothing.
        recipe: How to train.
        pace: Learning rates of backbone and head, and what BatchNorm does.
        device: Where to compute.
        seed: Decides order, augmentation and dropout.
        report: Called after each epoch.

    Returns:
        The learning curve and the validation cases' final probabilities.
    """
    torch.manual_seed(derive_seed(seed, "dropout"))
    _place(network, device)
    images = torch.from_numpy(training.images).to(device.name)
    labels = torch.from_numpy(training.labels).to(device.name)
    optimiser = _optimiser(network, recipe, pace)
    steps = recipe.epochs * len(_batch_bounds(len(labels), recipe.batch_size))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_at(step, steps, recipe.warmup))
    weights = class_weights(training.labels, network.head.out_features) if recipe.class_weights else None
    loss_of = nn.CrossEntropyLoss(weight=weights, label_smoothing=recipe.label_smoothing).to(device.name)
    draws = generator(seed, "augmentation")
    history: list[Epoch] = []
    probabilities = np.empty((0, network.head.out_features), dtype=np.float32)
    for number, order in enumerate(_orders(len(labels), recipe.epochs, generator(seed, "order")), start=1):
        set_training(network, pace)
        losses = []
        for start, stop in _batch_bounds(len(labels), recipe.batch_size):
            rows = order[start:stop].to(device.name)
            batch = augment(images[rows].float(), recipe.augmentation, draws)
            with device.autocast():
                logits = network(batch.contiguous(memory_format=torch.channels_last))
            loss = loss_of(logits, labels[rows])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.detach())
        if due := number % recipe.validate_every == 0 or number == recipe.epochs:
            probabilities = predict(network, validation.images, device)
        mean_loss = float(torch.stack(losses).mean())
        if not math.isfinite(mean_loss):
            raise _diverged(number, recipe)
        history.append(as_epoch(number, mean_loss, probabilities if due else None, validation.labels))
        report(history[-1], recipe.epochs)
    return Fitted(history, probabilities)


def predict(network: GraftNetwork, images: NDArray[np.uint8], device: Device) -> NDArray[np.float32]:
    """Gives class probabilities.

    Args:
        network: Put into evaluation mode.
        images: Shape (cases, channels, height, width).
        device: Where to compute.

    Returns:
        Shape (cases, classes), rows adding up to 1.
    """
    return _by_batch(lambda batch: functional.softmax(network(batch), dim=1), network, images, device)


def extract_features(network: GraftNetwork, images: NDArray[np.uint8], device: Device) -> NDArray[np.float32]:
    """Gives the frozen backbone's features, shape (cases, width)."""
    return _by_batch(network.features, network, images, device)


def set_training(network: GraftNetwork, pace: Pace) -> None:
    """Puts the network into training mode; what is frozen stays in evaluation mode.

    `requires_grad=False` alone would leave the BatchNorm statistics moving.
    """
    network.train()
    network.backbone.requires_grad_(pace.backbone > 0)
    if pace.backbone == 0:
        network.backbone.eval()
    elif pace.batch_norm == "frozen":
        for module in network.backbone.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()


def rate_at(step: int, steps: int, warmup: float) -> float:
    """Gives the factor of the schedule: linear warm-up, then a cosine to zero (Loshchilov & Hutter 2017)."""
    rising = int(steps * warmup)
    if step < rising:
        return (step + 1) / (rising + 1)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(1, steps - rising))))


def class_weights(labels: NDArray[np.int64], classes: int) -> Tensor:
    """Gives inverse class frequencies with a mean of 1 over the cases."""
    counts = np.bincount(labels, minlength=classes)
    return torch.tensor(len(labels) / (classes * np.maximum(counts, 1)), dtype=torch.float32)


def _by_batch(
    compute: _Compute, network: GraftNetwork, images: NDArray[np.uint8], device: Device
) -> NDArray[np.float32]:
    _place(network, device).eval()
    parts = []
    with torch.inference_mode(), device.autocast():
        for start in range(0, len(images), EVALUATION_BATCH):
            batch = torch.from_numpy(images[start : start + EVALUATION_BATCH]).to(device.name).float()
            parts.append(compute(batch.contiguous(memory_format=torch.channels_last)).float().cpu())
    return torch.cat(parts).numpy() if parts else np.empty((0, network.head.out_features), dtype=np.float32)


def _place(network: GraftNetwork, device: Device) -> GraftNetwork:
    """Moves the network to its device, with the channels of an image side by side in memory."""
    moved: GraftNetwork = network.to(device.name).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def _diverged(epoch: int, recipe: Recipe) -> StageError:
    return StageError(
        "the training diverged",
        where=f"epoch {epoch} of {recipe.epochs}",
        why="its loss is not a finite number",
        remedy=f"lower the recipe's learning_rate, which is {recipe.learning_rate:g}, or lengthen its warmup",
    )


class _Compute(Protocol):
    def __call__(self, images: Tensor, /) -> Tensor: ...


def as_epoch(
    number: int, train_loss: float, probabilities: NDArray[np.float32] | None, labels: NDArray[np.int64]
) -> Epoch:
    """Makes a row of the learning curve; without probabilities its validation columns are null."""
    if probabilities is None or not len(labels):
        return Epoch(epoch=number, train_loss=train_loss, val_loss=None, val_accuracy=None)
    return Epoch(
        epoch=number,
        train_loss=train_loss,
        val_loss=log_loss(probabilities, labels),
        val_accuracy=float((probabilities.argmax(axis=1) == labels).mean()),
    )


def log_loss(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Gives the mean negative log-probability of the true class."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(chosen, 1e-7, 1)).mean())


def _optimiser(network: GraftNetwork, recipe: Recipe, pace: Pace) -> torch.optim.Optimizer:
    groups = []
    for module, factor in ((network.backbone, pace.backbone), (network.head, pace.head)):
        decayed = [p for p in module.parameters() if p.dim() > 1]
        plain = [p for p in module.parameters() if p.dim() <= 1]
        rate = recipe.learning_rate * factor
        groups += [
            {"params": decayed, "lr": rate, "weight_decay": recipe.weight_decay},
            {"params": plain, "lr": rate, "weight_decay": 0.0},
        ]
    return torch.optim.AdamW(groups, fused=True)


def _batch_bounds(cases: int, batch_size: int) -> list[tuple[int, int]]:
    """Cuts an epoch; a single case left over joins its neighbours, as BatchNorm needs two."""
    starts = list(range(0, cases, batch_size))
    if len(starts) > 1 and cases - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], cases], strict=True))


def _orders(cases: int, epochs: int, draws: torch.Generator) -> Iterator[Tensor]:
    for _ in range(epochs):
        yield torch.randperm(cases, generator=draws)
