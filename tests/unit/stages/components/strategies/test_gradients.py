from __future__ import annotations

import pytest
import torch

from stages.components.networks.blocks import blocks_of
from stages.components.strategies.gradients import relative_gradient_norms
from tests.unit.stages.small import cases_of, copied, network_of, plain_device

CASES = cases_of({"train": (5, 4)})


def test_it_is_the_gradient_of_the_mean_loss_over_the_weights_of_each_block() -> None:
    network, by_hand = network_of(), network_of().eval()
    found = relative_gradient_norms(network, CASES, plain_device(network), batch_size=4)
    outputs = by_hand(torch.from_numpy(CASES.images).float())
    torch.autograd.backward(torch.nn.functional.cross_entropy(outputs, torch.from_numpy(CASES.labels)))
    assert list(found) == [block.name for block in blocks_of(by_hand.backbone)]
    for block in blocks_of(by_hand.backbone):
        weights = torch.cat([w.detach().flatten() for w in block.parameters()])
        gradient = torch.cat([w.grad.flatten() for w in block.parameters() if w.grad is not None])
        assert found[block.name] == pytest.approx(float(gradient.norm() / weights.norm()), rel=1e-3)


def test_neither_a_weight_nor_a_statistic_changes_and_no_gradient_stays() -> None:
    network = network_of()
    before = copied(network)
    relative_gradient_norms(network, CASES, plain_device(network), batch_size=4)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert all(weight.grad is None for weight in network.parameters())


def test_what_was_frozen_before_counts_too() -> None:
    network, frozen = network_of(), network_of()
    frozen.backbone.requires_grad_(False)
    one, other = (relative_gradient_norms(n, CASES, plain_device(n), 4) for n in (network, frozen))
    assert one == other
