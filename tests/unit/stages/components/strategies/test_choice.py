from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from stages.components.strategies import choice
from stages.contracts.strategy import Strategy
from tests.unit.stages.components.strategies.tried import digests, moved, run_on_records


@pytest.mark.parametrize("params", get_args(Strategy))
def test_every_kind_of_the_contract_is_found_in_the_file_of_its_name(params: type) -> None:
    kind = params().kind
    assert choice._BY_KIND[kind].__module__ == f"stages.components.strategies.{kind}"
    assert len(choice._BY_KIND) == len(get_args(Strategy))


@pytest.mark.parametrize("params", get_args(Strategy))
def test_every_kind_trains_on_records_and_gives_the_same_bits_again(params: type) -> None:
    (before, trained), (_, again) = (run_on_records(params().kind) for _ in range(2))
    assert trained.fitted.validation.shape == (12, 2)
    assert np.isfinite(trained.fitted.validation).all()
    assert {"head.weight", "head.bias"} <= moved(before, trained.network)
    assert digests(trained.network) == digests(again.network)


@pytest.mark.parametrize("block", ["hidden_0", "hidden_2"])
def test_a_layer_of_records_is_a_block_that_surgery_takes(block: str) -> None:
    before, trained = run_on_records("surgical", block=block)
    layer = {name for name in before if name.startswith(f"backbone.{block}.")}
    assert moved(before, trained.network) == layer | {"head.weight", "head.bias"}
