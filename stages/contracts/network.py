"""What a network is, in plain values: enough to build it again from a checkpoint."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from stages.contracts.artifact import Record

Family = Literal[
    "resnet10",
    "resnet18",
    "resnet34",
    "resnet50",
    "densenet121",
    "densenet169",
    "efficientnet-b0",
    "efficientnet-lite0",
]

Side = Annotated[int, Field(ge=1)]
ImageSize = tuple[Side, Side] | tuple[Side, Side, Side]


class NetworkParams(Record):
    """A network of MONAI's and the choices that its family leaves open."""

    name: Family
    """`efficientnet-lite0` is MONAI's EfficientNet without squeeze-excitation and with ReLU6."""
    width: float = Field(default=1.0, gt=0, le=4)
    """ResNet only: factor on the number of channels of every layer."""
    stem_kernel: Literal[3, 7] = 7
    """ResNet only: size of the first convolution; 3 suits images below 64 pixels."""
    stem_stride: Literal[1, 2] = 2
    """ResNet only: stride of the first convolution."""
    stem_pool: bool = True
    """ResNet only: whether a 3x3 max pooling of stride 2 follows the first convolution."""


class NetworkSpec(Record):
    """A network together with what it takes in and gives out."""

    params: NetworkParams
    in_channels: int = Field(ge=1)
    image_size: ImageSize
    """Height and width in pixels, or a volume's three sides; EfficientNet's padding depends on it."""
    classes: tuple[str, ...]
    """Class names in the order of the outputs."""

    @property
    def dims(self) -> int:
        """2 for images, 3 for volumes."""
        return len(self.image_size)


class Normalisation(Record):
    """The input layer: (pixel - mean) / deviation, per channel, on 8-bit pixel values."""

    mean: tuple[FiniteFloat, ...] = Field(min_length=1)
    deviation: tuple[Annotated[FiniteFloat, Field(gt=0)], ...]

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if len(self.mean) != len(self.deviation):
            raise ValueError("'mean' and 'deviation' must have one entry per channel")
        return self
