from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.params.auto_search import SECONDS, more_controls, write_out
from pipeline.params.edit import apply_edits
from stages.__main__ import check
from stages.contracts.params import read_params

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")


def test_auto_becomes_a_search_over_every_strategy_that_is_valid() -> None:
    text = apply_edits(TEXT, ["grid.strategies=auto"])
    values = YAML(typ="safe").load(text)
    check(values)
    grid, strategies = values["grid"], values["strategies"]
    assert grid["strategies"] == []
    assert set(grid["searched"]) == set(strategies) > set(read_params(ROOT / "params.yaml")["strategies"])
    assert values["halve"] == {"seconds": SECONDS}
    assert "# What is tried: adding an entry" in text


def test_a_search_that_is_described_keeps_its_seconds() -> None:
    text = write_out("grid: {strategies: auto}\nstrategies: {a: {kind: scratch}}\nhalve: {seconds: 9}\n")
    assert YAML(typ="safe").load(text)["halve"] == {"seconds": 9}


def test_any_other_file_stays_as_it_is() -> None:
    assert write_out(TEXT) == TEXT
    assert write_out("grid: 3\n") == "grid: 3\n"


@pytest.mark.parametrize(
    ("kinds", "names"),
    [
        (["scratch"], []),
        (["scratch", "full"], []),
        (["scratch", "full", "lp_ft", "bss"], ["scratch_1", "scratch_2"]),
        (["full"], ["scratch_1"]),
    ],
)
def test_as_many_controls_as_others_are_searched(kinds: list[str], names: list[str]) -> None:
    found = more_controls({kind: {"kind": kind} for kind in kinds})
    assert list(found) == names
    rates = [entry["rate"] for entry in found.values()]
    assert rates == sorted(set(rates)) and all(0.1 <= rate <= 3 for rate in rates)


def test_a_name_that_is_taken_is_not_given_again() -> None:
    assert list(more_controls({"scratch_1": {"kind": "full"}})) == ["scratch_2"]
