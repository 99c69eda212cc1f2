from __future__ import annotations

from typing import get_args

import pytest
import torch
from torch import nn

from stages.components.networks.blocks import blocks_of, fresh_blocks
from stages.contracts.network import Family, NetworkParams
from tests.unit.stages.small import network_of, spec_of
from tests.unit.stages.small_records import mlp_for, records_of


@pytest.mark.parametrize("name", get_args(Family))
def test_the_blocks_of_each_family_hold_every_weight_and_statistic_once(name: str) -> None:
    records = NetworkParams.model_validate({"name": name}).takes_records
    network = mlp_for(records_of({"train": 4}), layers=5)[1] if records else network_of(0, spec_of(name=name))
    backbone = network.backbone
    blocks = blocks_of(backbone)
    assert len(blocks) >= 5
    held = [weight for block in blocks for weight in block.parameters()]
    assert [id(weight) for weight in held] == [id(weight) for weight in backbone.parameters()]
    buffers = [b for block in blocks for module in block.modules for b in module.buffers()]
    assert [id(buffer) for buffer in buffers] == [id(buffer) for buffer in backbone.buffers()]


@pytest.mark.parametrize("name", ["resnet10", "densenet121", "efficientnet-b0"])
def test_the_blocks_lie_in_the_order_in_which_an_image_meets_them(name: str) -> None:
    backbone = network_of(0, spec_of(name=name)).backbone.eval()
    met: list[str] = []
    for block in blocks_of(backbone):
        block.modules[0].register_forward_hook(lambda *_, name=block.name: met.append(name))
    with torch.inference_mode():
        backbone(torch.zeros(1, 1, 32, 32))
    assert met == [block.name for block in blocks_of(backbone)]


def test_the_blocks_of_records_are_their_layers_in_order() -> None:
    cases = records_of({"train": 4})
    backbone = mlp_for(cases, layers=3)[1].backbone
    assert [block.name for block in blocks_of(backbone)] == ["hidden_0", "hidden_1", "hidden_2"]


def test_a_network_that_declares_no_blocks_is_one() -> None:
    backbone = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    (block,) = blocks_of(backbone)
    assert (block.name, list(block.parameters())) == ("backbone", list(backbone.parameters()))


def test_a_block_is_fresh_where_no_source_gave_any_of_it() -> None:
    network = network_of(0, spec_of(name="resnet10-unet"))
    names = {name for name, _ in network.named_parameters()}
    decoder = {name for name in names if name.startswith(network.decoder)}
    assert fresh_blocks(network.backbone, decoder | {"head.weight"}) == {"decoder"}
    assert fresh_blocks(network.backbone, decoder - {min(decoder)}) == frozenset()
    assert fresh_blocks(network.backbone, {"head.weight", "head.bias"}) == frozenset()
