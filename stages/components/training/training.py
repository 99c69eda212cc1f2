"""The training loop: epochs, validation, and when it ends."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from stages.components.compute.device import Device
from stages.components.compute.processes import current
from stages.components.networks.network import GraftNetwork
from stages.components.prediction.inference import place, predict
from stages.components.tasks.choice import objective_of
from stages.components.tasks.objective import Objective, refuse
from stages.components.training.optimisation import Pace, orders, set_training
from stages.components.training.resumption import Resumption
from stages.components.training.seed import derive_seed, generator
from stages.components.training.shared_norm import share_batch_norm
from stages.components.training.sharing import require_shareable
from stages.components.training.steps import Steps
from stages.components.training.stopping import Best
from stages.components.training.training_key import training_key
from stages.components.training.training_state import Moving, part_of
from stages.contracts.errors import StageError
from stages.contracts.history import Epoch
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe


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
    processes = current()
    objective = _settled(network, training, recipe, pace)
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
    steps = Steps(network, objective, training, recipe, pace=pace, device=device, seed=seed)
    truth, best = objective.targets(validation), Best(recipe.patience)
    history = _resume(resumption, key, recipe.epochs, steps.moving, best)
    processes.require_same(f"{len(history)} epochs done", device.name)
    for number, order in enumerate(orders(training.labels, recipe, generator(seed, "order")), 1):
        if number <= len(history):
            continue  # its order had to be drawn, for the next ones to be what they were
        set_training(network, pace, number)
        if processes.number > 1:  # they all have drawn the same so far
            torch.manual_seed(derive_seed(seed, f"dropout {number} {processes.rank}"))
        loss = steps.run_epoch(order)
        processes.require_parent()
        due = number % recipe.validate_every == 0 or number == recipe.epochs
        said = predict(steps.network, validation.images, device, validation.covariates) if due else None
        if not math.isfinite(loss):
            raise _diverged(number, recipe)
        watched = None if said is None or not len(truth) else objective.watch(said, truth)
        history.append(as_epoch(number, loss, watched))
        report(history[-1], recipe.epochs)
        if said is not None and best.take(history[-1], steps.network, said):
            break
        if resumption is not None and number < recipe.epochs and resumption.is_due():
            kept = {f"best.{name}": tensor for name, tensor in best.state().items()}
            resumption.keep(history, steps.moving.state() | kept)
    return Fitted(history, best.give(network))


def _settled(network: GraftNetwork, training: PreparedCases, recipe: Recipe, pace: Pace) -> Objective:
    """Gives what is trained for, with the network settled on it; refuses what its task cannot have."""
    task = training.preparation.task
    require_shareable(current(), task, recipe, pace, len(training.labels))
    objective = objective_of(task, training.preparation.classes)
    if recipe.balanced_sampling and task not in ("classes", "ordinal"):
        raise refuse("balanced_sampling", task)
    objective.settle(network, objective.targets(training))
    return objective


def _resume(resumption: Resumption | None, key: str, epochs: int, moving: Moving, best: Best) -> list[Epoch]:
    """Brings a training to where an earlier start of it was, and gives the epochs that are done."""
    found = None if resumption is None else resumption.open(key, epochs)
    if found is None:
        return []
    history, state = found
    moving.restore(state)
    best.restore(part_of(state, "best."))
    return history


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
