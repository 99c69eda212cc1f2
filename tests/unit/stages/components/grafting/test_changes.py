from __future__ import annotations

import pytest
import torch

from stages.components.grafting.changes import compare, relative_change
from tests.unit.stages.small import copied, network_of, spec_of


def test_only_shared_layers_are_measured_each_once_and_in_order() -> None:
    network = network_of()
    layers = [change.layer for change in compare(copied(network), network, from_source=True).layers]
    assert layers[0] == "backbone.conv1"
    assert len(layers) == len(set(layers))
    assert {change.role for change in compare(copied(network), network, from_source=True).layers} == {
        "shared"
    }
    with_weights = {name.rpartition(".")[0] for name, _ in network.backbone.named_parameters()}
    assert {layer.removeprefix("backbone.") for layer in layers} == with_weights


def test_a_layer_that_stayed_has_a_change_of_zero_and_the_others_their_own() -> None:
    network = network_of()
    before = copied(network)
    with torch.no_grad():
        network.get_parameter("backbone.conv1.weight").mul_(1.25)
    changes = {c.layer: c for c in compare(before, network, from_source=True).layers}
    assert changes.pop("backbone.conv1").relative_change == pytest.approx(0.25, rel=1e-6)
    assert {c.relative_change for c in changes.values()} == {0.0}


def test_a_decoder_that_the_source_did_not_have_is_left_out() -> None:
    network = network_of(0, spec_of(name="resnet10-unet"))
    fresh = {name for name in copied(network) if name.startswith(network.decoder)}
    before = copied(network)
    changes = compare(before, network, from_source=True, specific=fresh)
    layers = {change.layer for change in changes.layers}
    assert "backbone.layer4.0.conv1" in layers
    assert not [layer for layer in layers if layer.startswith("backbone.decoder")]


def test_parameters_are_counted() -> None:
    network = network_of()
    changes = compare(copied(network), network, from_source=True)
    assert sum(c.parameters for c in changes.layers) == sum(p.numel() for p in network.backbone.parameters())


def test_the_control_has_no_weights_of_a_source_to_compare_with() -> None:
    network = network_of()
    assert compare(copied(network_of(3)), network, from_source=False).layers == ()


def test_the_relative_change_is_a_ratio_of_norms() -> None:
    before = torch.tensor([3.0, 4.0])
    assert relative_change(before, torch.tensor([3.0, 4.0])) == 0
    assert relative_change(before, torch.tensor([3.0, 5.0])) == pytest.approx(0.2)
    assert relative_change(torch.zeros(2), torch.zeros(2)) == 0
    assert relative_change(torch.zeros(2), torch.ones(2)) == 1
