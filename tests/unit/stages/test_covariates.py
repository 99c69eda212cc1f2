"""Images with covariates beside them go the whole way, from a source without any to a model that predicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stages import predict
from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json
from stages.contracts.ledger import Ledger
from stages.contracts.model import Model
from stages.contracts.prepared import load_prepared
from stages.contracts.scores import Selection
from tests.unit.stages.chain import Chain, complete
from tests.unit.stages.raw_images import save
from tests.unit.stages.runs import Workspace
from tests.unit.stages.small import striped

FACTS = ["age", "sex", "smokes"]


def cases(rows: int = 60) -> pd.DataFrame:
    draws = np.random.default_rng(0)
    label = np.arange(rows) % 2
    age = (50 + 8 * label + draws.normal(0, 6, rows)).round(1)
    return pd.DataFrame(
        {
            "scan": [f"s{row:02d}" for row in range(rows)],
            "label": np.where(label, "yes", "no"),
            "age": [f"{value}" if value > 42 else "" for value in age],
            "sex": draws.choice(["F", "M", ""], rows),
            "smokes": draws.choice(["yes", "no"], rows),
        }
    )


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    chain = Chain(tmp_path_factory.mktemp("covariates"))
    raw = chain.root / "raw" / "target"
    for row in range(60):
        save(striped(row, row % 2, 14), raw / "png" / f"s{row:02d}.png")
    cases().to_csv(raw / "cases.csv", index=False)
    chain.params["ingest"]["target"]["adapter"] = {
        "format": "table",
        "file": "cases.csv",
        "path": "scan",
        "prefix": "png/",
        "suffix": ".png",
        "covariates": FACTS,
    }
    chain.params["prepare"]["target"]["covariates"] = FACTS
    return complete(chain)


@pytest.fixture
def chain(ready: Chain, tmp_path: Path) -> Chain:
    return ready.copy(tmp_path)


def test_covariates_lie_in_the_index_typed_and_with_their_gaps(ready: Chain) -> None:
    prepared = load_prepared(ready.root / "prepared/target", ("train", "val", "test"))
    kinds = {one.name: (one.kind, one.values) for one in prepared.preparation.covariates}
    assert kinds == {"age": ("number", ()), "sex": ("category", ("F", "M")), "smokes": ("boolean", ())}
    table = cases().set_index("scan")
    table.index = "png/" + table.index + ".png"
    told = table.loc[prepared.index["case_id"]]
    assert prepared.covariates is not None
    np.testing.assert_array_equal(prepared.covariates[:, 0], pd.to_numeric(told["age"]).astype(np.float32))
    codes = [told["sex"].map({"F": 0.0, "M": 1.0}), told["smokes"].map({"no": 0.0, "yes": 1.0})]
    np.testing.assert_array_equal(prepared.covariates[:, 1:], np.column_stack(codes))
    assert np.isnan(prepared.covariates).any()


def test_the_source_takes_none_and_gives_its_whole_backbone(ready: Chain) -> None:
    assert not load_checkpoint(ready.root / "sources/formula")[0].network.covariates
    ledger = read_json(Ledger, ready.root / "transferred/formula/ledger.json")
    assert ledger.coverage == 1
    taken = [entry for entry in ledger.entries if entry.name.startswith("covariates.")]
    assert len(taken) == 4
    assert {(entry.role, entry.action) for entry in taken} == {("specific", "reinitialised")}


def test_the_model_and_its_bundle_name_the_second_input(ready: Chain) -> None:
    assert [one.name for one in read_json(Model, ready.root / "model/medgraft.json").covariates] == FACTS
    inputs = json.loads((ready.root / "model/configs/metadata.json").read_text())["network_data_format"][
        "inputs"
    ]
    assert list(inputs) == ["image", "covariates"]
    assert inputs["covariates"]["channel_def"] == {"0": "age", "1": "sex", "2": "smokes"}


@pytest.mark.parametrize("strategy", ["scratch", "linear_probe", "lp_ft"])
def test_a_repeat_gives_the_same_bytes(chain: Chain, strategy: str) -> None:
    assert chain.extract() == chain.finetune(strategy, 0, out="again") == 0
    first = {
        Path(name).name: data for name, data in chain.bytes_of(f"finetuned/formula-{strategy}-0").items()
    }
    assert {Path(name).name: data for name, data in chain.bytes_of("again").items()} == first


def say(chain: Chain, table: pd.DataFrame | None, images: str = "raw/target/png") -> int:
    given: dict[str, Any] = {}
    if table is not None:
        table.to_csv(chain.root / "new.csv", index=False)
        given["table"] = "new.csv"
    return chain.run(predict, model="model", images=images, out="said.csv", **given)


def test_the_packaged_model_says_what_evaluation_heard(chain: Chain) -> None:
    table = cases().drop(columns="label").sample(frac=1, random_state=0)
    assert say(chain, table) == 0
    said = pd.read_csv(chain.root / "said.csv").set_index("image")
    chosen = read_json(Selection, chain.root / "selected/selection.json").selected
    heard = pd.read_parquet(chain.root / "evaluation/predictions.parquet")
    heard = heard[(heard["model"] == "selected") & (heard["seed"] == chosen.seed)].set_index("case_id")
    names = [name.removeprefix("png/") for name in heard.index]
    np.testing.assert_allclose(said.loc[names, "probability_yes"], heard["probability_yes"], atol=1e-4)
    assert say(chain, table.assign(age="90")) == 0
    older = pd.read_csv(chain.root / "said.csv").set_index("image")
    assert (older["probability_yes"] != said["probability_yes"]).any()


def test_a_single_image_is_found_in_a_table_of_many(chain: Chain) -> None:
    assert say(chain, cases(), "raw/target/png/s07.png") == 0
    assert list(pd.read_csv(chain.root / "said.csv")["image"]) == ["s07.png"]


def test_without_a_table_the_covariates_are_named(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    assert say(chain, None) == 2
    assert "age, sex, smokes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop(columns=["sex", "smokes"]), "no column sex, smokes"),
        (lambda table: table.drop(columns="scan"), "no column scan"),
        (lambda table: table[5:], "no row for 5 images"),
        (lambda table: pd.concat([table, table[:1]]), "2 rows for it"),
        (lambda table: table.assign(sex="X"), "none of F, M"),
        (lambda table: table.assign(age="old"), "not a number"),
        (lambda table: table.assign(age="inf"), "it is infinite"),
        (lambda table: table.assign(smokes="perhaps"), "not yes or no"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    chain: Chain, capsys: pytest.CaptureFixture[str], change: Any, said: str
) -> None:
    assert say(chain, change(cases())) == 11
    assert said in capsys.readouterr().err
    assert not (chain.root / "said.csv").exists()


def test_a_table_for_a_model_without_covariates_is_refused(
    built: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = built.copy(tmp_path)
    assert say(other, cases(), "raw/target") == 2
    assert "takes no covariates" in capsys.readouterr().err


def test_a_changed_covariate_and_another_choice_of_them_prepare_no_image_again(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for row in range(60):
        save(striped(row, row % 2, 14, side=16), workspace.raw / f"s{row:02d}.png")
    table = cases().assign(scan=lambda known: known["scan"] + ".png")
    table.to_csv(workspace.raw / "cases.csv", index=False)
    options = {"format": "table", "file": "cases.csv", "path": "scan", "covariates": FACTS}
    assert workspace.ingest(adapter=options) == workspace.prepare(covariates=FACTS) == 0
    table.assign(age="77").to_csv(workspace.raw / "cases.csv", index=False)
    assert workspace.ingest() == 0
    (workspace.root / "kept").mkdir()
    before = workspace.bytes_of("prepared")
    (workspace.root / "prepared").rename(workspace.root / "kept" / "prepared")
    workspace.previous(workspace.root / "kept")
    assert workspace.prepare(covariates=["age"]) == 0
    assert "0 prepared, 60 taken over" in capsys.readouterr().out
    after = workspace.bytes_of("prepared")
    assert {k: v for k, v in after.items() if "shard-" in k} == {
        k: v for k, v in before.items() if "shard-" in k
    }
    prepared = load_prepared(workspace.root / "prepared", ("train", "val", "test"))
    assert [one.name for one in prepared.preparation.covariates] == ["age"]
    assert prepared.covariates is not None
    assert (prepared.covariates == 77).all()


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"covariates": ["weight"]}, 10, "the manifest has age, sex, smokes"),
        ({"covariates": ["age", "age"]}, 10, "twice"),
        ({"covariates": ["age"], "size": None}, 10, "covariates"),
    ],
)
def test_covariates_that_cannot_be_taken_are_refused(
    chain: Chain, capsys: pytest.CaptureFixture[str], change: dict[str, Any], code: int, said: str
) -> None:
    chain.params["prepare"]["target"] |= change
    assert chain.prepare("target") == code
    assert said in capsys.readouterr().err
