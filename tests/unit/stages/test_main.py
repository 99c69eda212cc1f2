"""`python -m stages`: the whole params file is checked before anything runs."""

from __future__ import annotations

import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stages import __main__ as stage
from stages.contracts.errors import ParamsError, guarded
from tests.unit.stages.chain import PARAMS


def changed(path: str, value: Any) -> dict[str, Any]:
    """Gives valid params with one value set; `None` takes the key away."""
    params = deepcopy(PARAMS)
    *parents, key = path.split(".")
    place = params
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[key]
    else:
        place[key] = value
    return params


def refused(params: dict[str, Any]) -> ParamsError:
    with pytest.raises(ParamsError) as caught:
        stage.check(params)
    assert len(str(caught.value).splitlines()) == 4
    return caught.value


def test_valid_params_pass() -> None:
    stage.check(PARAMS)


def test_an_unknown_section_is_named() -> None:
    assert refused(changed("finetuning", {})).where == "params.yaml: finetuning"


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("finetune.epoch", 3, "finetune.epoch"),
        ("finetune.epochs", "three", "finetune.epochs"),
        ("finetune.augmentation", {"rotate": 200}, "finetune.augmentation.rotate"),
        ("train_source.formula.recipe.batch_size", 1, "train_source.formula.recipe.batch_size"),
        ("ingest.target.adapter", "magic", "ingest.target.adapter"),
        ("prepare.target.size", [32], "prepare.target.size"),
        ("select.metric", "f1", "select.metric"),
        ("evaluate.resamples", 3, "evaluate.resamples"),
        ("package.description", None, "package.description"),
        ("transfer.min_coverage", -1, "transfer.min_coverage"),
        ("strategies.lp_ft.rate", 2, "strategies.lp_ft"),
        ("grid.seeds", [0, 0], "grid"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(path: str, value: Any, where: str) -> None:
    assert refused(changed(path, value)).where.startswith(f"params.yaml: {where}")


@pytest.mark.parametrize(
    "path",
    [
        "grid",
        "select",
        "package",
        "prepare.target",
        "ingest.formula",
        "train_source.formula",
        "strategies.lp_ft",
        "grid.budgets",
        "grid.searched",
    ],
)
def test_what_the_grid_needs_must_be_there(path: str) -> None:
    assert refused(changed(path, None)).where == f"params.yaml: {path}"


def test_a_budget_of_the_grid_must_be_described() -> None:
    assert refused(changed("grid.budgets", ["tenth"])).where == "params.yaml: budgets.tenth"
    params = changed("grid.budgets", ["tenth"])
    stage.check(params | {"budgets": {"tenth": {"share": 0.1}}})
    both = refused(params | {"budgets": {"tenth": {"share": 0.1, "cases": 3}}})
    assert "either a `share` or a number of `cases`" in both.why


def test_a_search_tries_as_many_controls_as_others() -> None:
    params = changed("grid.searched", ["full", "slow"])
    strategies = params["strategies"] | {"full": {"kind": "full"}, "slow": {"kind": "linear_probe"}}
    assert refused(params | {"strategies": strategies}).where == "params.yaml: halve"
    params |= {"halve": {"seconds": 60}}
    error = refused(params | {"strategies": strategies})
    assert (error.where, error.why[:6]) == ("params.yaml: grid.searched", "0 of 2")
    stage.check(params | {"strategies": strategies | {"slow": {"kind": "scratch", "rate": 0.1}}})


def test_entries_that_the_grid_does_not_use_are_checked_too() -> None:
    assert "strategies.later" in refused(changed("strategies.later", {"kind": "unheard of"})).where


@pytest.mark.parametrize(("text", "code"), [(None, 0), ("a: [", 10), ("- 1\n", 10), ("", 10)])
def test_the_exit_code_says_whether_all_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, code: int
) -> None:
    with (tmp_path / "params.yaml").open("w") as file:
        YAML().dump(PARAMS, file) if text is None else file.write(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["stages"])
    assert guarded(stage.main) == code
