from __future__ import annotations

from typing import get_args

import pytest

from stages.components.strategies import choice
from stages.contracts.strategy import Strategy


@pytest.mark.parametrize("params", get_args(Strategy))
def test_every_kind_of_the_contract_is_found_in_the_file_of_its_name(params: type) -> None:
    kind = params().kind
    assert choice._BY_KIND[kind].__module__ == f"stages.components.strategies.{kind}"
    assert len(choice._BY_KIND) == len(get_args(Strategy))
