"""The network as ONNX, held against the standard's own checker and a second runtime."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch

from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json, write_json
from stages.contracts.errors import StageError, UsageError
from stages.contracts.model import RECORD, Model, folders
from stages.exporting.network import PackagedNetwork
from stages.exporting.onnx_report import OnnxReport
from stages.exporting.samples import Inputs, draw_inputs
from stages.exporting.support import require_images

FILE, REPORT = "model.onnx", "onnx.json"
OPSET = 20
NAMES = {"images": "image", "covariates": "covariates"}
"""Of the inputs in the file, by the network's own."""
COMPARED = 5
"""Images on which the two runtimes are compared."""
TOLERANCE = 1e-4
"""Greatest difference of a score to torch's, relative to the greatest score."""


def write_onnx(model: Path, folder: Path) -> None:
    """Writes `model.onnx` and how it was checked.

    Args:
        model: The folder of a packaged model.
        folder: Where to write.

    Raises:
        UsageError: If the model is not for images, or a library is missing.
        StageError: If the file's outputs are not those of the network.
    """
    record = read_json(Model, model / RECORD)
    loaded = [load_checkpoint(model / name) for name in folders(record)]
    spec = loaded[0][0].network
    require_images(loaded[0][0], "onnx", covariates=True)
    network = PackagedNetwork([one for _, one in loaded], record).eval()
    # Of a batch of two: the exporter takes a batch of one as a fact about the network.
    _export(network, draw_inputs(spec, 2), folder / FILE)
    greatest, difference, shape = _compare(network, draw_inputs(spec, COMPARED, seed=1), folder / FILE)
    report = OnnxReport(
        opset=OPSET,
        input="image",
        input_shape=("batch", spec.in_channels, *spec.image_size),
        covariates=spec.covariates,
        output="pred",
        output_shape=("batch", *shape),
        classes=record.classes,
        compared_images=COMPARED,
        greatest_output=greatest,
        greatest_difference=difference,
        runtime=f"onnxruntime {_runtime().__version__}",
        weights_sha256=record.weights_sha256,
    )
    write_json(report, folder / REPORT)


def _export(network: PackagedNetwork, inputs: Inputs, file: Path) -> None:
    try:
        import onnx
        import onnxscript  # noqa: F401 - torch's exporter needs it and fails late without it
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    taken, batch = list(NAMES)[: len(inputs)], torch.export.Dim("batch")
    with warnings.catch_warnings(action="ignore"), torch.no_grad():
        torch.onnx.export(
            network,
            inputs,
            str(file),
            input_names=[NAMES[name] for name in taken],
            output_names=["pred"],
            dynamic_shapes={name: {0: batch} for name in taken},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    model = onnx.load(file)
    _strip(model)
    onnx.save(model, file)
    onnx.checker.check_model(str(file), full_check=True)


def _strip(model: Any) -> None:
    """Takes out what the exporter notes of each node: lines of code, with the paths of this machine."""
    for part in (model, model.graph, *model.functions):
        del part.metadata_props[:]
    for graph in (model.graph, *model.functions):
        for thing in (*graph.node, *graph.value_info):
            del thing.metadata_props[:]
            thing.ClearField("doc_string")
    for thing in (*model.graph.initializer, *model.graph.input, *model.graph.output):
        del thing.metadata_props[:]


def _compare(network: PackagedNetwork, inputs: Inputs, file: Path) -> tuple[float, float, tuple[int, ...]]:
    """Gives the greatest output, the greatest difference, and the shape of what is said of one image."""
    session = _runtime().InferenceSession(str(file), providers=["CPUExecutionProvider"])
    fed = {name: one.numpy() for name, one in zip(NAMES.values(), inputs, strict=False)}
    with torch.inference_mode():
        ours = network(*inputs).numpy()
    (theirs,) = session.run(None, fed)
    greatest, difference = float(np.abs(ours).max()), float(np.abs(ours - theirs).max())
    if not difference <= TOLERANCE * max(1.0, greatest):
        raise StageError(
            "the ONNX file does not say what the network says",
            where=str(file),
            why=f"an output differs by {difference:.3g}, and the greatest is {greatest:.3g}",
            remedy="report it with the network's name; the MONAI bundle is not affected",
        )
    return greatest, difference, ours.shape[1:]


def _runtime() -> Any:
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return onnxruntime


def _missing(error: ModuleNotFoundError) -> UsageError:
    return UsageError(
        "ONNX needs a library that is not installed",
        where=f"module {error.name}",
        why="the libraries of the exports are an extra of their own",
        remedy="pip install 'medgraft[export]'",
    )
