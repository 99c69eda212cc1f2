"""Every kind of label goes the whole way: from a table to a packaged model that predicts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pipeline.report.curves import TestCurves, read_curves
from pipeline.report.places import Places
from stages import predict
from stages.contracts.artifact import read_json
from stages.contracts.grid import Grid
from stages.contracts.ledger import Ledger
from stages.contracts.scores import Evaluation, Selection
from stages.contracts.task import METRICS_OF, Task
from tests.unit.stages.chain import RECIPE, Chain, complete
from tests.unit.stages.raw_images import save
from tests.unit.stages.small import striped

LABELS: dict[Task, Callable[[int, int], str]] = {
    "ordinal": lambda width, _: ("1", "2", "3")[width],
    "multilabel": lambda width, _: ("0,0", "1,0", "1,1")[width],
    "regression": lambda width, number: str(50 + 10 * width + number % 5),
}
ADAPTERS: dict[Task, dict[str, Any]] = {
    "ordinal": {"task": "ordinal", "label": "grade", "classes": ["1", "2", "3"]},
    "multilabel": {"task": "multilabel", "label": ["nodule", "effusion"]},
    "regression": {"task": "regression", "label": "age"},
}
COLUMNS: dict[Task, str] = {"ordinal": "grade", "multilabel": "nodule,effusion", "regression": "age"}


def raw(root: Path, task: Task) -> None:
    lines = [f"path,{COLUMNS[task]}"]
    for number in range(60):
        width = number % 3
        save(striped(number, width, 60), root / f"{number:02d}.png")
        lines.append(f"{number:02d}.png,{LABELS[task](width, number)}")
    (root / "cases.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module", params=list(LABELS))
def labelled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, Chain]:
    task: Task = request.param
    chain = Chain(tmp_path_factory.mktemp(task))
    raw(chain.root / "raw" / "target", task)
    options = {"format": "table", "file": "cases.csv", **ADAPTERS[task]}
    chain.params["ingest"]["target"]["adapter"] = options
    chain.params["select"] = {}
    return task, complete(chain)


def test_the_metrics_and_the_verdict_are_those_of_the_task(labelled: tuple[Task, Chain]) -> None:
    task, chain = labelled
    evaluation = read_json(Evaluation, chain.root / "metrics.json")
    selection = read_json(Selection, chain.root / "selected/selection.json")
    assert evaluation.verdict_metric == selection.metric == METRICS_OF[task][0]
    assert set(METRICS_OF[task]) <= set(evaluation.selected)
    assert selection.selected.threshold is None
    for interval in evaluation.selected.values():
        assert interval.low <= interval.value <= interval.high


def test_the_packaged_model_says_what_evaluation_heard(labelled: tuple[Task, Chain]) -> None:
    task, chain = labelled
    assert (
        chain.run(predict, model="model", images="raw/target", out="said.csv") == 11
    )  # the table is no image
    (chain.root / "raw/target/cases.csv").rename(chain.root / "cases.csv")
    assert chain.run(predict, model="model", images="raw/target", out="said.csv") == 0
    (chain.root / "cases.csv").rename(chain.root / "raw/target/cases.csv")
    said = pd.read_csv(chain.root / "said.csv", dtype={"called": str}).set_index("image")
    chosen = read_json(Selection, chain.root / "selected/selection.json").selected
    heard = pd.read_parquet(chain.root / "evaluation/predictions.parquet")
    heard = heard[(heard["model"] == "selected") & (heard["seed"] == chosen.seed)].set_index("case_id")
    for column in [name for name in heard.columns if name.startswith(("probability_", "predicted"))]:
        np.testing.assert_allclose(said.loc[heard.index, column], heard[column], atol=2e-3)
    words = {"ordinal": {"1", "2", "3"}, "multilabel": {"", "nodule", "effusion", "nodule|effusion"}}
    if task in words:
        assert set(said["called"].fillna("")) <= words[task]


def test_the_bundle_says_what_comes_out(labelled: tuple[Task, Chain]) -> None:
    task, chain = labelled
    metadata = json.loads((chain.root / "model/configs/metadata.json").read_text())
    out = metadata["network_data_format"]["outputs"]["pred"]
    assert out["num_channels"] == {"ordinal": 3, "multilabel": 2, "regression": 1}[task]


def test_the_report_draws_what_there_is(labelled: tuple[Task, Chain], tmp_path: Path) -> None:
    task, chain = labelled
    curves = curves_of(chain, tmp_path)
    assert len(curves.drawings) == (1 if task == "regression" else 3)
    assert len(curves.confusions) == (2 if task == "ordinal" else 0)


def curves_of(chain: Chain, root: Path) -> TestCurves:
    (root / "artifacts").mkdir()
    (root / "artifacts" / "evaluation").symlink_to(chain.root / "evaluation")
    curves = read_curves(Places(root, Grid.model_validate(chain.params["grid"])))
    assert curves is not None
    return curves


def test_a_metric_of_another_task_is_refused(
    labelled: tuple[Task, Chain], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task, chain = labelled
    other = chain.copy(tmp_path)
    metric = "auroc" if task == "regression" else "mae"
    before = other.bytes_of("metrics.json", "selected")
    other.params["select"], other.params["evaluate"]["verdict"] = {"metric": metric}, metric
    assert other.select() == other.evaluate() == 10
    assert f"has no metric '{metric}'" in capsys.readouterr().err
    assert other.bytes_of("metrics.json", "selected") == before


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    chain = Chain(tmp_path_factory.mktemp("segmentation"))
    root = chain.root / "raw" / "target"
    lines = ["path,drawn"]
    for number in range(40):
        mask = np.zeros((32, 32), np.uint8)
        top, left = np.random.default_rng(number).integers(2, 18, 2)
        mask[top : top + 12, left : left + 12] = 1
        save(striped(number, 0, 10) // 2 + mask * np.uint8(120), root / f"{number}.png")
        save(mask, root / "masks" / f"{number}.png")
        lines.append(f"{number}.png,masks/{number}.png")
    (root / "cases.csv").write_text("\n".join(lines) + "\n")
    options = {"format": "table", "file": "cases.csv", "mask": "drawn", "classes": ["rest", "nodule"]}
    chain.params["ingest"]["target"]["adapter"] = options
    chain.params["grid"]["strategies"] = ["scratch", "full"]
    chain.params["strategies"] = {"scratch": {"kind": "scratch"}, "full": {"kind": "full"}}
    chain.params |= {"select": {}, "finetune": RECIPE | {"epochs": 8, "learning_rate": 0.01}}
    return complete(chain)


def test_masks_are_learned_from_a_classifiers_encoder(masked: Chain) -> None:
    evaluation = read_json(Evaluation, masked.root / "metrics.json")
    assert evaluation.verdict_metric == "dice"
    assert evaluation.selected["dice"].value > 0.7
    assert {"surface_dice", "hd95"} <= set(evaluation.selected)
    ledger = read_json(Ledger, masked.root / "transferred/formula/ledger.json")
    moved = [e for e in ledger.entries if e.action == "moved" and e.role == "shared"]
    assert moved


def test_a_linear_probe_of_masks_is_refused(
    masked: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = masked.copy(tmp_path)
    other.params["strategies"]["linear_probe"] = {"kind": "linear_probe"}
    assert other.finetune("linear_probe", 0) == 10
    assert "a segmentation has no linear probe" in capsys.readouterr().err


def test_a_predicted_mask_has_the_grid_of_its_image(masked: Chain, tmp_path: Path) -> None:
    chain = masked.copy(tmp_path)
    new = chain.root / "new"
    save(np.asarray(Image.open(chain.root / "raw/target/3.png").resize((50, 40))), new / "ward/large.png")
    assert chain.run(predict, model="model", images="new", out="masks") == 0
    mask = np.asarray(Image.open(chain.root / "masks/ward/large.png"))
    true = Image.open(chain.root / "raw/target/masks/3.png")
    drawn = np.asarray(true.resize((50, 40), Image.Resampling.NEAREST))
    assert mask.shape == (40, 50)
    assert 2 * (mask & drawn).sum() / (mask.sum() + drawn.sum()) > 0.6


def test_the_report_draws_the_overlap_of_each_case(masked: Chain, tmp_path: Path) -> None:
    (drawing,) = curves_of(masked, tmp_path).drawings
    assert drawing.title == "Overlap with the true masks"
    assert "nodule" in drawing.svg


def test_masks_replace_nothing(masked: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chain = masked.copy(tmp_path)
    (chain.root / "masks").mkdir()
    (chain.root / "masks/notes.txt").write_text("mine")
    save(striped(0, 0), chain.root / "new/a.png")
    assert chain.run(predict, model="model", images="new", out="masks") == 2
    assert "would replace what is there" in capsys.readouterr().err
    assert (chain.root / "masks/notes.txt").read_text() == "mine"


def test_two_images_of_one_name_are_refused(
    masked: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = masked.copy(tmp_path)
    for name in ("a.png", "a.bmp"):
        save(striped(0, 0), chain.root / "new" / name)
    assert chain.run(predict, model="model", images="new", out="masks") == 11
    assert "would have the name of" in capsys.readouterr().err
    assert not (chain.root / "masks").exists()
