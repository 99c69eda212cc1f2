from __future__ import annotations

import pytest
import torch

from stages.components.grafting.key_map import Rule, map_keys
from stages.contracts.errors import DataError

WEIGHTS = {
    "net.conv1.weight": torch.zeros(1),
    "net.norm1.weight": torch.ones(2),
    "optimiser.step": torch.ones(3),
}


def test_rules_apply_in_order_each_to_what_the_one_before_left() -> None:
    rules: list[Rule] = [("^optimiser", None), ("^net[.]", ""), (r"^norm(\d)", r"bn\1"), ("bn1", "bn2")]
    mapped = map_keys(WEIGHTS, rules, "s")
    assert list(mapped) == ["conv1.weight", "bn2.weight"]
    assert torch.equal(mapped["bn2.weight"], WEIGHTS["net.norm1.weight"])


def test_without_rules_all_stays() -> None:
    assert map_keys(WEIGHTS, [], "s") == WEIGHTS


def test_the_order_decides() -> None:
    one, other = ("^a$", "b"), ("^b$", "c")
    assert list(map_keys({"a": torch.zeros(1)}, [one, other], "s")) == ["c"]
    with pytest.raises(DataError, match="a rule matches none"):
        map_keys({"a": torch.zeros(1)}, [other, one], "s")


def test_a_rule_that_matches_nothing_is_named_with_the_names_that_it_met() -> None:
    with pytest.raises(DataError, match="a rule matches none") as caught:
        map_keys(WEIGHTS, [("^net[.]", ""), ("^net[.]conv1", "conv1")], "mine")
    assert caught.value.where == "import_source.mine.keys, rule 2: '^net[.]conv1'"
    assert caught.value.why == (
        "when its turn comes the names are 'conv1.weight', 'norm1.weight', 'optimiser.step'"
    )


def test_a_rule_after_all_tensors_are_left_out_is_named() -> None:
    with pytest.raises(DataError, match="a rule matches none") as caught:
        map_keys(WEIGHTS, [(".", None), ("conv", "c")], "mine")
    assert caught.value.why == "the rules before it leave none"


@pytest.mark.parametrize("rules", [[(r"(conv|norm)1", "layer")], [(r"^.*$", "x")]])
def test_two_tensors_that_come_to_have_one_name_are_refused(rules: list[Rule]) -> None:
    with pytest.raises(DataError, match="come to have one name") as caught:
        map_keys(WEIGHTS, rules, "mine")
    assert "'net.conv1.weight' and 'net.norm1.weight' both become" in caught.value.why
    assert len(str(caught.value).splitlines()) == 4


def test_names_can_be_exchanged() -> None:
    given = {"a": torch.zeros(1), "b": torch.ones(1)}
    mapped = map_keys(given, [("^a$", "c"), ("^b$", "a"), ("^c$", "b")], "s")
    assert torch.equal(mapped["a"], given["b"])
    assert torch.equal(mapped["b"], given["a"])
