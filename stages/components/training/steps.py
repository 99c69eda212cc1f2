"""The steps of a training: batches augmented and cast as a whole, loss, optimiser and schedule."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from stages.components.compute.device import Device
from stages.components.compute.processes import Part, current
from stages.components.networks.network import GraftNetwork, pooled
from stages.components.prediction.inference import laid_out, on_device
from stages.components.tasks.objective import Objective
from stages.components.training.augmentation import augment, augment_both, augmentation_of
from stages.components.training.averaging import MovingAverage
from stages.components.training.optimisation import Pace, batch_bounds, make_optimiser, rate_at
from stages.components.training.patches import PatchSampler
from stages.components.training.seed import generator
from stages.components.training.training_state import Moving
from stages.contracts.prepared import Images, PreparedCases
from stages.contracts.recipe import Recipe
from stages.contracts.streamed import StreamedRows


class Steps:
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
