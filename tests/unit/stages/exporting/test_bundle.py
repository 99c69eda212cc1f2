"""MONAI's own commands accept the bundle, and running it says what medgraft says."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from monai.bundle import run, verify_metadata, verify_net_in_out

from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json
from stages.contracts.model import RECORD, Model, folders
from stages.contracts.patch import Patch
from stages.exporting.bundle import write_bundle
from stages.ingestion.new_cases import prepare_files
from stages.predict import predict_images, predict_masks
from tests.unit.stages.exporting.bundle_schema import SCHEMA
from tests.unit.stages.exporting.packed import draw_images, draw_volumes, pack

CONFIG, META = "configs/inference.json", "configs/metadata.json"
KINDS = ("classifier", "regressor", "segmenter", "slider")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds a packaged model and a bundle of each kind, and what they are applied to."""
    root = tmp_path_factory.mktemp("bundles")
    pack(root / "classifier" / "model", members=(0, 1), temperature=1.7)
    pack(root / "regressor" / "model", task="regression", classes=())
    pack(
        root / "segmenter" / "model",
        "unet",
        task="segmentation",
        classes=("background", "inner", "outer"),
        size=(32, 32, 32),
        spacing=(1.5, 1.5, 1.5),
        intensity="percentile",
        crop="foreground",
    )
    pack(
        root / "slider" / "model",
        "unet",
        task="segmentation",
        classes=("background", "inner", "outer"),
        size=(32, 48, 32),
        spacing=(0.5, 0.5, 0.5),
        intensity="percentile",
        fit="pad",
        patch=Patch(size=(32, 32, 32), overlap=0.25),
    )
    for kind in KINDS:
        (root / kind / "bundle").mkdir()
        write_bundle(root / kind / "model", root / kind / "bundle")
    draw_images(root / "images")
    draw_volumes(root / "volumes")
    return root


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lets a test work in a bundle's folder, whose `scripts` are forgotten afterwards."""
    _forget()
    yield monkeypatch
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "scripts"]:
        del sys.modules[name]


def _enter(entered: pytest.MonkeyPatch, bundle: Path) -> None:
    entered.chdir(bundle)
    entered.syspath_prepend(str(bundle))


def _rows(file: Path) -> dict[str, list[float]]:
    with file.open() as lines:
        return {row[0]: [float(cell) for cell in row[1:]] for row in csv.reader(lines)}


def _ours(model: Path, images: Path) -> tuple[list[str], np.ndarray]:
    record = read_json(Model, model / RECORD)
    networks = [load_checkpoint(model / name)[1] for name in folders(record)]
    names, prepared = prepare_files(images, record.preparation)
    said = predict_images(networks, prepared, record)
    return names, said.drop(columns="called", errors="ignore").to_numpy(dtype=np.float64)


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_running_it_gives_the_very_predictions(root: Path, kind: str, entered: pytest.MonkeyPatch) -> None:
    bundle = root / kind / "bundle"
    _enter(entered, bundle)
    run(config_file=CONFIG, meta_file=META, dataset_dir=str(root / "images"))
    found = _rows(bundle / "eval" / "predictions.csv")
    names, ours = _ours(root / kind / "model", root / "images")
    assert list(found) == [str(root / "images" / name) for name in names]
    np.testing.assert_allclose(np.array(list(found.values())), ours, rtol=1e-6)
    assert np.ptp(ours[:, 0]) > 0.01


@pytest.mark.parametrize("kind", ["segmenter", "slider"])
def test_running_it_gives_the_very_masks(
    root: Path, kind: str, tmp_path: Path, entered: pytest.MonkeyPatch
) -> None:
    bundle = root / kind / "bundle"
    _enter(entered, bundle)
    run(
        config_file=CONFIG,
        meta_file=META,
        dataset_dir=str(root / "volumes"),
        output_dir=str(tmp_path / "out"),
    )
    model = root / kind / "model"
    record, network = read_json(Model, model / RECORD), load_checkpoint(model / "models")[1]
    (tmp_path / "ours").mkdir()
    predict_masks(network, root / "volumes", record, tmp_path / "ours")
    masks = {file.name: file.read_bytes() for file in (tmp_path / "ours").iterdir()}
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == masks
    assert len(masks) == 2


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_command_of_the_readme_runs_where_medgraft_is_not_installed(root: Path, tmp_path: Path) -> None:
    bundle = root / "classifier" / "bundle"
    command = f"monai.bundle run --config_file {CONFIG} --meta_file {META}"
    assert f"python -m {command}" in (bundle / "docs" / "README.md").read_text()
    arguments = [*command.split()[1:], "--dataset_dir", str(root / "images"), "--output_dir", str(tmp_path)]
    program = (
        "import runpy, sys; sys.modules['stages'] = None; sys.path.insert(0, ''); "
        f"sys.argv = ['monai.bundle', *{arguments!r}]; runpy.run_module('monai.bundle', run_name='__main__')"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=bundle,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _, ours = _ours(root / "classifier" / "model", root / "images")
    np.testing.assert_allclose(list(_rows(tmp_path / "predictions.csv").values()), ours, rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_monai_verifies_the_metadata(root: Path, kind: str, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(SCHEMA))
    verify_metadata(meta_file=str(root / kind / "bundle" / META), filepath=str(schema))


@pytest.mark.parametrize("kind", KINDS)
def test_monai_verifies_what_goes_in_and_comes_out(
    root: Path, kind: str, entered: pytest.MonkeyPatch
) -> None:
    _enter(entered, root / kind / "bundle")
    verify_net_in_out(net_id="network_def", meta_file=META, config_file=CONFIG, device="cpu")


def test_the_weights_are_tensors_and_no_code(root: Path) -> None:
    weights = torch.load(root / "classifier" / "bundle" / "models" / "model.pt", weights_only=True)
    assert all(isinstance(value, torch.Tensor) for value in weights.values())
    assert {name.partition(".")[2].partition(".")[0] for name in weights} == {"0", "1"}


def test_a_class_with_the_name_of_an_expression_is_not_run(
    tmp_path: Path, entered: pytest.MonkeyPatch
) -> None:
    trap = f"$__import__('pathlib').Path({str(tmp_path / 'sprung')!r}).touch()"
    model = pack(tmp_path / "model", classes=("no", trap))
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    write_bundle(model, bundle)
    _enter(entered, bundle)
    run(config_file=CONFIG, meta_file=META, dataset_dir=str(draw_images(tmp_path / "images", 1)))
    verify_net_in_out(net_id="network_def", meta_file=META, config_file=CONFIG, device="cpu")
    from monai.bundle import ConfigParser

    parser = ConfigParser()
    parser.read_meta(META)
    parser.parse()
    outputs = parser.get_parsed_content("_meta_#network_data_format#outputs#pred#channel_def")
    assert outputs["1"] == f"_{trap}"
    assert not (tmp_path / "sprung").exists()
