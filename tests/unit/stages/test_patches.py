"""Cases that are larger than what a network sees: from patches in training to whole masks of new cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from stages import export, predict
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.ledger import Ledger
from stages.contracts.scores import Evaluation, Selection
from tests.unit.stages.chain import RECIPE, Chain, complete
from tests.unit.stages.raw_images import save
from tests.unit.stages.small import NETWORK
from tests.unit.stages.volumes import save_volume

GRIDS = {2: (48, 56), 3: (24, 24, 32)}
PATCHES = {2: (32, 32), 3: (16, 16, 16)}
SIDES = {2: 12, 3: 8}
CASES = {2: 40, 3: 18}
EPOCHS = {2: 12, 3: 8}
RATES = {2: 0.01, 3: 0.015}


def drawn(number: int, grid: tuple[int, ...]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Gives noise with a bright block somewhere, and the mask of the block."""
    draws, side = np.random.default_rng(number), SIDES[len(grid)]
    mask = np.zeros(grid, np.uint8)
    corner = [int(draws.integers(0, length - side + 1)) for length in grid]
    mask[tuple(slice(at, at + side) for at in corner)] = 1
    return (draws.integers(0, 100, grid) + 110 * mask).astype(np.uint8), mask


def write(values: NDArray[np.uint8], file: Path) -> str:
    """Writes an image or a volume, and gives the name of the file."""
    if values.ndim == 2:
        return save(values, file.with_suffix(".png")).name
    return save_volume(values, file.with_suffix(".nii")).name


def read(file: Path) -> NDArray[Any]:
    if file.name.endswith(".png"):
        return np.asarray(Image.open(file))
    return np.asarray(nibabel.load(file).dataobj)


def dice(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


@pytest.fixture(scope="module", params=[2, 3], ids=["2D", "3D"])
def ready(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    dims: int = request.param
    chain = Chain(tmp_path_factory.mktemp("patches"))
    root, lines = chain.root / "raw" / "target", ["path,drawn"]
    for number in range(CASES[dims]):
        smaller = np.random.default_rng(1000 + number).integers(0, 5, dims)
        image, mask = drawn(number, tuple(np.array(GRIDS[dims]) - smaller))
        name = write(image, root / f"{number}")
        lines.append(f"{name},masks/{write(mask, root / 'masks' / f'{number}')}")
    (root / "cases.csv").write_text("\n".join(lines) + "\n")
    options = {"format": "table", "file": "cases.csv", "mask": "drawn", "classes": ["rest", "nodule"]}
    chain.params["ingest"]["target"]["adapter"] = options
    chain.params["grid"]["strategies"] = ["scratch", "full"]
    chain.params["strategies"] = {"scratch": {"kind": "scratch"}, "full": {"kind": "full"}}
    window = {"intensity": "window", "window": [0, 255]} if dims == 3 else {}
    chain.params["prepare"]["target"] |= {"size": list(GRIDS[dims]), "fit": "pad"} | window
    stem = {"stem_stride": 1, "stem_pool": False, "width": 0.125} if dims == 3 else {}
    chain.params["train_source"]["formula"]["network"] = NETWORK | stem
    chain.params["transfer"] = {"patch": list(PATCHES[dims])}
    recipe = {
        "epochs": EPOCHS[dims],
        "batch_size": 4,
        "learning_rate": RATES[dims],
        "validate_every": EPOCHS[dims],
    }
    chain.params |= {"select": {}, "finetune": RECIPE | recipe}
    return complete(chain)


@pytest.fixture
def chain(ready: Chain, tmp_path: Path) -> Chain:
    return ready.copy(tmp_path)


def dims_of(chain: Chain) -> int:
    return len(chain.params["transfer"]["patch"])


def test_the_patch_goes_with_every_checkpoint_of_the_target(ready: Chain) -> None:
    dims = dims_of(ready)
    folders = [
        "transferred/formula",
        "finetuned/formula-scratch-0",
        "finetuned/formula-full-1",
        "model/models",
    ]
    for folder in folders:
        network = read_json(Checkpoint, ready.root / folder / RECORD).network
        assert network.patch is not None
        assert network.patch.size == network.image_size == PATCHES[dims]
    assert read_json(Checkpoint, ready.root / "sources/formula" / RECORD).network.patch is None
    ledger = read_json(Ledger, ready.root / "transferred/formula/ledger.json")
    assert ledger.coverage == 1


def test_what_is_drawn_is_learned_from_patches(ready: Chain) -> None:
    evaluation = read_json(Evaluation, ready.root / "metrics.json")
    assert evaluation.selected["dice"].value > 0.6


@pytest.mark.parametrize("strategy", ["scratch", "full"])
def test_a_repeat_gives_the_same_bytes(chain: Chain, strategy: str) -> None:
    assert chain.finetune(strategy, 0, out="again") == 0
    first = {
        Path(name).name: data for name, data in chain.bytes_of(f"finetuned/formula-{strategy}-0").items()
    }
    assert {Path(name).name: data for name, data in chain.bytes_of("again").items()} == first


def test_the_packaged_model_draws_what_evaluation_saw(chain: Chain) -> None:
    chosen = read_json(Selection, chain.root / "selected/selection.json").selected
    heard = pd.read_parquet(chain.root / "evaluation/predictions.parquet")
    heard = heard[(heard["model"] == "selected") & (heard["seed"] == chosen.seed)].set_index("case_id")[:4]
    (chain.root / "new").mkdir()
    for case in heard.index:
        (chain.root / "raw/target" / case).rename(chain.root / "new" / case)
    assert chain.run(predict, model="model", images="new", out="masks") == 0
    for case, row in heard.iterrows():
        (said,) = (chain.root / "masks").glob(f"{Path(str(case)).stem}.*")
        truth = read(chain.root / "raw/target/masks" / str(case))
        assert dice(read(said), truth) == pytest.approx(row["dice_nodule"], abs=0.02)


def test_a_case_larger_than_any_in_training_is_seen_to_its_edge(chain: Chain) -> None:
    dims = dims_of(chain)
    grid = tuple(side + 30 for side in GRIDS[dims])
    image = np.random.default_rng(0).integers(0, 100, grid).astype(np.uint8)
    mask = np.zeros(grid, np.uint8)
    mask[(slice(-SIDES[dims] - 1, -1),) * dims] = 1
    write(image + 110 * mask, chain.root / "new" / "large")
    assert chain.run(predict, model="model", images="new", out="masks") == 0
    (said,) = (chain.root / "masks").iterdir()
    assert read(said).shape == grid
    assert read(said)[mask == 1].mean() > 0.6
    assert read(said)[mask == 0].mean() < 0.15


def test_the_bundle_says_that_the_network_sees_patches(ready: Chain) -> None:
    metadata = json.loads((ready.root / "model/configs/metadata.json").read_text())["network_data_format"]
    for one in (metadata["inputs"]["image"], metadata["outputs"]["pred"]):
        assert one["is_patch_data"]
        assert one["spatial_shape"] == list(PATCHES[dims_of(ready)])


def test_an_export_without_a_sliding_window_is_refused(
    ready: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ready.run(export, format="onnx", model="model", out=str(tmp_path)) == 2
    assert "sees patches cannot be exported" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_patches_that_cannot_be_taken_are_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    dims = dims_of(chain)
    for patch, said in ([64] * dims, "a case is prepared as"), ([32] * (5 - dims), "one side per axis"):
        chain.params["transfer"]["patch"] = patch
        assert chain.transfer() == 10
        assert said in capsys.readouterr().err


def test_labels_of_whole_cases_are_not_learned_from_patches(
    built: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = built.copy(tmp_path)
    other.params["transfer"]["patch"] = [16, 16]
    assert other.transfer() == 10
    assert "one answer is of the whole case" in capsys.readouterr().err
    other.params["train_source"]["formula"]["patch"] = [16, 16]
    assert other.train_source() == 10
