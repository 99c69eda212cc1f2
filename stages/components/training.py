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

from stages.components.augmentation import augment, augment_both, augmentation_of
from stages.components.averaging import MovingAverage
from stages.components.device import Device
from stages.components.inference import laid_out, on_device, place, predict
from stages.components.network import GraftNetwork, pooled
from stages.components.optimisation import (
    Pace,
    batch_bounds,
    make_optimiser,
    orders,
    rate_at,
    set_training,
)
from stages.components.patches import PatchSampler
from stages.components.processes import Part, current
from stages.components.resumption import Resumption
from stages.components.seed import derive_seed, generator
from stages.components.shared_norm import share_batch_norm
from stages.components.sharing import require_shareable
from stages.components.stopping import Best
from stages.components.tasks.choice import objective_of
from stages.components.tasks.objective import Objective, refuse
from stages.components.training_key import training_key
from stages.components.training_state import Moving, part_of
from stages.contracts.errors import StageError
from stages.contracts.history import Epoch
from stages.contracts.prepared import Images, PreparedCases
from stages.contracts.recipe import Recipe
from stages.contracts.streamed import StreamedRows


@dataclass(frozen=True)
class Fitted:
    """What a training leaves beside the weights.

    Attributes:
        history: One row per epoch that was run.
        validation: What the weights that were kept say of the validation cases: probabilities, shape
            (cases, classes), numbers, shape (cases, 1), or a class per pixel, shape (cases, *size).
    """

    history: list[Epoch]
    validation: NDArray[np.float32]


class Report(Protocol):
    """Takes each finished epoch, for a person to watch."""

    def __call__(self, epoch: Epoch, epochs: int) -> None:
        """Takes an epoch and the number of epochs there will be."""


def fit(  # noqa: PLR0913 - what a training is made of
    network: GraftNetwork,
    training: PreparedCases,
    validation: PreparedCases,
    recipe: Recipe,
    *,
    pace: Pace,
    device: Device,
    seed: int,
    report: Report,
    resumption: Resumption | None = None,
) -> Fitted:
    """Trains a network in place, by the loss of its task and the pace's penalty.

    Args:
        network: Its head has the outputs that the task asks for.
        training: Labelled cases.
        validation: Labelled cases; they are scored, and decide no more than when a patient recipe ends.
        recipe: How to train.
        pace: Learning rates of backbone and head, what BatchNorm does, and the penalty.
        device: Where to compute.
        seed: Decides order, augmentation and dropout.
        report: Called after each epoch.
        resumption: Keeps the state from time to time, and gives that of an earlier start; the result is the
            same to the last bit.

    Returns:
        The learning curve and what is said of the validation cases by the weights that were kept. Processes
        that were joined share each batch, and all end with the same.

    Raises:
        StageError: If the loss is not a finite number any more.
    """
    torch.manual_seed(derive_seed(seed, "dropout"))
    task, processes = training.preparation.task, current()
    require_shareable(processes, task, recipe, pace, len(training.labels))
    objective = objective_of(task, training.preparation.classes)
    if recipe.balanced_sampling and task not in ("classes", "ordinal"):
        raise refuse("balanced_sampling", task)
    objective.settle(network, objective.targets(training))
    place(network, device)
    facts = "" if resumption is None else resumption.facts
    key = (
        ""
        if resumption is None and processes.number == 1
        else training_key(facts, network, (training, validation), recipe, device=device, seed=seed)
    )
    processes.require_same(key, device.name)
    if processes.number > 1:
        share_batch_norm(network)
    loop = _Loop(network, objective, training, recipe, pace=pace, device=device, seed=seed)
    truth, best = objective.targets(validation), Best(recipe.patience)
    history = _resume(resumption, key, recipe.epochs, loop.moving, best)
    processes.require_same(f"{len(history)} epochs done", device.name)
    for number, order in enumerate(orders(training.labels, recipe, generator(seed, "order")), 1):
        if number <= len(history):
            continue  # its order had to be drawn, for the next ones to be what they were
        set_training(network, pace, number)
        if processes.number > 1:  # they all have drawn the same so far
            torch.manual_seed(derive_seed(seed, f"dropout {number} {processes.rank}"))
        loss = loop.run_epoch(order)
        processes.require_parent()
        due = number % recipe.validate_every == 0 or number == recipe.epochs
        said = predict(loop.network, validation.images, device, validation.covariates) if due else None
        if not math.isfinite(loss):
            raise _diverged(number, recipe)
        watched = None if said is None or not len(truth) else objective.watch(said, truth)
        history.append(as_epoch(number, loss, watched))
        report(history[-1], recipe.epochs)
        if said is not None and best.take(history[-1], loop.network, said):
            break
        if resumption is not None and number < recipe.epochs and resumption.is_due():
            kept = {f"best.{name}": tensor for name, tensor in best.state().items()}
            resumption.keep(history, loop.moving.state() | kept)
    return Fitted(history, best.give(network))


def _resume(resumption: Resumption | None, key: str, epochs: int, moving: Moving, best: Best) -> list[Epoch]:
    """Brings a training to where an earlier start of it was, and gives the epochs that are done."""
    found = None if resumption is None else resumption.open(key, epochs)
    if found is None:
        return []
    history, state = found
    moving.restore(state)
    best.restore(part_of(state, "best."))
    return history


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
        self._network, self._device, self._processes = network, device, current()
        self._penalty = pace.penalty
        self._augmentation = augmentation_of(recipe, training.preparation)
        self._images = _reader(training.images, device)
        self._covariates = on_device(training.covariates, device)
        targets = objective.targets(training)
        self._targets, self._spatial = torch.from_numpy(targets).to(device.name), objective.spatial
        patch, draws = network.patch, generator(seed, "patches")
        self._patches = None if patch is None else PatchSampler(targets, patch, draws)
        self._bounds = batch_bounds(len(training.labels), recipe.batch_size)
        self._optimiser = make_optimiser(network, recipe, pace)
        steps = recipe.epochs * len(self._bounds)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: rate_at(step, steps, recipe.warmup)
        )
        loss = objective.loss(network, targets, recipe)
        self._loss = loss.to(device.name) if isinstance(loss, nn.Module) else loss
        self._draws = generator(seed, "augmentation")
        self._average = None if recipe.ema_decay is None else MovingAverage(network, recipe.ema_decay)
        self.moving = Moving(network, self._average, self._optimiser, self._schedule, (draws, self._draws))

    @property
    def network(self) -> GraftNetwork:
        """The network to validate and keep: the one in training, or the average of its steps."""
        return self._network if self._average is None else self._average.network

    def run_epoch(self, order: Tensor) -> float:
        """Takes one step per batch and gives the mean loss."""
        losses = [self._step(order[start:stop]) for start, stop in self._bounds]
        return float(torch.stack(losses).mean())

    def _step(self, rows: Tensor) -> Tensor:
        part = self._processes.part(len(rows))
        mine = rows[part.rows]
        there = mine.to(self._device.name)
        images, targets = self._images(mine), self._targets[there]
        if self._patches is not None:
            images, targets = self._patches.cut(images, targets, rows, part)
        batch, targets = self._varied(images.float(), targets, part)
        beside = None if self._covariates is None else self._covariates[there]
        with self._device.autocast():
            represented = self._network.represent(laid_out(batch))
            outputs = self._network.answer(self._network.joined(represented, beside))
        loss: Tensor = self._loss(outputs, targets)
        # The curve shows the loss alone, so that strategies compare.
        held = loss if self._penalty is None else loss + self._penalty(self._network, pooled(represented))
        self._optimiser.zero_grad(set_to_none=True)
        shown = self._processes.backward(held, loss, self._network.parameters(), part)
        self._optimiser.step()
        self._schedule.step()
        if self._average is not None:
            self._average.update(self._network)
        return shown

    def _varied(self, batch: Tensor, targets: Tensor, part: Part) -> tuple[Tensor, Tensor]:
        if self._augmentation is None:
            return batch, targets
        if self._spatial:
            return augment_both(batch, targets, self._augmentation, self._draws, part)
        return augment(batch, self._augmentation, self._draws, part), targets


def _reader(images: Images, device: Device) -> Callable[[Tensor], Tensor]:
    """Gives a function that makes a batch of rows on the device, in the type that they are stored in."""
    if isinstance(images, StreamedRows):
        return lambda rows: torch.from_numpy(images[rows.numpy()]).to(device.name)
    held = torch.from_numpy(images).to(device.name)
    return lambda rows: held[rows.to(device.name)]


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
