from __future__ import annotations

import pytest
import torch

from stages.components.strategies.l2_sp import StartingPoint
from stages.contracts.strategy import L2SpParams
from tests.unit.stages.components.strategies.tried import CASES, relative_changes, run
from tests.unit.stages.small import network_of


def mean_change(kind: str, **params: object) -> float:
    changes = relative_changes(*run(kind, 0, 0, CASES, {"epochs": 4}, **params))
    return sum(changes) / len(changes)


def test_it_stays_closer_to_the_source_than_full_and_closer_yet_by_a_stronger_penalty() -> None:
    full, weak, strong = mean_change("full"), mean_change("l2_sp"), mean_change("l2_sp", alpha=10.0)
    assert 0 < strong < 0.5 * weak
    assert weak < 0.8 * full


def test_the_penalty_is_that_of_the_paper() -> None:
    network = network_of()
    penalty = StartingPoint(network, L2SpParams(alpha=3.0, beta=0.5))
    head = sum(float(weight.detach().square().sum()) for weight in network.head.parameters())
    assert float(penalty(network, torch.empty(0)).detach()) == pytest.approx(0.25 * head, rel=1e-5)
    weight = network.backbone.get_parameter("conv1.weight")
    with torch.no_grad():
        weight.add_(0.1)
    moved = 0.01 * weight.numel()
    expected = 1.5 * moved + 0.25 * head
    assert float(penalty(network, torch.empty(0)).detach()) == pytest.approx(expected, rel=1e-4)


def test_the_penalty_pulls_back_to_the_source() -> None:
    network = network_of()
    penalty = StartingPoint(network, L2SpParams(alpha=3.0))
    weight = network.backbone.get_parameter("conv1.weight")
    with torch.no_grad():
        weight.add_(0.1)
    torch.autograd.backward(penalty(network, torch.empty(0)))
    torch.testing.assert_close(weight.grad, torch.full_like(weight, 0.3))


def test_without_penalty_it_is_full_without_weight_decay() -> None:
    _, one = run("l2_sp", alpha=0.0, beta=0.0)
    _, other = run("full", recipe={"weight_decay": 0.0})
    for name, tensor in one.network.state_dict().items():
        assert torch.equal(tensor, other.network.state_dict()[name]), name
