from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stages.components.networks.blocks import blocks_of
from stages.components.training.optimisation import Pace, make_optimiser, orders, rate_at, set_training
from tests.unit.stages.small import network_of, recipe_of, spec_of


def test_a_backbone_can_be_unfrozen_again() -> None:
    network = network_of()
    set_training(network, Pace(backbone=0), 1)
    assert not any(p.requires_grad for p in network.backbone.parameters())
    set_training(network, Pace(), 2)
    assert all(p.requires_grad for p in network.backbone.parameters())
    assert all(module.training for module in network.modules())


def test_what_is_not_open_is_frozen_and_in_evaluation_mode() -> None:
    network = network_of()
    pace = Pace(opening=lambda epoch: ["layer4", "stem"][:epoch])
    for epoch, opened in ((1, {"layer4"}), (2, {"layer4", "stem"})):
        set_training(network, pace, epoch)
        for block in blocks_of(network.backbone):
            learns = block.name in opened
            assert {weight.requires_grad for weight in block.parameters()} == {learns}
            assert {m.training for module in block.modules for m in module.modules()} == {learns}
        assert network.head.training and network.head.weight.requires_grad


def test_with_every_block_frozen_nothing_of_the_backbone_is_in_training_mode() -> None:
    network = network_of(0, spec_of(name="efficientnet-b0"))
    set_training(network, Pace(opening=lambda epoch: []), 1)
    assert not any(module.training for module in network.backbone.modules())


@given(steps=st.integers(2, 200), warmup=st.floats(0, 0.9))
def test_the_rate_rises_to_its_peak_once_and_then_falls_to_nothing(steps: int, warmup: float) -> None:
    rates = [rate_at(step, steps, warmup) for step in range(steps + 1)]
    rising = int(steps * warmup)
    assert max(rates) == rates[rising] == 1
    assert rates[: rising + 1] == sorted(rates[: rising + 1])
    assert rates[rising:] == sorted(rates[rising:], reverse=True)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert min(rates[:steps]) > 0


def drawn(balanced: bool, epochs: int = 2, seed: int = 0) -> list[list[int]]:
    labels = np.array([0] * 90 + [1] * 10)
    recipe = recipe_of(epochs=epochs, balanced_sampling=balanced)
    return [order.tolist() for order in orders(labels, recipe, torch.Generator().manual_seed(seed))]


def test_each_epoch_has_every_case_once_in_an_order_of_its_own() -> None:
    first, second = drawn(balanced=False)
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second


def test_balanced_sampling_draws_each_class_as_often_and_no_more_cases() -> None:
    epochs = drawn(balanced=True, epochs=30)
    assert {len(epoch) for epoch in epochs} == {100}
    rare = sum(case >= 90 for epoch in epochs for case in epoch) / 3000
    assert rare == pytest.approx(0.5, abs=0.05)
    assert {case for epoch in epochs for case in epoch} == set(range(100))
    assert epochs == drawn(balanced=True, epochs=30) != drawn(balanced=True, epochs=30, seed=1)


def test_a_fresh_block_learns_as_the_head_does_while_the_rest_is_frozen() -> None:
    network = network_of(0, spec_of(name="resnet10-unet"))
    network.fresh = frozenset({"decoder"})
    pace = Pace(backbone=0, head=0.5)
    set_training(network, pace, 1)
    learning = {name for name, weight in network.named_parameters() if weight.requires_grad}
    assert learning == {
        name for name, _ in network.named_parameters() if name.startswith(("head", *network.decoder))
    }
    groups = make_optimiser(network, recipe_of(learning_rate=0.1), pace).param_groups
    rates = {id(weight): group["lr"] for group in groups for weight in group["params"]}
    decoder = network.backbone.get_submodule("decoder")
    assert {rates[id(weight)] for weight in decoder.parameters()} == {0.05}
