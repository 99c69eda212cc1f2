from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import load_file, save_file

from stages.components.grafting.transferability import expected_likelihood
from stages.components.networks.checkpoint import file_sha256, load_checkpoint
from stages.components.prediction.inference import predict
from stages.components.training.budget import within_budget
from stages.contracts.artifact import read_json
from stages.contracts.hints import Hints
from stages.contracts.prepared import load_prepared
from tests.unit.stages.chain import Chain, hold_nothing, tamper
from tests.unit.stages.small import plain_device

HINTS = "hints/formula.json"


def read(chain: Chain) -> Hints:
    return read_json(Hints, chain.root / HINTS)


def rehead(chain: Chain, **tensors: np.ndarray | None) -> None:
    """Gives the source another head; None takes a tensor away. Every record of its hash follows."""
    folder = chain.root / "sources/formula"
    file = folder / "checkpoint.safetensors"
    weights = load_file(file) | {f"head.{name}": tensor for name, tensor in tensors.items()}
    save_file({name: tensor for name, tensor in weights.items() if tensor is not None}, file)
    for record, key in (
        (folder / "checkpoint.json", "weights_sha256"),
        (chain.root / "transferred/formula/checkpoint.json", "parent_sha256"),
    ):
        record.write_text(json.dumps(json.loads(record.read_text()) | {key: file_sha256(file)}))


def test_every_hint_is_there_and_the_same_inputs_give_the_same_bytes(chain: Chain) -> None:
    found = read(chain)
    assert (found.source, found.training_cases) == ("formula", 20)
    assert found.logme is not None and found.h_score is not None and found.leep is not None
    assert 0 <= found.h_score <= 1 and found.leep <= 0
    before = chain.bytes_of("hints")
    assert chain.hint() == 0
    assert chain.bytes_of("hints") == before


def test_leep_is_what_the_source_itself_predicts_of_the_labelled_cases(built: Chain) -> None:
    _, source = load_checkpoint(built.root / "sources/formula")
    cases = within_budget(load_prepared(built.root / "prepared/target", ("train",)), 20)
    predicted = predict(source, cases.images, plain_device(source)).astype(np.float64)
    assert read(built).leep == pytest.approx(expected_likelihood(predicted, cases.labels), abs=1e-4)


def test_only_labelled_training_cases_count(chain: Chain) -> None:
    before = chain.bytes_of("hints")
    tamper(chain.root / "prepared/target", "val", "test")
    file = chain.root / "prepared/target/index.parquet"
    index = pd.read_parquet(file)
    training = within_budget(load_prepared(chain.root / "prepared/target", ("train",)), 20)
    others = (index["split"] == "train") & ~index["case_id"].isin(training.index["case_id"])
    assert others.any()
    index[~others].to_parquet(file, index=False)
    assert chain.hint() == 0
    assert chain.bytes_of("hints") == before


@pytest.mark.parametrize(("budget", "most", "used"), [(8, 2000, 8), (20, 6, 6), (None, 2000, None)])
def test_the_budget_and_the_section_limit_the_cases(
    chain: Chain, budget: int | None, most: int, used: int | None
) -> None:
    index = pd.read_parquet(chain.root / "prepared/target/index.parquet")
    chain.params["finetune"]["label_budget"] = budget
    chain.params["hint"] = {"most_cases": most}
    assert chain.hint() == 0
    assert read(chain).training_cases == (used or (index["split"] == "train").sum())


@pytest.mark.parametrize(
    "head",
    [
        {"weight": None, "bias": None},
        {"weight": np.zeros((3, 7), np.float32)},
        {"weight": np.zeros((1, 128), np.float32), "bias": np.zeros(1, np.float32)},
    ],
)
def test_a_source_without_a_classifier_on_these_features_has_no_leep(
    chain: Chain, head: dict[str, np.ndarray | None]
) -> None:
    before = read(chain)
    rehead(chain, **head)
    assert chain.hint() == 0
    assert read(chain) == before.model_copy(update={"leep": None})


def test_one_class_gives_no_guess_and_stops_nothing(chain: Chain) -> None:
    file = chain.root / "prepared/target/index.parquet"
    index = pd.read_parquet(file)
    index.loc[index["split"] == "train", "label"] = 1
    index.to_parquet(file, index=False)
    assert chain.hint() == 0
    found = read(chain)
    assert (found.training_cases, found.logme, found.h_score, found.leep) == (20, None, None, None)


def test_no_image_is_read_and_torch_is_not_imported(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    for shard in (chain.root / "prepared/target").glob("shard-*"):
        shard.unlink()
    hold_nothing(monkeypatch)
    assert chain.hint() == 0
    places = {name: f"{name}/formula" for name in ("transferred", "features")}
    words = [f"--{n}={p}" for n, p in places.items()]
    words += ["--source=sources/formula", "--prepared=prepared/target", "--out=again.json"]
    code = "import sys, stages.hint as s; s.main(); sys.exit(bool({'torch', 'monai'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code, *words], cwd=chain.root, check=True)
    assert (chain.root / "again.json").read_bytes() == (chain.root / HINTS).read_bytes()


def test_weights_that_were_not_the_transferred_ones_are_refused(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    before = chain.bytes_of("hints")
    chain.params["train_source"]["formula"]["seed"] = 1
    assert chain.train_source() == 0
    assert chain.hint() == 11
    block = capsys.readouterr().err.splitlines()[-4:]
    assert block[0] == "error: a source's head cannot be read"
    assert "made of other weights" in block[2]
    assert chain.bytes_of("hints") == before


def test_features_of_another_network_are_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    chain.params["transfer"]["seed"] = 1
    assert chain.transfer() == 0
    assert chain.hint() == 11
    assert "they were computed by another checkpoint" in capsys.readouterr().err


def test_damaged_weights_are_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    file: Path = chain.root / "sources/formula/checkpoint.safetensors"
    file.write_bytes(file.read_bytes()[:60])
    assert chain.hint() == 11
    assert len(capsys.readouterr().err.splitlines()) == 4


@pytest.mark.parametrize(
    ("section", "values"),
    [("hint", {"most_cases": 1}), ("hint", {"most": 5}), ("finetune", {"label_budget": 1})],
)
def test_params_that_are_not_valid_are_refused(chain: Chain, section: str, values: dict[str, object]) -> None:
    chain.params[section] |= values
    assert chain.hint() == 10


def test_a_head_of_torch_s_own_is_read_as_it_is(built: Chain) -> None:
    from stages.hint import read_head

    record, _ = load_checkpoint(built.root / "transferred/formula")
    _, source = load_checkpoint(built.root / "sources/formula")
    assert isinstance(source.head, torch.nn.Linear)
    head = read_head(built.root / "sources/formula", record, source.head.in_features)
    assert head is not None
    assert torch.equal(torch.from_numpy(head[0]), source.head.weight)
    assert torch.equal(torch.from_numpy(head[1]), source.head.bias)
