"""How strongly the loss of some cases pulls at each block of a network."""

from __future__ import annotations

import torch
from torch import Tensor

from stages.components.compute.device import Device
from stages.components.networks.blocks import Block, blocks_of
from stages.components.networks.network import GraftNetwork
from stages.components.prediction.inference import laid_out, on_device, place
from stages.components.tasks.choice import objective_of
from stages.contracts.prepared import PreparedCases
from stages.contracts.recipe import Recipe


def relative_gradient_norms(
    network: GraftNetwork, cases: PreparedCases, device: Device, batch_size: int
) -> dict[str, float]:
    """Gives the norm of the mean loss's gradient over that of the weights, by block of the backbone.

    Args:
        network: With a head that has learned: a random one pulls anywhere. No weight changes.
        cases: Labelled cases; they are not augmented.
        device: Where to compute.
        batch_size: Cases at a time; of no effect but on memory and the last bits.
    """
    place(network, device).eval().requires_grad_(True)
    network.zero_grad(set_to_none=True)
    objective = objective_of(cases.preparation.task, cases.preparation.classes)
    targets = objective.targets(cases)
    loss_of = objective.loss(network, targets, Recipe(epochs=1, batch_size=batch_size))
    for start in range(0, len(targets), batch_size):
        rows = slice(start, start + batch_size)
        batch = torch.from_numpy(cases.images[rows]).to(device.name).float()
        with device.autocast():
            beside = None if cases.covariates is None else cases.covariates[rows]
            outputs = network(laid_out(batch), on_device(beside, device))
        wanted = torch.from_numpy(targets[rows]).to(device.name)
        loss = loss_of(outputs, wanted) * (len(wanted) / len(targets))
        loss.backward()  # type: ignore[no-untyped-call]
    norms = {block.name: _relative(block) for block in blocks_of(network.backbone)}
    network.zero_grad(set_to_none=True)
    return norms


def _relative(block: Block) -> float:
    weights = [weight.detach() for weight in block.parameters()]
    gradients = [weight.grad for weight in block.parameters() if weight.grad is not None]
    return float(_norm(gradients) / _norm(weights).clamp_min(torch.finfo(torch.float32).tiny))


def _norm(tensors: list[Tensor]) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(torch.cat([tensor.flatten() for tensor in tensors]))
    return norm
