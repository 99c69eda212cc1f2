from __future__ import annotations

import numpy as np
import torch

from stages.components.networks.network import GraftNetwork
from stages.components.training.stopping import Best
from stages.contracts.history import Epoch
from tests.unit.stages.small import network_of


def bias_of(network: GraftNetwork) -> torch.Tensor:
    assert network.head.bias is not None
    return network.head.bias


def offer(best: Best, network: GraftNetwork, losses: dict[int, float | None]) -> int | None:
    """Offers epochs whose weights and probabilities tell their number; gives the epoch of the stop."""
    for number, loss in losses.items():
        bias_of(network).data.fill_(number)
        epoch = Epoch(epoch=number, train_loss=1.0, val_loss=loss, val_score=None)
        if best.take(epoch, network, np.full((1, 2), number, np.float32)):
            return number
    return None


def kept(best: Best, network: GraftNetwork) -> float:
    probabilities = best.give(network)
    assert bool((bias_of(network) == float(probabilities[0, 0])).all())
    return float(probabilities[0, 0])


def test_it_stops_when_no_epoch_was_better_for_as_long_as_patience_lasts() -> None:
    best, network = Best(2), network_of()
    assert offer(best, network, {1: 3.0, 2: 1.0, 3: 2.0, 4: 1.0, 5: 0.1}) == 4
    assert kept(best, network) == 2


def test_patience_is_counted_in_epochs_and_asked_at_validations_only() -> None:
    best, network = Best(3), network_of()
    assert offer(best, network, {4: 1.0, 8: 0.5, 12: 0.7}) == 12
    assert kept(best, network) == 8


def test_the_best_is_kept_where_patience_never_ends() -> None:
    best, network = Best(9), network_of()
    assert offer(best, network, {1: 3.0, 2: 1.0, 3: 2.0}) is None
    assert kept(best, network) == 2


def test_without_patience_the_last_epoch_is_kept() -> None:
    best, network = Best(None), network_of()
    assert offer(best, network, {1: 1.0, 2: 2.0, 3: 3.0}) is None
    assert kept(best, network) == 3


def test_without_validation_cases_the_last_epoch_is_kept_and_nothing_stops() -> None:
    best, network = Best(1), network_of()
    assert offer(best, network, {1: None, 2: None, 3: None}) is None
    assert kept(best, network) == 3


def test_a_loss_that_is_no_number_is_never_better() -> None:
    best, network = Best(5), network_of()
    offer(best, network, {1: 1.0, 2: float("nan")})
    assert kept(best, network) == 1


def test_what_was_kept_does_not_change_with_the_network() -> None:
    best, network = Best(5), network_of()
    offer(best, network, {1: 1.0})
    before = network.head.weight.detach().clone()
    network.head.weight.data.add_(1)
    best.give(network)
    assert torch.equal(network.head.weight, before)
