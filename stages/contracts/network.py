"""What a network is, in plain values: enough to build it again from a checkpoint."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from stages.contracts.artifact import Record
from stages.contracts.errors import ParamsError
from stages.contracts.feature import Feature
from stages.contracts.preparation import Preparation
from stages.contracts.task import Task

Family = Literal[
    "resnet10",
    "resnet18",
    "resnet34",
    "resnet50",
    "densenet121",
    "densenet169",
    "efficientnet-b0",
    "efficientnet-lite0",
    "mlp",
]


_IMAGE_ONLY = ("stem_kernel", "stem_stride", "stem_pool")
_RECORD_ONLY = ("layers", "dropout")


class NetworkParams(Record):
    """A network of MONAI's and the choices that its family leaves open."""

    name: Family
    """`efficientnet-lite0` is MONAI's EfficientNet without squeeze-excitation and with ReLU6;
    `mlp` is for records."""
    width: float = Field(default=1.0, gt=0, le=4)
    """ResNet and `mlp`: factor on the number of channels (of an `mlp`, 64) of every layer."""
    stem_kernel: Literal[3, 7] = 7
    """ResNet only: size of the first convolution; 3 suits images below 64 pixels."""
    stem_stride: Literal[1, 2] = 2
    """ResNet only: stride of the first convolution."""
    stem_pool: bool = True
    """ResNet only: whether a 3x3 max pooling of stride 2 follows the first convolution."""
    layers: int = Field(default=2, ge=1, le=16)
    """`mlp` only: layers before the head."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """`mlp` only: share of a layer's channels that is left out of a training step."""

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        other = _IMAGE_ONLY if self.name == "mlp" else _RECORD_ONLY
        fields = type(self).model_fields
        if odd := [name for name in other if getattr(self, name) != fields[name].default]:
            raise ValueError(f"'{self.name}' has no '{odd[0]}'")
        return self


class NetworkSpec(Record):
    """A network together with what it takes in and gives out."""

    params: NetworkParams
    in_channels: int = Field(ge=1)
    image_size: tuple[int, int] | tuple[()]
    """Height and width in pixels; EfficientNet's padding depends on it, no weight does; empty for records."""
    classes: tuple[str, ...]
    """Class names in the order of the outputs; none in regression."""
    task: Task = "classes"
    """What the network is for."""
    features: tuple[Feature, ...] = ()
    """The values of a record that it takes in, in their order; empty for images."""

    @property
    def outputs(self) -> int:
        """How many numbers the head gives: one per class, per border between grades, or a single one."""
        return {"ordinal": len(self.classes) - 1, "regression": 1}.get(self.task, len(self.classes))


class Scales(Record):
    """The input layer for records: (unit - mean) / deviation, per unit."""

    mean: tuple[FiniteFloat, ...] = Field(min_length=1)
    deviation: tuple[Annotated[FiniteFloat, Field(ge=0)], ...]
    """0 for a unit that never varied in training: it says nothing then."""

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if len(self.mean) != len(self.deviation):
            raise ValueError("'mean' and 'deviation' must have one entry per channel or unit")
        return self


class Normalisation(Scales):
    """The input layer: (pixel - mean) / deviation, per channel, on 8-bit pixel values."""

    deviation: tuple[Annotated[FiniteFloat, Field(gt=0)], ...]
    """Of a channel."""


def describe_network(params: NetworkParams, preparation: Preparation) -> NetworkSpec:
    """Describes a network for prepared cases.

    Raises:
        ParamsError: If it is one for images and the cases are records, or the other way round; or the
            cases are of a kind that no network takes.
    """
    size, records = preparation.plane(), params.name == "mlp"
    if records == bool(size):
        raise ParamsError(
            f"{params.name} cannot take these cases",
            where=f"domain '{preparation.domain}', network.name {params.name}",
            why="it is for records, and the cases are images" if records else "the cases are records",
            remedy="choose a ResNet, DenseNet or EfficientNet" if records else "choose `mlp`",
        )
    return NetworkSpec(
        params=params,
        in_channels=preparation.params.channels,
        image_size=size,
        classes=preparation.classes,
        task=preparation.task,
        features=preparation.features,
    )
