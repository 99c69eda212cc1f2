from __future__ import annotations

import pytest
from pydantic import ValidationError

from stages.contracts.recipe import Recipe


def test_nothing_beyond_the_plain_loop_is_on_unless_asked() -> None:
    recipe = Recipe(epochs=1)
    assert (recipe.balanced_sampling, recipe.ema_decay, recipe.patience) == (False, None, None)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"patience": 0}, "patience"),
        ({"ema_decay": 1.0}, "ema_decay"),
        ({"ema_decay": 0.0}, "ema_decay"),
        ({"balanced_sampling": "often"}, "balanced_sampling"),
        ({"balanced_sampling": True, "class_weights": True}, "the same imbalance"),
    ],
)
def test_what_makes_no_sense_is_refused(values: dict[str, object], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        Recipe.model_validate({"epochs": 1} | values)
