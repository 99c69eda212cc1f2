"""The learning curve over label budgets, through the stages that draw it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json
from stages.contracts.scores import Evaluation, Selection
from tests.unit.stages.chain import Chain
from tests.unit.stages.rechecked import PREDICTIONS, forged, mismatches, named

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


def test_an_audit_computes_every_point_of_the_curve_again(curved: Chain) -> None:
    assert mismatches(curved) == ()


def test_an_audit_names_every_forged_figure_of_the_curve(curved: Chain, tmp_path: Path) -> None:
    forgeries: dict[str, object] = {
        "curve.points.half.selected.auroc.value": 0.999,
        "curve.points.few.difference.auroc.low": 0.5,
        "curve.points.half.verdict": other_verdict(curved),
        "curve.points.few.cases": 3,
        "curve.points.all.scratch.auroc.high": 0.1,
        "curve.points.half.seeds.scratch.1.auroc": 0.123,
        "curve.saved.target": 0.123,
        "curve.saved.reached": 0.123,
        "curve.saved.saved": 19,
    }
    assert named(curved, tmp_path, forgeries) == set(forgeries)


def other_verdict(chain: Chain) -> str:
    curve = read_json(Evaluation, chain.root / "metrics.json").curve
    assert curve is not None
    return "negative" if curve.points["half"].verdict == "positive" else "positive"


def test_an_audit_names_predictions_of_a_budget_that_give_another_curve(
    curved: Chain, tmp_path: Path
) -> None:
    copy = curved.copy(tmp_path)
    forged(copy, "selected/half").to_parquet(copy.root / PREDICTIONS, index=False)
    places = [one.where for one in mismatches(copy)]
    assert any("curve.points.half.selected" in place for place in places)
    assert not any("curve.points.few" in place or "metrics.json: selected" in place for place in places)
    table = pd.read_parquet(copy.root / PREDICTIONS)
    table[table["model"] != "selected/half"].to_parquet(copy.root / PREDICTIONS, index=False)
    assert "no rows of selected/half" in mismatches(copy)[-1].why


def test_an_audit_names_a_curve_that_was_drawn_otherwise(curved: Chain, tmp_path: Path) -> None:
    copy = curved.copy(tmp_path)
    file = copy.root / "evaluation/roc.csv"
    table = pd.read_csv(file)
    name = table.columns[1]
    table[name] = table[name] + np.where(table.index == 3, 0.01, 0.0)
    table.to_csv(file, index=False)
    assert [one.where for one in mismatches(copy)] == [str(file)]


def test_a_budget_of_one_class_is_named(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    chain.params["budgets"] = {"few": {"cases": 2}}
    index = pd.read_parquet(chain.root / "prepared/target/index.parquet")
    index["group_id"] = "one-patient-" + index["label"].astype(str)
    index.to_parquet(chain.root / "prepared/target/index.parquet", index=False)
    assert chain.finetune("scratch", 0, budget="few") == 11
    assert "budgets.few" in capsys.readouterr().err
