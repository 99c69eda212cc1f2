from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.components.optimisation import Pace, rate_at, set_training
from tests.unit.stages.small import network_of


def test_a_backbone_can_be_unfrozen_again() -> None:
    network = network_of()
    set_training(network, Pace(backbone=0))
    assert not any(p.requires_grad for p in network.backbone.parameters())
    set_training(network, Pace())
    assert all(p.requires_grad for p in network.backbone.parameters())
    assert all(module.training for module in network.modules())


@given(steps=st.integers(2, 200), warmup=st.floats(0, 0.9))
def test_the_rate_rises_to_its_peak_once_and_then_falls_to_nothing(steps: int, warmup: float) -> None:
    rates = [rate_at(step, steps, warmup) for step in range(steps + 1)]
    rising = int(steps * warmup)
    assert max(rates) == rates[rising] == 1
    assert rates[: rising + 1] == sorted(rates[: rising + 1])
    assert rates[rising:] == sorted(rates[rising:], reverse=True)
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert min(rates[:steps]) > 0
