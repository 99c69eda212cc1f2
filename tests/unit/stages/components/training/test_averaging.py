from __future__ import annotations

import torch

from stages.components.training.averaging import MovingAverage
from tests.unit.stages.small import copied, network_of


def test_it_is_the_exponential_average_with_a_short_memory_at_first() -> None:
    network = network_of()
    average = MovingAverage(network, decay=0.3)
    weight, expected = network.head.weight, torch.empty(0)
    for step, value in enumerate((1.0, 2.0, 5.0, -3.0, 4.0)):
        weight.data.fill_(value)
        average.update(network)
        decay = min(0.3, (1 + step) / (10 + step))
        expected = torch.tensor(value) if step == 0 else decay * expected + (1 - decay) * value
    torch.testing.assert_close(average.network.head.weight.detach(), expected.expand_as(weight))


def test_statistics_are_averaged_and_counts_taken_over() -> None:
    network = network_of()
    average = MovingAverage(network, decay=0.5)
    for value in (0.0, 1.0):
        network.backbone.get_buffer("bn1.running_mean").fill_(value)
        network.backbone.get_buffer("bn1.num_batches_tracked").fill_(int(value) + 7)
        average.update(network)
    averaged = average.network.backbone
    assert 0 < float(averaged.get_buffer("bn1.running_mean")[0]) < 1
    assert int(averaged.get_buffer("bn1.num_batches_tracked")) == 8


def test_what_does_not_move_keeps_every_bit() -> None:
    network = network_of()
    before = copied(network)
    average = MovingAverage(network, decay=0.77)
    for _ in range(20):
        average.update(network)
    after = average.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_network_in_training_is_left_alone() -> None:
    network = network_of()
    average = MovingAverage(network, decay=0.5)
    average.update(network)
    average.network.head.weight.data.zero_()
    assert float(network.head.weight.detach().abs().sum()) > 0
