from __future__ import annotations

import pytest

from stages.contracts.errors import ParamsError
from stages.contracts.params import parse_params
from stages.contracts.strategy import StrategyParams

KINDS = ("scratch", "linear_probe", "full", "lp_ft", "l2_sp", "layer_decay", "gradual", "surgical", "bss")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_enough(kind: str) -> None:
    assert parse_params(StrategyParams, {"kind": kind}, "strategies.a").root.kind == kind


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({}, "strategies.a"),
        ({"kind": "magic"}, "strategies.a"),
        ({"kind": "scratch", "rate": 0}, "rate"),
        ({"kind": "scratch", "backbone_rate": 0.1}, "backbone_rate"),
        ({"kind": "full", "backbone_rate": -1}, "backbone_rate"),
        ({"kind": "full", "batch_norm": "melted"}, "batch_norm"),
        ({"kind": "l2_sp", "alpha": -1}, "alpha"),
        ({"kind": "layer_decay", "decay": 0}, "decay"),
        ({"kind": "gradual", "epochs_per_block": 0}, "epochs_per_block"),
        ({"kind": "surgical", "block": 3}, "block"),
        ({"kind": "bss", "smallest": 0}, "smallest"),
        ({"kind": "linear_probe", "inverse_penalty": 0}, "inverse_penalty"),
        ({"kind": "lp_ft", "probe": {"inverse_penalty": "strong"}}, "probe.inverse_penalty"),
    ],
)
def test_what_a_strategy_does_not_take_is_refused_by_its_key(values: dict[str, object], key: str) -> None:
    with pytest.raises(ParamsError) as caught:
        parse_params(StrategyParams, values, "strategies.a")
    assert key in caught.value.where
