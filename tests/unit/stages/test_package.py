from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import predict
from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json
from stages.contracts.model import Model
from stages.contracts.scores import Evaluation, Selection
from tests.unit.stages.chain import Chain


def test_the_folder_works_alone(built: Chain, tmp_path: Path) -> None:
    shutil.copytree(built.root / "model", tmp_path / "model")
    model = read_json(Model, tmp_path / "model/medgraft.json")
    record, network = load_checkpoint(tmp_path / "model/models")
    assert record.weights_sha256 == model.weights_sha256
    assert network.outputs == len(model.classes) == 2


def test_the_weights_are_those_of_the_selected_seed(built: Chain) -> None:
    selection = read_json(Selection, built.root / "selection.json")
    chosen = selection.selected
    run = f"finetuned/{chosen.source}-{chosen.strategy}-{chosen.seed}"
    packed = (built.root / "model/models/checkpoint.safetensors").read_bytes()
    assert packed == (built.root / run / "checkpoint.safetensors").read_bytes()
    model = read_json(Model, built.root / "model/medgraft.json")
    assert (model.source, model.strategy, model.seed) == (chosen.source, chosen.strategy, chosen.seed)
    assert (model.threshold, model.positive) == (chosen.threshold, "yes")
    assert model.evaluation == read_json(Evaluation, built.root / "metrics.json")


def test_no_case_and_no_patient_is_in_it(built: Chain) -> None:
    index = (built.root / "features/formula/features.json").read_text()
    cases = json.loads(index)["case_ids"]
    for name, data in built.bytes_of("model").items():
        if name.endswith(".json"):
            assert not [case for case in cases if case.encode() in data], name


def test_the_same_inputs_give_the_same_bytes(chain: Chain) -> None:
    before = chain.bytes_of("model")
    assert chain.package() == 0
    assert chain.bytes_of("model") == before


def test_the_bundles_metadata_describe_the_model(built: Chain) -> None:
    found = json.loads((built.root / "model/configs/metadata.json").read_text())
    data = found["network_data_format"]
    assert data["inputs"]["image"]["spatial_shape"] == [32, 32]
    assert data["outputs"]["pred"]["channel_def"] == {"0": "no", "1": "yes"}
    assert found["monai_version"] and found["pytorch_version"]
    assert found["description"] == "Tells narrow stripes from wide ones."


@pytest.mark.parametrize("change", [{"name": "My Model"}, {"description": None}, {"licence": "MIT"}])
def test_params_that_are_not_valid_are_refused(chain: Chain, change: dict[str, object]) -> None:
    before = chain.bytes_of("model")
    chain.params["package"] |= change
    assert chain.package() == 10
    assert chain.bytes_of("model") == before


def test_metrics_that_were_cut_short_are_refused_by_their_key(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    file = chain.root / "metrics.json"
    values = json.loads(file.read_text())
    values["scratch"]["auroc"]["low"] = None
    file.write_text(json.dumps(values))
    assert chain.package() == 11
    assert "why:    scratch.auroc.low: Input should be a valid number" in capsys.readouterr().err


def test_an_ensemble_is_packed_seed_by_seed_and_predicts_their_mean(chain: Chain) -> None:
    chain.params["grid"]["strategies"] = ["scratch", "lp_ft"]  # the seeds of a linear probe agree
    chain.params["select"] |= {"ensemble": True}
    assert chain.select() == chain.evaluate() == chain.package() == 0
    model = read_json(Model, chain.root / "model/medgraft.json")
    assert model.members == (0, 1)
    assert chain.run(predict, model="model", images="raw/target", out="said.csv") == 0
    said = pd.read_csv(chain.root / "said.csv").set_index("image")
    heard = pd.read_parquet(chain.root / "evaluation/predictions.parquet")
    both = heard[heard["model"] == "selected"]
    mean = both[both["seed"].isna()].set_index("case_id")["probability_yes"]
    np.testing.assert_allclose(said.loc[mean.index, "probability_yes"], mean, atol=2e-3)
    single = both[both["seed"] == model.seed].set_index("case_id")["probability_yes"]
    assert not np.allclose(mean, single.loc[mean.index], atol=2e-3)


def test_a_temperature_goes_with_the_model(chain: Chain) -> None:
    selection = read_json(Selection, chain.root / "selection.json")
    assert read_json(Model, chain.root / "model/medgraft.json").temperature == selection.selected.temperature
    file = chain.root / "model/medgraft.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"temperature": 50.0}))
    assert chain.run(predict, model="model", images="raw/target", out="said.csv") == 0
    said = pd.read_csv(chain.root / "said.csv")["probability_yes"]
    assert ((said - 0.5).abs() < 0.15).all()
