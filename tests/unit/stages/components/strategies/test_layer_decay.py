from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from stages.components.networks.blocks import blocks_of
from stages.components.training.optimisation import Pace, make_optimiser
from tests.unit.stages.components.strategies.tried import run
from tests.unit.stages.small import network_of, recipe_of


def moves(decay: float) -> list[float]:
    """Gives the largest change of a weight, by block: with Adam it goes by the learning rate."""
    before, trained = run("layer_decay", decay=decay, recipe={"weight_decay": 0.0})
    names = {id(weight): name for name, weight in trained.network.named_parameters()}
    return [
        max(float((weight.detach() - before[names[id(weight)]]).abs().max()) for weight in block.parameters())
        for block in blocks_of(trained.network.backbone)
    ]


def test_each_block_learns_slower_than_the_one_above_it_by_the_factor() -> None:
    network = network_of()
    groups = make_optimiser(network, recipe_of(), Pace(backbone=0.5, layer_decay=0.1)).param_groups
    rates = {id(weight): group["lr"] for group in groups for weight in group["params"]}
    assert len(rates) == len(list(network.parameters()))
    assert {rates[id(weight)] for weight in network.head.parameters()} == {0.002}
    for depth, block in enumerate(reversed(blocks_of(network.backbone)), 1):
        (rate,) = {rates[id(weight)] for weight in block.parameters()}
        assert rate == pytest.approx(0.001 * 0.1**depth)


def test_the_lower_a_block_lies_the_less_it_moves() -> None:
    found = moves(0.1)
    assert all(0 < below < above / 5 for below, above in pairwise(found))


def test_without_decay_it_is_full() -> None:
    _, one = run("layer_decay", decay=1.0, backbone_rate=0.3)
    _, other = run("full", backbone_rate=0.3)
    for name, tensor in one.network.state_dict().items():
        assert torch.equal(tensor, other.network.state_dict()[name]), name
