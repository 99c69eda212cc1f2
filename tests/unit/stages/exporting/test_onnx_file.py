"""ONNX says what the network says, of as many images as one likes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json
from stages.contracts.errors import StageError
from stages.contracts.feature import Feature
from stages.contracts.model import RECORD, Model, folders
from stages.exporting import onnx_file
from stages.exporting.network import PackagedNetwork
from stages.exporting.onnx_file import FILE, OPSET, REPORT, write_onnx
from stages.exporting.onnx_report import OnnxReport
from stages.exporting.samples import draw_inputs
from tests.unit.stages.exporting.packed import pack

BESIDE = (
    Feature(name="age", kind="number"),
    Feature(name="view", kind="category", values=("ap", "lateral", "pa")),
)
PROGRAMS, ROOT = Path(torch.__file__).parents[1], Path(onnx_file.__file__).parents[2]


@pytest.fixture(scope="module", params=["classifier", "segmenter"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "classifier":
        pack(folder / "model", temperature=1.7)
    else:
        pack(folder / "model", "unet", task="segmentation", classes=("none", "some"))
    write_onnx(folder / "model", folder)
    return folder


def _network(model: Path) -> PackagedNetwork:
    record = read_json(Model, model / RECORD)
    return PackagedNetwork([load_checkpoint(model / name)[1] for name in folders(record)], record).eval()


@pytest.mark.parametrize("count", [1, 3])
def test_a_second_runtime_gives_the_same_outputs_for_any_number_of_images(exported: Path, count: int) -> None:
    report = read_json(OnnxReport, exported / REPORT)
    shape = [count, *map(int, report.input_shape[1:])]
    images = torch.rand(shape, generator=torch.Generator().manual_seed(7)) * 255
    session = onnxruntime.InferenceSession(str(exported / FILE))
    (found,) = session.run([report.output], {report.input: images.numpy()})
    with torch.inference_mode():
        ours = _network(exported / "model")(images).numpy()
    assert found.shape == ours.shape
    np.testing.assert_allclose(found, ours, atol=1e-5 * max(1.0, report.greatest_output))


def test_covariates_are_a_second_input_of_which_some_may_be_missing(tmp_path: Path) -> None:
    model = pack(tmp_path / "model", covariates=BESIDE)
    write_onnx(model, tmp_path)
    assert read_json(OnnxReport, tmp_path / REPORT).covariates == BESIDE
    spec = load_checkpoint(model / folders(read_json(Model, model / RECORD))[0])[0].network
    images, covariates = draw_inputs(spec, 3, seed=7)
    session = onnxruntime.InferenceSession(str(tmp_path / FILE))
    (found,) = session.run(None, {"image": images.numpy(), "covariates": covariates.numpy()})
    with torch.inference_mode():
        ours = _network(model)(images, covariates).numpy()
    np.testing.assert_allclose(found, ours, atol=1e-5)
    (other,) = session.run(None, {"image": images.numpy(), "covariates": covariates.flip(0).numpy()})
    assert np.abs(other - found).max() > 1e-3


def test_the_standards_checker_accepts_the_file_as_of_one_opset(exported: Path) -> None:
    model = onnx.load(exported / FILE)
    onnx.checker.check_model(model, full_check=True)
    assert {one.version for one in model.opset_import if one.domain == ""} == {OPSET}


def test_the_file_names_no_place_on_the_machine_that_wrote_it(exported: Path) -> None:
    content = (exported / FILE).read_bytes()
    assert not [place for place in (PROGRAMS, ROOT) if str(place).encode() in content]


def test_the_report_says_how_far_it_is_from_torch(exported: Path) -> None:
    report = read_json(OnnxReport, exported / REPORT)
    assert 0 <= report.greatest_difference < 1e-4 * max(1.0, report.greatest_output)
    assert report.compared_images == 5
    assert report.input_shape[0] == report.output_shape[0] == "batch"


def test_a_file_that_says_something_else_is_refused(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "TOLERANCE", -1.0)
    network = _network(exported / "model")
    shape = read_json(OnnxReport, exported / REPORT).input_shape[1:]
    with pytest.raises(StageError, match="does not say what the network says"):
        onnx_file._compare(network, (torch.rand(2, *map(int, shape)),), exported / FILE)
