"""The training loop: images as they are stored, batches augmented and cast as a whole."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stages.components.augmentation import augment, augmentation_of
from stages.components.device import Device
from stages.components.inference import laid_out, place, predict
from stages.components.network import GraftNetwork
from stages.components.optimisation import (
    Pace,
    batch_bounds,
    make_optimiser,
    orders,
    rate_at,
    set_training,
)
from stages.components.seed import derive_seed, generator
from stages.components.tasks.choice import objective_of
from stages.components.tasks.objective import Objective
from stages.contracts.errors import StageError
from stages.contracts.history import Epoch
from stages.contracts.prepared import Images, PreparedCases
from stages.contracts.recipe import Recipe
from stages.contracts.streamed import StreamedRows


@dataclass(frozen=True)
class Fitted:
    """What a training leaves beside the weights.

    Attributes:
        history: One row per epoch.
        validation: What is said of the validation cases at the end: probabilities, shape (cases, classes),
            or numbers, shape (cases, 1).
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
    """Trains a network in place, by the loss of its task.

    Args:
        network: Its head has the outputs that the task asks for.
        training: Labelled cases.
        validation: Labelled cases; they are scored and change nothing.
        recipe: How to train.
        pace: Learning rates of backbone and head, and what BatchNorm does.
        device: Where to compute.
        seed: Decides order, augmentation and dropout.
        report: Called after each epoch.

    Returns:
        The learning curve and what is said of the validation cases in the end.

    Raises:
        StageError: If the loss is not a finite number any more.
        ParamsError: If the recipe asks for what the task or the cases have not.
    """
    torch.manual_seed(derive_seed(seed, "dropout"))
    objective = objective_of(training.preparation.task, training.preparation.classes)
    objective.settle(network, objective.targets(training))
    loop = _Loop(place(network, device), objective, training, recipe, pace=pace, device=device, seed=seed)
    history: list[Epoch] = []
    said = np.empty((0, 1), dtype=np.float32)
    truth = objective.targets(validation)
    for number, order in enumerate(orders(len(training.labels), recipe.epochs, generator(seed, "order")), 1):
        set_training(network, pace)
        loss = loop.run_epoch(order)
        if due := number % recipe.validate_every == 0 or number == recipe.epochs:
            said = predict(network, validation.images, device)
        if not math.isfinite(loss):
            raise _diverged(number, recipe)
        history.append(as_epoch(number, loss, objective.watch(said, truth) if due and len(truth) else None))
        report(history[-1], recipe.epochs)
    return Fitted(history, said)


class _Loop:
    """A training between its epochs: cases on the device, optimiser, schedule and loss."""

    def __init__(
        self,
        network: GraftNetwork,
        objective: Objective,
        training: PreparedCases,
        recipe: Recipe,
        *,
        pace: Pace,
        device: Device,
        seed: int,
    ) -> None:
        self._network, self._device = network, device
        self._augmentation = augmentation_of(recipe, training.preparation)
        self._images = _reader(training.images, device)
        targets = objective.targets(training)
        self._targets = torch.from_numpy(targets).to(device.name)
        self._bounds = batch_bounds(len(training.labels), recipe.batch_size)
        self._optimiser = make_optimiser(network, recipe, pace)
        steps = recipe.epochs * len(self._bounds)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: rate_at(step, steps, recipe.warmup)
        )
        loss = objective.loss(network, targets, recipe)
        self._loss = loss.to(device.name) if isinstance(loss, nn.Module) else loss
        self._draws = generator(seed, "augmentation")

    def run_epoch(self, order: Tensor) -> float:
        """Takes one step per batch and gives the mean loss."""
        losses = [self._step(order[start:stop]) for start, stop in self._bounds]
        return float(torch.stack(losses).mean())

    def _step(self, rows: Tensor) -> Tensor:
        batch = self._images(rows)
        if self._augmentation is not None:
            batch = augment(batch, self._augmentation, self._draws)
        with self._device.autocast():
            outputs = self._network(laid_out(batch))
        loss: Tensor = self._loss(outputs, self._targets[rows.to(self._device.name)])
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self._schedule.step()
        return loss.detach()


def _reader(images: Images, device: Device) -> Callable[[Tensor], Tensor]:
    """Gives a function that makes a batch of rows, in float32 on the device."""
    if isinstance(images, StreamedRows):
        return lambda rows: torch.from_numpy(images[rows.numpy()]).to(device.name).float()
    held = torch.from_numpy(images).to(device.name)
    return lambda rows: held[rows.to(device.name)].float()


def as_epoch(number: int, train_loss: float, watched: tuple[float, float] | None) -> Epoch:
    """Makes a row of the learning curve; where validation was not due its columns are null."""
    loss, score = watched or (None, None)
    return Epoch(epoch=number, train_loss=train_loss, val_loss=loss, val_score=score)


def _diverged(epoch: int, recipe: Recipe) -> StageError:
    return StageError(
        "the training diverged",
        where=f"epoch {epoch} of {recipe.epochs}",
        why="its loss is not a finite number",
        remedy=f"lower the recipe's learning_rate, which is {recipe.learning_rate:g}, or lengthen its warmup",
    )
