from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from stages.components.networks.checkpoint import load_checkpoint
from stages.components.prediction.inference import predict
from stages.contracts.artifact import read_json
from stages.contracts.history import read_history
from stages.contracts.ledger import Changes
from stages.contracts.predictions import read_predictions, said_of
from stages.contracts.prepared import load_prepared
from tests.unit.stages.chain import Chain, hold_nothing, redescribe, tamper
from tests.unit.stages.small import plain_device

STRATEGIES = ("scratch", "linear_probe", "lp_ft")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_same_inputs_give_the_same_bytes(chain: Chain, strategy: str) -> None:
    name = f"formula-{strategy}-1"
    before = chain.bytes_of(f"finetuned/{name}", f"histories/{name}.csv")
    assert chain.finetune(strategy, 1) == 0
    assert chain.bytes_of(f"finetuned/{name}", f"histories/{name}.csv") == before


@pytest.mark.parametrize("strategy", ["scratch", "lp_ft"])
def test_a_training_that_streams_gives_the_same_bytes(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    name = f"formula-{strategy}-1"
    before = chain.bytes_of(f"finetuned/{name}", f"histories/{name}.csv")
    hold_nothing(monkeypatch)
    chain.params["finetune"]["memory_budget_mb"] = 0
    assert chain.finetune(strategy, 1) == 0
    assert chain.bytes_of(f"finetuned/{name}", f"histories/{name}.csv") == before


def test_what_has_no_labels_is_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    redescribe(chain.root / "prepared/target", "none")
    assert chain.finetune("lp_ft", 0) == 10
    assert "its cases have no labels" in capsys.readouterr().err


def test_seeds_differ(built: Chain) -> None:
    for strategy in ("scratch", "lp_ft"):
        hashes = {
            load_checkpoint(built.root / f"finetuned/formula-{strategy}-{seed}")[0].weights_sha256
            for seed in (0, 1)
        }
        assert len(hashes) == 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_validation_predictions_are_the_checkpoints(built: Chain, strategy: str) -> None:
    folder = built.root / f"finetuned/formula-{strategy}-0"
    record, network = load_checkpoint(folder)
    table = read_predictions(folder / "validation.parquet", ("no", "yes"))
    cases = load_prepared(built.root / "prepared/target", ("val",))
    again = predict(network, cases.images, plain_device(network))
    assert list(table["case_id"]) == list(cases.index["case_id"])
    np.testing.assert_allclose(said_of(table), again, atol=1e-4)
    assert (record.origin, record.strategy, record.training_cases) == ("finetuned", strategy, 20)


def test_changes_are_none_for_the_control_nothing_for_the_probe_and_something_after_training(
    built: Chain,
) -> None:
    found = {
        strategy: read_json(Changes, built.root / f"finetuned/formula-{strategy}-0/changes.json").layers
        for strategy in STRATEGIES
    }
    assert found["scratch"] == ()
    assert {change.relative_change for change in found["linear_probe"]} == {0.0}
    assert all(0 < change.relative_change < 1 for change in found["lp_ft"])
    assert {change.role for change in found["lp_ft"]} == {"shared"}


def test_the_probe_has_every_shared_tensor_of_the_transferred_network(built: Chain) -> None:
    _, before = load_checkpoint(built.root / "transferred/formula")
    _, after = load_checkpoint(built.root / "finetuned/formula-linear_probe-0")
    for name, tensor in before.state_dict().items():
        assert torch.equal(tensor, after.state_dict()[name]) == (not name.startswith("head.")), name


def test_the_parent_is_the_transferred_network_and_the_control_has_none(built: Chain) -> None:
    parent = load_checkpoint(built.root / "transferred/formula")[0].weights_sha256
    parents = {
        strategy: load_checkpoint(built.root / f"finetuned/formula-{strategy}-0")[0].parent_sha256
        for strategy in STRATEGIES
    }
    assert parents == {"scratch": None, "linear_probe": parent, "lp_ft": parent}


def test_test_cases_are_not_learned_from(chain: Chain) -> None:
    before = chain.bytes_of("finetuned/formula-scratch-0", "finetuned/formula-lp_ft-0")
    prepared = chain.root / "prepared/target"
    tamper(prepared, "test")
    assert chain.finetune("scratch", 0) == chain.finetune("lp_ft", 0) == 0
    assert chain.bytes_of("finetuned/formula-scratch-0", "finetuned/formula-lp_ft-0") == before


def test_a_larger_budget_trains_on_more(chain: Chain) -> None:
    chain.params["finetune"]["label_budget"] = None
    assert chain.finetune("linear_probe", 0) == 0
    record, _ = load_checkpoint(chain.root / "finetuned/formula-linear_probe-0")
    index = pd.read_parquet(chain.root / "prepared/target/index.parquet")
    assert record.training_cases == (index["split"] == "train").sum() > 20


def test_every_epoch_is_in_the_curve(built: Chain) -> None:
    lengths = {s: len(read_history(built.root / f"histories/formula-{s}-0.csv")) for s in STRATEGIES}
    assert lengths == {"scratch": 2, "linear_probe": 1, "lp_ft": 2}


def test_features_of_another_checkpoint_are_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    before = chain.bytes_of("finetuned")
    chain.params["transfer"]["seed"] = 1
    assert chain.transfer() == 0
    assert chain.finetune("lp_ft", 0) == 11
    assert "they were computed by another checkpoint" in capsys.readouterr().err
    assert chain.bytes_of("finetuned") == before


def test_one_class_is_nothing_to_learn(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    file = chain.root / "prepared/target/index.parquet"
    index = pd.read_parquet(file)
    index.loc[index["split"] == "train", "label"] = 1
    index.loc[index["split"] == "train", "target"] = "yes"
    index.to_parquet(file, index=False)
    assert chain.finetune("linear_probe", 0) == 11
    assert "there is nothing to learn" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("finetune", {"label_budget": 1}),
        ("finetune", {"label_buget": 10}),
        ("finetune", {"augmentation": {"spin": 3}}),
        ("strategies", {"lp_ft": {"kind": "lp_ft", "rate": "fast"}}),
        ("strategies", {"lp_ft": {"kind": "magic"}}),
        ("strategies", {}),
    ],
)
def test_params_that_are_not_valid_are_refused(chain: Chain, section: str, values: dict[str, object]) -> None:
    chain.params[section] = values if section == "strategies" else chain.params[section] | values
    assert chain.finetune("lp_ft", 0) == 10
