"""`metadata.json` of a MONAI bundle (MONAI Bundle Specification), filled from a model's record."""

from __future__ import annotations

import math
from collections.abc import Sequence

from stages.contracts.artifact import Record
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.feature import Feature
from stages.contracts.model import Model
from stages.contracts.network import NetworkSpec
from stages.contracts.task import Task

_TASKS: dict[Task, str] = {"regression": "regression", "segmentation": "segmentation"}


class TensorFormat(Record):
    """One input or output of the network."""

    type: str
    format: str
    modality: str = "n/a"
    num_channels: int
    spatial_shape: tuple[int, ...]
    dtype: str
    value_range: tuple[float, float]
    is_patch_data: bool = False
    channel_def: dict[str, str]


class DataFormat(Record):
    """Inputs and outputs by name."""

    inputs: dict[str, TensorFormat]
    outputs: dict[str, TensorFormat]


class BundleMetadata(Record):
    """The keys that the specification requires, and the ones that describe the data."""

    version: str
    changelog: dict[str, str]
    monai_version: str
    pytorch_version: str
    numpy_version: str
    required_packages_version: dict[str, str]
    task: str
    description: str
    authors: str
    copyright: str
    intended_use: str
    network_data_format: DataFormat


def describe_bundle(model: Model, checkpoint: Checkpoint, description: str, authors: str) -> BundleMetadata:
    """Describes a model in the terms of the specification."""
    versions = checkpoint.environment.versions if checkpoint.environment else {}
    network = checkpoint.network
    taken = [_values("record", network.features)] if network.features else [_image(model, checkpoint)]
    if network.covariates:
        taken.append(_values("covariates", network.covariates))
    measured, drawn = model.task == "regression", model.task == "segmentation"
    said = TensorFormat(
        type="value" if measured else "image" if drawn else "probabilities",
        format="regression" if measured else "segmentation" if drawn else "classes",
        num_channels=len(model.classes) or 1,
        spatial_shape=_sides(model, network) if drawn else (),
        is_patch_data=network.patch is not None,
        dtype="float32",
        value_range=(-math.inf, math.inf) if measured else (0.0, 1.0),
        channel_def={str(k): name for k, name in enumerate(model.classes or ("value",))},
    )
    return BundleMetadata(
        version="0.1.0",
        changelog={"0.1.0": f"{model.source} by {model.strategy}, seed {model.seed}"},
        monai_version=versions.get("monai", ""),
        pytorch_version=versions.get("torch", ""),
        numpy_version=versions.get("numpy", ""),
        required_packages_version={"safetensors": ">=0.5"},
        task=_TASKS.get(model.task, "classification"),
        description=description,
        authors=authors,
        copyright="",
        intended_use=model.intended_use,
        network_data_format=DataFormat(inputs={one.type: one for one in taken}, outputs={"pred": said}),
    )


def _sides(model: Model, network: NetworkSpec) -> tuple[int, ...]:
    """Gives the sides of what the network sees: a prepared image, or a patch of it."""
    return network.image_size if network.patch else model.preparation.size or ()


def _image(model: Model, checkpoint: Checkpoint) -> TensorFormat:
    channels = checkpoint.network.in_channels
    names = ("red", "green", "blue") if channels == 3 else ("grey",)
    return TensorFormat(
        type="image",
        format="magnitude",
        num_channels=channels,
        spatial_shape=_sides(model, checkpoint.network),
        is_patch_data=checkpoint.network.patch is not None,
        dtype="float32",
        value_range=(0.0, 255.0),
        channel_def={str(k): name for k, name in enumerate(names)},
    )


def _values(kind: str, features: Sequence[Feature]) -> TensorFormat:
    return TensorFormat(
        type=kind,
        format="values",
        num_channels=len(features),
        spatial_shape=(),
        dtype="float32",
        value_range=(-math.inf, math.inf),
        channel_def={str(k): feature.name for k, feature in enumerate(features)},
    )
