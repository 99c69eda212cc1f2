"""The learning curve over label budgets, through the stages that draw it."""

from __future__ import annotations

import itertools
import json

import pandas as pd
import pytest

from stages.components.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json
from stages.contracts.scores import Evaluation, Selection
from tests.unit.stages.chain import Chain

BUDGETS = {"half": {"share": 0.5}, "few": {"cases": 6, "epochs": 1}}


@pytest.fixture(scope="module")
def curved(built: Chain, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A workspace with a learning curve; not to be changed."""
    chain = built.copy(tmp_path_factory.mktemp("curved"))
    chain.params["budgets"] = BUDGETS
    chain.params["grid"]["budgets"] = list(BUDGETS)
    chain.params["grid"]["strategies"] = ["scratch", "linear_probe"]
    for budget, strategy, seed in itertools.product(BUDGETS, ("scratch", "linear_probe"), (0, 1)):
        assert chain.finetune(strategy, seed, budget=budget) == 0
    assert chain.select() == chain.evaluate() == chain.package() == 0
    return chain


def test_each_budget_trains_on_its_part_of_the_labelled_cases(curved: Chain) -> None:
    for budget, cases in (("half", 10), ("few", 6)):
        record, _ = load_checkpoint(curved.root / f"finetuned/{budget}-formula-scratch-0")
        assert record.training_cases == cases
    epochs = {
        name: len(pd.read_csv(curved.root / f"histories/{name}-formula-scratch-0.csv")) for name in BUDGETS
    }
    assert epochs == {"half": 2, "few": 1}


def test_each_budget_has_a_selection_of_its_own_made_on_validation(curved: Chain) -> None:
    for budget in BUDGETS:
        folder = curved.root / "selected/budgets" / budget
        selection = read_json(Selection, folder / "selection.json")
        assert len(selection.candidates) == 2
        for role, seed in itertools.product(("selected", "scratch"), (0, 1)):
            chosen = getattr(selection, role)
            name = f"{budget}-{chosen.source}-{chosen.strategy}-{seed}"
            run = curved.bytes_of(f"finetuned/{name}")
            copy = curved.bytes_of(f"selected/budgets/{budget}/{role}/{seed}")
            assert list(copy.values()) == list(run.values())


def test_the_curve_has_a_point_per_budget_and_one_for_all_labels(curved: Chain) -> None:
    found = read_json(Evaluation, curved.root / "metrics.json")
    assert found.curve is not None
    points = found.curve.points
    assert {name: point.cases for name, point in points.items()} == {"few": 6, "half": 10, "all": 20}
    full = points["all"]
    assert (full.selected, full.scratch, full.difference) == (found.selected, found.scratch, found.difference)
    assert full.verdict == found.verdict
    for point in points.values():
        assert set(point.seeds["selected"]) == set(point.seeds["scratch"]) == {"0", "1"}
    assert found.curve.saved.target == found.scratch["auroc"].value


def test_the_figures_at_all_labels_are_those_without_a_curve(curved: Chain, chain: Chain) -> None:
    chain.params["grid"]["strategies"] = ["scratch", "linear_probe"]
    assert chain.select() == chain.evaluate() == 0
    plain = json.loads((chain.root / "metrics.json").read_text())
    drawn = json.loads((curved.root / "metrics.json").read_text())
    assert plain["curve"] is None
    assert drawn | {"curve": None} == plain


def test_predictions_of_every_budget_are_kept(curved: Chain) -> None:
    table = pd.read_parquet(curved.root / "evaluation/predictions.parquet")
    roles = {f"{role}/{budget}" for role in ("selected", "scratch") for budget in BUDGETS}
    assert set(table["model"]) == {"selected", "scratch"} | roles


def test_a_budget_of_one_class_is_named(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    chain.params["budgets"] = {"few": {"cases": 2}}
    index = pd.read_parquet(chain.root / "prepared/target/index.parquet")
    index["group_id"] = "one-patient-" + index["label"].astype(str)
    index.to_parquet(chain.root / "prepared/target/index.parquet", index=False)
    assert chain.finetune("scratch", 0, budget="few") == 11
    assert "budgets.few" in capsys.readouterr().err
