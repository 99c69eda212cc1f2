"""Records go the whole way: from the tables of two hospitals to a packaged model that predicts rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.report.ledgers import read_transfers
from pipeline.report.places import Places
from stages import predict
from stages.contracts.artifact import read_json
from stages.contracts.grid import Grid
from stages.contracts.ledger import Ledger
from stages.contracts.scores import Evaluation, Selection
from stages.contracts.task import METRICS_OF, Task
from tests.unit.stages.chain import Chain
from tests.unit.stages.rechecked import mismatches, named
from tests.unit.stages.records_chain import complete, records

TASKS: tuple[Task, ...] = ("classes", "ordinal", "regression")


@pytest.fixture(scope="module", params=TASKS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, Chain]:
    task: Task = request.param
    return task, complete(records(tmp_path_factory.mktemp(task), task))


def test_every_task_of_records_gets_a_verdict(told: tuple[Task, Chain]) -> None:
    task, chain = told
    evaluation = read_json(Evaluation, chain.root / "metrics.json")
    assert set(METRICS_OF[task]) <= set(evaluation.selected)
    assert evaluation.verdict in ("positive", "inconclusive", "negative")


def test_gradient_boosting_stands_beside_the_verdict_and_is_never_selected(told: tuple[Task, Chain]) -> None:
    task, chain = told
    beside = read_json(Evaluation, chain.root / "metrics.json").boosting
    assert beside is not None and METRICS_OF[task][0] in beside.scores
    run = json.loads((chain.root / "finetuned/clinic-lp_ft-0/checkpoint.json").read_text())
    assert beside.training_cases == run["training_cases"]
    said = pd.read_parquet(chain.root / "evaluation/predictions.parquet")
    assert set(said["model"]) == {"selected", "scratch", "boosting"}
    assert "boosting" not in (chain.root / "selection.json").read_text()


def test_an_audit_computes_gradient_boosting_again_and_names_what_was_forged(
    told: tuple[Task, Chain], tmp_path: Path
) -> None:
    task, chain = told
    metric = METRICS_OF[task][0]
    assert mismatches(chain) == ()
    forgeries: dict[str, object] = {
        f"boosting.difference.{metric}.low": -9.0,
        f"boosting.scores.{metric}.value": 9.0,
        f"boosting.seeds.1.{metric}": 9.0,
        "boosting.training_cases": 7,
    }
    assert named(chain, tmp_path, forgeries) == set(forgeries)


def test_gradient_boosting_may_be_left_out(told: tuple[Task, Chain], tmp_path: Path) -> None:
    other = told[1].copy(tmp_path)
    other.params["evaluate"]["boosting"] = False
    before = read_json(Evaluation, other.root / "metrics.json")
    assert other.evaluate() == 0
    after = read_json(Evaluation, other.root / "metrics.json")
    assert after == before.model_copy(update={"boosting": None})


def test_the_ledger_says_which_units_came_along(told: tuple[Task, Chain]) -> None:
    ledger = read_json(Ledger, told[1].root / "transferred/clinic/ledger.json")
    first = next(e for e in ledger.entries if e.name == "backbone.hidden_0.0.weight")
    assert (first.action, first.reason) == (
        "adapted", "6 of 6 units by name; left behind: weight, weight is missing",
    )  # fmt: skip
    assert ledger.coverage == 1


def test_the_report_says_what_the_network_takes_in(told: tuple[Task, Chain], tmp_path: Path) -> None:
    (tmp_path / "artifacts").symlink_to(told[1].root)
    grid = Grid.model_validate(told[1].params["grid"])
    (shown,) = read_transfers(Places(tmp_path, grid))
    assert shown.network == "mlp, records of 2 values"
    assert shown.input.startswith("The units of the records: 6 of 6 units by name; left behind: weight")


def test_the_packaged_model_says_of_rows_what_evaluation_heard(told: tuple[Task, Chain]) -> None:
    task, chain = told
    rows = pd.read_csv(chain.root / "raw/target/t.csv").drop(columns="outcome")[["pain", "who", "age"]]
    rows.to_csv(chain.root / "new.csv", index=False)
    assert chain.run(predict, model="model", images="new.csv", out="said.csv") == 0
    said = pd.read_csv(chain.root / "said.csv").set_index("case")
    chosen = read_json(Selection, chain.root / "selected/selection.json").selected
    heard = pd.read_parquet(chain.root / "evaluation/predictions.parquet")
    heard = heard[(heard["model"] == "selected") & (heard["seed"] == chosen.seed)].set_index("case_id")
    columns = [name for name in heard.columns if name.startswith(("probability_", "predicted"))]
    assert len(heard) > 10
    np.testing.assert_allclose(said.loc[heard.index, columns], heard[columns], atol=2e-3)
    assert ("called" in said) == (task != "regression")


def test_a_table_without_a_column_is_refused(
    told: tuple[Task, Chain], capsys: pytest.CaptureFixture[str]
) -> None:
    chain = told[1]
    (chain.root / "few.csv").write_text("who,age\np,50\n")
    assert chain.run(predict, model="model", images="few.csv", out="none.csv") == 11
    assert "there is no column pain" in capsys.readouterr().err
    assert not (chain.root / "none.csv").exists()


def test_the_bundle_names_what_goes_in(told: tuple[Task, Chain]) -> None:
    metadata = json.loads((told[1].root / "model/configs/metadata.json").read_text())
    assert metadata["network_data_format"]["inputs"]["record"]["channel_def"] == {"0": "age", "1": "pain"}


def test_the_same_records_give_the_same_bytes(told: tuple[Task, Chain], tmp_path: Path) -> None:
    _, chain = told
    again = chain.copy(tmp_path)
    places = ("sources", "transferred", "finetuned/clinic-lp_ft-1", "metrics.json")
    assert again.train_source(source="clinic") == again.transfer("clinic") == 0
    assert again.finetune("lp_ft", 1, "clinic") == again.evaluate() == 0
    assert again.bytes_of(*places) == chain.bytes_of(*places)


def test_a_network_for_images_refuses_records(
    told: tuple[Task, Chain], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = told[1].copy(tmp_path)
    other.params["train_source"]["clinic"]["network"] = {"name": "resnet10"}
    assert other.train_source(source="clinic") == 10
    assert "resnet10 cannot take these cases" in capsys.readouterr().err
