"""What a network is, in plain values: enough to build it again from a checkpoint."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, FiniteFloat, model_validator

from stages.contracts.artifact import Record
from stages.contracts.errors import ParamsError
from stages.contracts.feature import Feature
from stages.contracts.patch import Patch
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
    "unet",
    "segresnet",
    "resnet10-unet",
    "resnet18-unet",
    "resnet34-unet",
    "resnet50-unet",
    "mlp",
]

_ON_RESNET = "-unet"
Side = Annotated[int, Field(ge=1)]
ImageSize = tuple[Side, Side] | tuple[Side, Side, Side]

_IMAGE_ONLY = ("stem_kernel", "stem_stride", "stem_pool", "shortcut")
_RECORD_ONLY = ("layers", "dropout")


class NetworkParams(Record):
    """A network of MONAI's and the choices that its family leaves open."""

    name: Family
    """`efficientnet-lite0` is MONAI's EfficientNet without squeeze-excitation and with ReLU6;
    `unet`, `segresnet` and `resnet*-unet` give a class to each pixel; `mlp` is for records."""
    width: float = Field(default=1.0, gt=0, le=4)
    """ResNet, `unet`, `segresnet` and `mlp`: factor on the channels (of an `mlp`, 64) of every layer."""
    stem_kernel: Literal[3, 7] = 7
    """ResNet only: size of the first convolution; 3 suits images below 64 pixels."""
    stem_stride: Literal[1, 2] = 2
    """ResNet only: stride of the first convolution."""
    stem_pool: bool = True
    """ResNet only: whether a 3x3 max pooling of stride 2 follows the first convolution."""
    shortcut: Literal["A", "B"] = Field(default="B", exclude_if=lambda value: value == "B")
    """ResNet only: `B` widens a shortcut by a convolution, `A` by zeros, as MedicalNet's 18 and 34 do."""
    layers: int = Field(default=2, ge=1, le=16, exclude_if=lambda value: value == 2)
    """`mlp` only: layers before the head."""
    dropout: float = Field(default=0.0, ge=0, lt=1, exclude_if=lambda value: value == 0)
    """`mlp` only: share of a layer's channels that is left out of a training step."""

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        other = _IMAGE_ONLY if self.takes_records else _RECORD_ONLY
        fields = type(self).model_fields
        if odd := [name for name in other if getattr(self, name) != fields[name].default]:
            raise ValueError(f"'{self.name}' has no '{odd[0]}'")
        return self

    @property
    def takes_records(self) -> bool:
        """Whether it is for records, instead of images and volumes."""
        return self.name == "mlp"

    @property
    def segments(self) -> bool:
        """Whether it gives a class to each pixel, instead of to each image."""
        return self.name in ("unet", "segresnet") or self.name.endswith(_ON_RESNET)

    def segmenter(self) -> NetworkParams:
        """Gives the segmentation network on this network's encoder; one that segments gives itself.

        Raises:
            ParamsError: If there is none on this encoder.
        """
        return self if self.segments else self._sibling(self.name + _ON_RESNET, "segmentation network")

    def classifier(self) -> NetworkParams:
        """Gives the classifier on this network's encoder; one that classifies gives itself.

        Raises:
            ParamsError: If there is none on this encoder.
        """
        return self._sibling(self.name.removesuffix(_ON_RESNET), "classifier") if self.segments else self

    def _sibling(self, name: str, kind: str) -> NetworkParams:
        if name not in get_args(Family) or name == self.name:
            raise ParamsError(
                f"{self.name} has no {kind} on its encoder",
                where=f"network.name {self.name}",
                why=f"only a ResNet and its U-Net, as resnet18 and resnet18{_ON_RESNET}, share an encoder",
                remedy="choose a source with a network of the target's kind, or one with a ResNet",
            )
        return NetworkParams.model_validate(self.model_dump() | {"name": name})


class NetworkSpec(Record):
    """A network together with what it takes in and gives out."""

    params: NetworkParams
    in_channels: int = Field(ge=1)
    image_size: ImageSize | tuple[()]
    """Height and width in pixels, or a volume's three sides, of what it sees at once: a case or a patch.

    EfficientNet's padding depends on it. Empty for records.
    """
    classes: tuple[str, ...]
    """Class names in the order of the outputs; none in regression."""
    task: Task = "classes"
    """What the network is for."""
    features: tuple[Feature, ...] = Field(default=(), exclude_if=lambda value: not value)
    """The values of a record that it takes in, in their order; empty for images."""
    covariates: tuple[Feature, ...] = Field(default=(), exclude_if=lambda value: not value)
    """What it takes in of each case beside the image, in this order."""
    patch: Patch | None = Field(default=None, exclude_if=lambda value: value is None)
    """Of which it sees one at a time, where cases are larger; null where it sees cases whole."""

    @property
    def outputs(self) -> int:
        """How many numbers the head gives: one per class, per border between grades, or a single one."""
        return {"ordinal": len(self.classes) - 1, "regression": 1}.get(self.task, len(self.classes))

    @property
    def dims(self) -> int:
        """2 for images, 3 for volumes, 0 for records."""
        return len(self.image_size)


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
