"""How cases are prepared: the params, and the record of what was done."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from stages.contracts.artifact import Record
from stages.contracts.errors import ParamsError
from stages.contracts.feature import Feature
from stages.contracts.network import ImageSize
from stages.contracts.task import Task

if TYPE_CHECKING:
    from stages.contracts.manifest import Domain

MOST_VALUES = 1 << 28
"""Of one case: a gigabyte in float32. What asks for more is a mistake, or means harm."""

Count = Annotated[int, Field(ge=1, le=10_000)]
Step = Annotated[float, Field(gt=0, le=1e6)]


class PrepareParams(Record):
    """What is done to a case, the same to every one; plain values that stay until somebody changes them."""

    size: Annotated[tuple[Count, ...], Field(min_length=2, max_length=3)] | None
    """Height and width in pixels, or the three sides of a volume in voxels; null for records."""
    spacing: Annotated[tuple[Step, ...], Field(min_length=2, max_length=3)] | None = None
    """Millimetres per pixel that a case is resampled to first, along each axis; null keeps its own."""
    fit: Literal["resize", "pad"] = "resize"
    """How a case gets its size: `resize` scales each side, `pad` adds or cuts margins about the centre."""
    channels: Literal[1, 3] = 1
    """1 for grey (colours are weighted as by ITU-R 601-2), 3 for RGB (grey is repeated)."""
    intensity: Literal["as_is", "minmax", "percentile", "window"] = "as_is"
    """`as_is` keeps values; else the case's range, its 0.5-99.5 percentiles or `window` become 0-255."""
    window: tuple[FiniteFloat, FiniteFloat] | None = None
    """Lowest and highest value of `intensity: window`, such as Hounsfield units; else null."""
    crop: Literal["none", "square", "foreground"] = "none"
    """Cut out first: the central `square` or cube, or the box of all values above the 0.5th percentile."""
    dtype: Literal["uint8", "float16", "float32"] = "uint8"
    """In which an image is stored; `uint8` rounds to whole numbers from 0 to 255. Records are float32."""
    shards: Count = 16
    """Number of shard files: changing one case rewrites one of them."""
    covariates: tuple[str, ...] = Field(default=(), exclude_if=lambda value: not value)
    """Covariates of the manifest that a network takes in beside each image, such as `[age, sex]`."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.intensity == "window") != (self.window is not None):
            raise ValueError("`intensity: window` and `window: [low, high]` go together")
        if self.window is not None and self.window[0] >= self.window[1]:
            raise ValueError("the low end of `window` must be below its high end")
        if self.size is None:
            if self.spacing or self.window or self.crop != "none" or self.covariates:
                raise ValueError("records (`size: null`) have no spacing, window, crop or covariates")
            return self
        if len(set(self.covariates)) < len(self.covariates):
            raise ValueError("one of the `covariates` stands there twice")
        if self.spacing is not None and len(self.spacing) != len(self.size):
            raise ValueError("`spacing` and `size` must have one entry per axis each")
        if math.prod(self.size) * self.channels > MOST_VALUES:
            raise ValueError(f"a case of this `size` has more than {MOST_VALUES} values")
        return self


class Preparation(Record):
    """What was done to every case, and what the cases are: enough to prepare a new one likewise."""

    domain: str
    adapter: str
    task: Task = "classes"
    classes: tuple[str, ...]
    features: tuple[Feature, ...] = ()
    """The values of a record; empty for images."""
    covariates: tuple[Feature, ...] = Field(default=(), exclude_if=lambda value: not value)
    """What is known of each case beside its image, and is taken in with it."""
    patients_known: bool
    params: PrepareParams

    @classmethod
    def of(cls, domain: Domain, params: PrepareParams, covariates: tuple[Feature, ...]) -> Self:
        """Gives the record of a domain whose cases are prepared by some params."""
        return cls(
            domain=domain.name,
            adapter=domain.adapter,
            task=domain.task,
            classes=domain.classes,
            features=domain.features,
            covariates=covariates,
            patients_known=domain.patients_known,
            params=params,
        )

    def grid(self) -> ImageSize | tuple[()]:
        """Gives the sides of the images or volumes that a network is trained on; none of records.

        Raises:
            ParamsError: If a case has no label, or is neither a record nor an image on a scale of 0 to 255.
        """
        size, deep = self.params.size, self.params.dtype != "uint8"
        if self.task == "none":
            why = "its cases have no labels"
        elif size is None and self.task == "segmentation":
            why = "its cases are records, which have no masks"
        elif size is None:
            return ()
        elif deep and self.params.intensity == "as_is":
            why = "`intensity: as_is` leaves values that are not on the scale of 0 to 255"
        else:
            return (size[0], size[1], size[2]) if len(size) == 3 else (size[0], size[1])
        raise ParamsError(
            "this version trains on labelled images and records",
            where=f"domain '{self.domain}', prepared by prepare.{self.domain}",
            why=why,
            remedy="give each case a label, and images another `intensity`; other domains end at `prepare`",
        )
